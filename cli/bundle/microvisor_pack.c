/* SPDX-License-Identifier: Apache-2.0 */
/* Makes microvisor bundles. Must not touch files, and must not sign what a device would refuse. */
#include "bundle/microvisor_pack.h"

#include <string.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/bundle/bundle_image.h"
#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

/* Where the microvisors of known boards are linked to. */
static const struct {
    uint32_t load_address;
    const char *board;
} boards[] = {
    { 0x10010000u, "mps2_an505" },
};

static const char *board_at(uint32_t load_address)
{
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++)
        if (boards[i].load_address == load_address)
            return boards[i].board;
    return NULL;
}

static int choose_board(const struct bundle_image *image, const char *wanted, const char **board,
                        struct fail *fail)
{
    const char *linked = board_at(image->load_address);

    *board = wanted ? wanted : linked;
    if (!*board)
        return fail_set(
            fail, CLI_FORMAT,
            "the image is linked for 0x%08x, which is no known board's address; --board says which "
            "boards it is for",
            image->load_address);
    if (linked && strcmp(linked, *board) != 0)
        return fail_set(fail, CLI_FORMAT, "the image is linked for 0x%08x, which is a %s, not a %s",
                        image->load_address, linked, *board);
    return CLI_OK;
}

/* The signature is over the header without itself, and the body. */
static bool is_image_signed_by(const unsigned char *image, size_t len, const struct bundle_image *header,
                               const unsigned char point[P256_POINT_BYTES])
{
    unsigned char *text = mem_new(len);
    size_t body = len - IMAGE_HEADER_BYTES;
    bool good;

    memcpy(text, image, IMAGE_SIGNED_BYTES);
    memcpy(text + IMAGE_SIGNED_BYTES, image + IMAGE_HEADER_BYTES, body);
    good = p256_verify(point, text, IMAGE_SIGNED_BYTES + body, header->signature);
    mem_free(text);
    return good;
}

static int check_image(const unsigned char *image, size_t len, const struct p256_key *key,
                       struct bundle_image *header, struct fail *fail)
{
    unsigned char point[P256_POINT_BYTES];
    uint32_t bytes = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
    enum bundle_image_fault fault = bundle_image_read(image, bytes, header);

    if (fault)
        return fail_set(fail, CLI_FORMAT, "%s", bundle_image_fault_text(fault));
    p256_key_public(key, point);
    if (!is_image_signed_by(image, len, header, point))
        return fail_set(
            fail, CLI_FORMAT,
            "the image is altered or not signed by this key; `outrigger-image sign` signs images");
    return CLI_OK;
}

static int copy_text(const char *from, char *to, size_t cap, const char *what, struct fail *fail)
{
    if (strlen(from) >= cap)
        return fail_set(fail, CLI_FORMAT, "the %s \"%.80s\" has more than %zu characters", what, from,
                        cap - 1);
    memcpy(to, from, strlen(from) + 1);
    return CLI_OK;
}

static int fill_meta(const struct bundle_image *image, const struct microvisor_options *o,
                     bundle_KernelMeta *meta, struct fail *fail)
{
    const char *board;
    int status = choose_board(image, o->board, &board, fail);

    *meta = (bundle_KernelMeta)bundle_KernelMeta_init_zero;
    meta->version_number = image->number;
    meta->version_security_ratchet = image->ratchet;
    if (!status)
        status = copy_text(board, meta->board, sizeof(meta->board), "board", fail);
    if (!status)
        status = copy_text(o->version, meta->version_string, sizeof(meta->version_string), "version", fail);
    return status;
}

static int encode_body(const unsigned char *image, size_t len, const bundle_KernelMeta *meta,
                       struct pack *out, struct fail *fail)
{
    bundle_KernelBody body = bundle_KernelBody_init_zero;
    enum bundle_kernel_fault fault;
    int bytes;

    body.layers_count = 1;
    body.layers[0].target = bundle_KernelLayerRegion_KERNEL_REGION_KERNEL;
    body.layers[0].fetch_hash.size = SHA256_BYTES;
    sha256_of(image, len, body.layers[0].fetch_hash.bytes);
    body.layers[0].size = (uint32_t)len; /* bundle_image_read has seen that it fits a slot */
    body.has_meta = true;
    body.meta = *meta;
    fault = bundle_kernel_check(&body);
    if (fault)
        return fail_set(fail, CLI_FORMAT, "%s", bundle_kernel_fault_text(fault));
    bytes = codec_kernel_body_encode(&body, out->manifest.body.bytes, sizeof(out->manifest.body.bytes));
    if (bytes < 0)
        return fail_set(fail, CLI_FORMAT, "the manifest does not fit into %u bytes", MANIFEST_BODY_MAX_BYTES);
    out->manifest.body.size = (pb_size_t)bytes;
    return CLI_OK;
}

static int add_image(const unsigned char *image, size_t len, struct pack *out, struct fail *fail)
{
    unsigned char digest[SHA256_BYTES];
    char name[SHA256_HEX_BYTES];

    sha256_of(image, len, digest);
    base16_encode(digest, SHA256_BYTES, name);
    return pack_add_file(out, name, memcpy(mem_new(len), image, len), len, fail);
}

int microvisor_pack_make(const unsigned char *image, size_t len, const struct microvisor_options *options,
                         const struct p256_key *key, struct pack *out, bundle_KernelMeta *meta,
                         struct fail *fail)
{
    struct bundle_image header;
    int status;

    memset(out, 0, sizeof(*out));
    status = check_image(image, len, key, &header, fail);
    if (!status)
        status = fill_meta(&header, options, meta, fail);
    if (!status)
        status = encode_body(image, len, meta, out, fail);
    if (!status)
        status = pack_seal(out, key, MICROVISOR_SIGN_PREFIX, MICROVISOR_SIGN_PREFIX_BYTES, fail);
    return status ? status : add_image(image, len, out, fail);
}
