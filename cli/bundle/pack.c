/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, signs and decodes bundles. Must not touch files; pack_check.c has the judging. */
#include "bundle/pack.h"

#include <string.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack_layers.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/codec/codec.h"

const struct bundle_room pack_room = { APP_FLASH_BYTES, EXTERNAL_FLASH_BYTES };

static bool is_set(const unsigned char point[P256_POINT_BYTES])
{
    return point[0] != 0;
}

/* Only what was asked for is put in, so that an image without options gives the original bundler's bytes. */
static void set_policies(const struct pack_options *o, bundle_AppBody *body)
{
    if (is_set(o->debug_key)) {
        body->has_debug = true;
        body->debug.debug_auth_pubkey.size = P256_POINT_BYTES;
        memcpy(body->debug.debug_auth_pubkey.bytes, o->debug_key, P256_POINT_BYTES);
    }
    body->crash.minimum_restart_ms = o->minimum_restart_ms;
    body->crash.maximum_restart_ms = o->maximum_restart_ms;
    body->crash.watchdog_ms = o->watchdog_ms;
    if (is_set(o->crash_key)) {
        body->crash.crash_report_pubkey.size = P256_POINT_BYTES;
        memcpy(body->crash.crash_report_pubkey.bytes, o->crash_key, P256_POINT_BYTES);
    }
    body->crash.include_stack_bytes = o->include_stack_bytes;
    body->has_crash = o->minimum_restart_ms || o->maximum_restart_ms || o->watchdog_ms ||
                      is_set(o->crash_key) || o->include_stack_bytes;
    body->has_update = true; /* present even when empty: so does the original's tool */
    body->update.maximum_politeness_time_sec = o->maximum_politeness_time_s;
    body->update.minimum_kernel_version = o->minimum_microvisor_version;
    body->has_connectivity = true;
    body->connectivity.connection_grace_time_sec = o->connection_grace_time_s;
    body->connectivity.minimum_check_in_time_sec = o->minimum_check_in_time_s;
}

static void set_target(const struct bundle_region *region, bundle_AppLayerRegion *target)
{
    if (region->external) {
        target->which_where = bundle_AppLayerRegion_external_flash_tag;
        target->where.external_flash.start = region->start;
        target->where.external_flash.size = region->size;
        return;
    }
    target->which_where = bundle_AppLayerRegion_internal_flash_tag;
    target->where.internal_flash.start = region->start;
    target->where.internal_flash.size = region->size;
}

static void set_layer(const struct pack_layer *from, const struct bundle_region *region, bool has_block_list,
                      bundle_AppLayerReference *layer)
{
    layer->has_target = true;
    set_target(region, &layer->target);
    layer->fetch_hash.size = layer->measurement_hash.size = SHA256_BYTES;
    sha256_of(from->data, from->len, layer->fetch_hash.bytes);
    sha256_of_filled(from->data, from->len, 0xff, region->size - from->len, layer->measurement_hash.bytes);
    if (!has_block_list && !region->external)
        return;
    layer->block_list_hash.size = SHA256_BYTES;
    pack_block_list_hash(from->data, from->len, layer->block_list_hash.bytes);
}

static int encode_manifest(struct pack *pack, struct fail *fail)
{
    int len = codec_manifest_encode(&pack->manifest, pack->manifest_bytes, sizeof(pack->manifest_bytes));

    if (len < 0)
        return fail_set(fail, CLI_FORMAT, "the manifest does not fit into %u bytes", MANIFEST_MAX_BYTES);
    pack->manifest_len = (size_t)len;
    return CLI_OK;
}

int pack_encode(struct pack *pack, struct fail *fail)
{
    bundle_OpaqueManifest *m = &pack->manifest;
    unsigned layer;
    enum bundle_fault fault = bundle_body_check(&pack->body, &pack_room, &layer);
    int len;

    if (fault)
        return fail_set(fail, CLI_FORMAT, "%s", bundle_fault_text(fault));
    len = codec_body_encode(&pack->body, m->body.bytes, sizeof(m->body.bytes));
    if (len < 0)
        return fail_set(fail, CLI_FORMAT, "the manifest does not fit into %u bytes", MANIFEST_BODY_MAX_BYTES);
    m->body.size = (pb_size_t)len;
    return encode_manifest(pack, fail);
}

/* Two layers of the same bytes are one file. */
static int add_layer_file(struct pack *pack, const struct pack_layer *from,
                          const bundle_AppLayerReference *layer, struct fail *fail)
{
    char name[SHA256_HEX_BYTES];

    if (pack_layer_file(pack, layer) != NULL)
        return CLI_OK;
    base16_encode(layer->fetch_hash.bytes, SHA256_BYTES, name);
    return pack_add_file(pack, name, memcpy(mem_new(from->len), from->data, from->len), from->len, fail);
}

int pack_make(const unsigned char *rom, size_t len, const struct pack_options *options, struct pack *out,
              struct fail *fail)
{
    struct pack_layer layers[APP_LAYERS_MAX] = { { "the application", false, 0, rom, len } };
    struct bundle_region regions[APP_LAYERS_MAX];
    int status;

    memset(out, 0, sizeof(*out));
    if (len == 0 || len >= APP_FLASH_BYTES)
        return fail_set(fail, CLI_FORMAT, "the image has %zu bytes, but must have 1 to %u", len,
                        APP_FLASH_BYTES - 1);
    status = pack_layers_place(len, options->layers, options->layer_count, regions, fail);
    if (status)
        return status;
    out->body.layers_count = (pb_size_t)options->layer_count + 1;
    for (size_t i = 0; i < out->body.layers_count; i++) {
        if (i > 0)
            layers[i] = options->layers[i - 1];
        set_layer(&layers[i], &regions[i], options->has_block_list, &out->body.layers[i]);
    }
    set_policies(options, &out->body);
    status = pack_encode(out, fail);
    for (size_t i = 0; !status && i < out->body.layers_count; i++)
        status = add_layer_file(out, &layers[i], &out->body.layers[i], fail);
    return status;
}

#define SIGN_PREFIX_MAX_BYTES                                                                                \
    (MANIFEST_SIGN_PREFIX_BYTES > MICROVISOR_SIGN_PREFIX_BYTES ? MANIFEST_SIGN_PREFIX_BYTES                  \
                                                               : MICROVISOR_SIGN_PREFIX_BYTES)
#define SIGNED_TEXT_MAX_BYTES (SIGN_PREFIX_MAX_BYTES + MANIFEST_BODY_MAX_BYTES)

/* The prefix with its NUL, then the body: what a signature is over. Returns its length. */
static size_t signed_text(const struct pack *pack, const char *prefix, size_t prefix_bytes,
                          unsigned char out[SIGNED_TEXT_MAX_BYTES])
{
    memcpy(out, prefix, prefix_bytes);
    memcpy(out + prefix_bytes, pack->manifest.body.bytes, pack->manifest.body.size);
    return prefix_bytes + pack->manifest.body.size;
}

int pack_sign(struct pack *pack, const struct p256_key *key, struct fail *fail)
{
    return pack_seal(pack, key, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, fail);
}

int pack_seal(struct pack *pack, const struct p256_key *key, const char *prefix, size_t prefix_bytes,
              struct fail *fail)
{
    unsigned char text[SIGNED_TEXT_MAX_BYTES], point[P256_POINT_BYTES];
    size_t len = signed_text(pack, prefix, prefix_bytes, text);
    int status = p256_sign(key, text, len, pack->manifest.signature.bytes, fail);

    if (status)
        return status;
    p256_key_public(key, point);
    pack->manifest.signer_id = pack_signer_id(point);
    pack->manifest.signature.size = P256_SIG_BYTES;
    return encode_manifest(pack, fail);
}

bool pack_is_signed(const struct pack *pack)
{
    return pack->manifest.signature.size == P256_SIG_BYTES;
}

bool pack_is_signed_by(const struct pack *pack, const unsigned char point[P256_POINT_BYTES])
{
    unsigned char text[SIGNED_TEXT_MAX_BYTES];
    size_t len = signed_text(pack, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, text);

    return pack_is_signed(pack) && pack->manifest.signer_id == pack_signer_id(point) &&
           p256_verify(point, text, len, pack->manifest.signature.bytes);
}

/* The pieces of a key id are two and short; bundle_signer_id never gives more. */
static void sha256_of_pieces(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    unsigned char joined[2 + P256_POINT_BYTES];
    size_t len = 0;

    for (size_t i = 0; i < count && pieces[i].length <= sizeof(joined) - len; i++) {
        memcpy(joined + len, pieces[i].data, pieces[i].length);
        len += pieces[i].length;
    }
    sha256_of(joined, len, digest);
}

uint64_t pack_signer_id(const unsigned char point[P256_POINT_BYTES])
{
    return bundle_signer_id(sha256_of_pieces, point);
}

uint64_t pack_decrypter_id(const unsigned char point[P256_POINT_BYTES])
{
    return bundle_decrypter_id(sha256_of_pieces, point);
}

int pack_add_file(struct pack *pack, const char *name, unsigned char *data, size_t len, struct fail *fail)
{
    struct pack_file *file = &pack->files[pack->file_count];

    if (pack->file_count == PACK_FILES_MAX || strlen(name) >= sizeof(file->name)) {
        mem_free(data);
        return fail_set(
            fail, CLI_FORMAT,
            "the bundle holds the file \"%.80s\", which is no layer or block list; there may be %u, named "
            "by 64 hexadecimal digits",
            name, PACK_FILES_MAX);
    }
    memcpy(file->name, name, strlen(name) + 1);
    file->data = data;
    file->len = len;
    pack->file_count++;
    return CLI_OK;
}

static bool is_microvisor(const bundle_OpaqueManifest *manifest)
{
    bundle_KernelBody kernel;

    return codec_kernel_body_decode(manifest->body.bytes, manifest->body.size, &kernel) == CODEC_OK &&
           kernel.layers_count > 0;
}

int pack_decode(struct pack *pack, const unsigned char *manifest, size_t len, struct fail *fail)
{
    if (len > sizeof(pack->manifest_bytes))
        return fail_set(fail, CLI_FORMAT, "the manifest has %zu bytes; at most %zu are accepted", len,
                        sizeof(pack->manifest_bytes));
    memcpy(pack->manifest_bytes, manifest, len);
    pack->manifest_len = len;
    if (codec_manifest_decode(manifest, len, &pack->manifest) != CODEC_OK)
        return fail_set(fail, CLI_FORMAT,
                        "the manifest cannot be decoded, or its signature does not have %u bytes",
                        P256_SIG_BYTES);
    if (codec_body_decode(pack->manifest.body.bytes, pack->manifest.body.size, &pack->body) == CODEC_OK)
        return CLI_OK;
    if (is_microvisor(&pack->manifest))
        return fail_set(fail, CLI_FORMAT, "this is the bundle of a microvisor, not of an application");
    return fail_set(fail, CLI_FORMAT, "the manifest's body cannot be decoded");
}

void pack_clear(struct pack *pack)
{
    for (size_t i = 0; i < pack->file_count; i++)
        mem_free(pack->files[i].data);
    memset(pack, 0, sizeof(*pack));
}
