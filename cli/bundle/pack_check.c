/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a bundle by its own signed words: rules of manifests, files, and every hash. Changes nothing. */
#include <string.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/sha256.h"
#include "proto/bundle/bundle.h"

unsigned char *pack_block_list(const unsigned char *data, size_t len, size_t *list_len)
{
    const size_t blocks = (len + BLOCK_BYTES - 1) / BLOCK_BYTES;
    unsigned char *list = mem_new(blocks * SHA256_BYTES);

    for (size_t i = 0; i < blocks; i++) {
        size_t left = len - i * BLOCK_BYTES, here = left < BLOCK_BYTES ? left : BLOCK_BYTES;

        sha256_of_filled(data + i * BLOCK_BYTES, here, 0xff, BLOCK_BYTES - here, list + i * SHA256_BYTES);
    }
    *list_len = blocks * SHA256_BYTES;
    return list;
}

void pack_block_list_hash(const unsigned char *data, size_t len, unsigned char digest[SHA256_BYTES])
{
    size_t list_len;
    unsigned char *list = pack_block_list(data, len, &list_len);

    sha256_of(list, list_len, digest);
    mem_free(list);
}

/* Index of the file with this hash; the number of files when there is none. */
static size_t find_file(const struct pack *pack, const unsigned char *hash, size_t hash_len)
{
    char name[SHA256_HEX_BYTES];
    size_t i = 0;

    if (hash_len != SHA256_BYTES)
        return pack->file_count;
    base16_encode(hash, SHA256_BYTES, name);
    while (i < pack->file_count && strcmp(pack->files[i].name, name) != 0)
        i++;
    return i;
}

static const struct pack_file *file_at(const struct pack *pack, size_t index)
{
    return index < pack->file_count ? &pack->files[index] : NULL;
}

const struct pack_file *pack_layer_file(const struct pack *pack, const bundle_AppLayerReference *layer)
{
    return file_at(pack, find_file(pack, layer->fetch_hash.bytes, layer->fetch_hash.size));
}

/* The stored block list of an encrypted layer. */
static const struct pack_file *list_file(const struct pack *pack, const bundle_AppLayerReference *layer)
{
    return file_at(pack,
                   find_file(pack, layer->block_list_fetch_hash.bytes, layer->block_list_fetch_hash.size));
}

/* What can be known of an encrypted layer without its key. */
static int check_stored_list(const struct pack *pack, unsigned index, size_t layer_bytes, struct fail *fail)
{
    const bundle_AppLayerReference *layer = &pack->body.layers[index];
    const struct pack_file *list = list_file(pack, layer);
    unsigned char digest[SHA256_BYTES];

    if (!list)
        return fail_set(fail, CLI_FORMAT,
                        "the block list of layer %u, which is encrypted, is not in the bundle", index);
    sha256_of(list->data, list->len, digest);
    if (memcmp(digest, layer->block_list_fetch_hash.bytes, SHA256_BYTES) != 0)
        return fail_set(fail, CLI_FORMAT,
                        "the block list of layer %u does not have the hash that the manifest says", index);
    if (list->len != (size_t)bundle_blocks((uint32_t)layer_bytes) * SHA256_BYTES)
        return fail_set(fail, CLI_FORMAT,
                        "the block list of layer %u has %zu bytes, which is not one hash per block", index,
                        list->len);
    return CLI_OK;
}

static int check_layer(const struct pack *pack, unsigned index, struct fail *fail)
{
    const bundle_AppLayerReference *layer = &pack->body.layers[index];
    const struct pack_file *file = pack_layer_file(pack, layer);
    unsigned char digest[SHA256_BYTES];
    struct bundle_region region;

    if (!file)
        return fail_set(fail, CLI_FORMAT, "layer %u is not in the bundle", index);
    if (!bundle_layer_region(layer, &region) || file->len > region.size)
        return fail_set(fail, CLI_FORMAT, "layer %u has %zu bytes, more than its region", index, file->len);
    sha256_of(file->data, file->len, digest);
    if (memcmp(digest, layer->fetch_hash.bytes, SHA256_BYTES) != 0)
        return fail_set(fail, CLI_FORMAT, "layer %u does not have the hash that the manifest says", index);
    if (layer->encrypted_with_key_id != 0)
        return check_stored_list(pack, index, file->len, fail);
    sha256_of_filled(file->data, file->len, 0xff, region.size - file->len, digest);
    if (memcmp(digest, layer->measurement_hash.bytes, SHA256_BYTES) != 0)
        return fail_set(fail, CLI_FORMAT, "layer %u does not have the measurement that the manifest says",
                        index);
    if (layer->block_list_hash.size == 0)
        return CLI_OK;
    pack_block_list_hash(file->data, file->len, digest);
    if (memcmp(digest, layer->block_list_hash.bytes, SHA256_BYTES) != 0)
        return fail_set(fail, CLI_FORMAT, "layer %u does not have the block list that the manifest says",
                        index);
    return CLI_OK;
}

static bool is_layer_file(const struct pack *pack, const struct pack_file *file)
{
    for (unsigned i = 0; i < pack->body.layers_count; i++)
        if (pack_layer_file(pack, &pack->body.layers[i]) == file ||
            list_file(pack, &pack->body.layers[i]) == file)
            return true;
    return false;
}

int pack_check(const struct pack *pack, struct fail *fail)
{
    unsigned layer;
    enum bundle_fault fault = bundle_body_check(&pack->body, &pack_room, &layer);

    if (fault)
        return fail_set(fail, CLI_FORMAT, "%s (layer %u)", bundle_fault_text(fault), layer);
    if (!pack_is_signed(pack) != (pack->manifest.signer_id == 0))
        return fail_set(fail, CLI_FORMAT, "the manifest has a signer or a signature, but not both");
    for (unsigned i = 0; i < pack->body.layers_count; i++) {
        int status = check_layer(pack, i, fail);

        if (status)
            return status;
    }
    for (size_t i = 0; i < pack->file_count; i++)
        if (!is_layer_file(pack, &pack->files[i]))
            return fail_set(fail, CLI_FORMAT, "the bundle holds \"%s\", which the manifest does not name",
                            pack->files[i].name);
    return CLI_OK;
}
