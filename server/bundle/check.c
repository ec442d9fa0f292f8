/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking and storing an uploaded bundle.
 *
 *   zip directory -> manifest -> rules of manifests -> no file too many or too few -> each layer's bytes
 * against its hashes
 *
 * The file is read twice: once to check everything, once to store it.
 */
#include "bundle/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bundle/archive.h"
#include "bundle/layer.h"
#include "bundle/manifest.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"

static const char manifest_name[] = "manifest";

static int manifest_load(struct archive *a, struct bundle_contents *c, char *why)
{
    const struct archive_entry *entry = archive_find(a, manifest_name);
    if (entry == NULL) {
        (void)snprintf(why, BUNDLE_WHY_BYTES, "the zip file has no entry named \"manifest\"");
        return ST_INVALID;
    }
    if (entry->bytes == 0 || entry->bytes > MANIFEST_MAX_BYTES) {
        (void)snprintf(why, BUNDLE_WHY_BYTES, "the manifest has %" PRIu64 " bytes; it has 1 to %u",
                       entry->bytes, MANIFEST_MAX_BYTES);
        return ST_INVALID;
    }
    int rc = archive_load(a, entry, c->manifest, &c->manifest_len, why, BUNDLE_WHY_BYTES);
    return rc == ST_OK ? bundle_manifest_read(c, why) : rc;
}

static bool layer_is_named(const struct bundle_contents *c, const char *name)
{
    char hex[65];
    for (uint32_t i = 0; i < c->layer_count; i++) {
        hex_encode(c->layers[i].fetch_sha256, 32, hex);
        if (strcmp(hex, name) == 0) {
            return true;
        }
        hex_encode(c->layers[i].block_list_sha256, 32, hex);
        if (c->layers[i].encrypted_with != 0 && strcmp(hex, name) == 0) {
            return true;
        }
    }
    return false;
}

static int strangers_refuse(const struct archive *a, const struct bundle_contents *c, char *why)
{
    for (size_t i = 0; i < archive_count(a); i++) {
        const char *name = archive_at(a, i)->name;
        if (strcmp(name, manifest_name) != 0 && !layer_is_named(c, name)) {
            (void)snprintf(
                why, BUNDLE_WHY_BYTES,
                "zip entry \"%s\" is not in the manifest; a bundle has \"manifest\" and one file "
                "per layer, named "
                "by its SHA-256 in lower-case hexadecimal digits (of an encrypted layer also its block "
                "list)",
                name);
            return ST_INVALID;
        }
    }
    return ST_OK;
}

/* The layer's file, if it can be right at all. */
static int layer_entry(struct archive *a, const struct bundle_layer *layer, unsigned index,
                       const struct archive_entry **entry, char *why)
{
    char hex[65];
    hex_encode(layer->fetch_sha256, 32, hex);
    *entry = archive_find(a, hex);
    if (*entry == NULL) {
        (void)snprintf(why, BUNDLE_WHY_BYTES, "layer %u is missing: the zip file has no entry %s", index,
                       hex);
        return ST_INVALID;
    }
    if ((*entry)->bytes == 0 || (*entry)->bytes > layer->size) {
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "layer %u has %" PRIu64 " bytes; its region holds 1 to %" PRIu32, index,
                       (*entry)->bytes, layer->size);
        return ST_INVALID;
    }
    return ST_OK;
}

static int hash_refuse(unsigned index, const char *what, const unsigned char *is,
                       const unsigned char *signed_hash, char *why)
{
    char is_hex[65], signed_hex[65];
    hex_encode(is, 32, is_hex);
    hex_encode(signed_hash, 32, signed_hex);
    (void)snprintf(why, BUNDLE_WHY_BYTES, "layer %u: the SHA-256 of %s is %s, but the manifest says %s",
                   index, what, is_hex, signed_hex);
    return ST_INVALID;
}

static int hashes_check(struct layer_hashes *h, struct bundle_layer *layer, unsigned index, char *why)
{
    unsigned char file[32], region[32], list_hash[32];
    const unsigned char *list;
    uint32_t list_bytes = 0;
    layer_hashes_end(h, file, region, list_hash, &list, &list_bytes);
    if (memcmp(file, layer->fetch_sha256, 32) != 0) {
        return hash_refuse(index, "its file", file, layer->fetch_sha256, why);
    }
    if (layer->encrypted_with != 0) {
        return ST_OK; /* the others are of the plain text */
    }
    if (memcmp(region, layer->measurement_sha256, 32) != 0) {
        return hash_refuse(index, "the installed region (measurement_hash)", region,
                           layer->measurement_sha256, why);
    }
    if (!layer->has_block_list) {
        return ST_OK;
    }
    if (memcmp(list_hash, layer->block_list_sha256, 32) != 0) {
        return hash_refuse(index, "its block list (block_list_hash)", list_hash, layer->block_list_sha256,
                           why);
    }
    layer->block_list_bytes = list_bytes;
    return ST_OK;
}

static int hash_piece(void *arg, const void *data, size_t len)
{
    return layer_hashes_add(arg, data, len);
}

/* The block list of an encrypted layer, which is a file of the bundle. */
static int list_entry(struct archive *a, const struct bundle_layer *layer, unsigned index,
                      const struct archive_entry **entry, char *why)
{
    const uint64_t bytes = (uint64_t)(layer->bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * SHA256_BYTES;
    char hex[65];
    hex_encode(layer->block_list_sha256, 32, hex);
    *entry = archive_find(a, hex);
    if (*entry == NULL) {
        (void)snprintf(
            why, BUNDLE_WHY_BYTES,
            "the block list of layer %u, which is encrypted, is missing: the zip file has no entry %s", index,
            hex);
        return ST_INVALID;
    }
    if ((*entry)->bytes != bytes) {
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "the block list of layer %u has %" PRIu64 " bytes; for a layer of %" PRIu32
                       " it has %" PRIu64,
                       index, (*entry)->bytes, layer->bytes, bytes);
        return ST_INVALID;
    }
    return ST_OK;
}

static int list_load(struct archive *a, const struct archive_entry *entry, unsigned char *list, char *why)
{
    size_t len = 0;
    return archive_load(a, entry, list, &len, why, BUNDLE_WHY_BYTES);
}

static int list_check(struct archive *a, struct bundle_layer *layer, unsigned index, char *why)
{
    const struct archive_entry *entry;
    unsigned char *list, hash[32];
    int rc = list_entry(a, layer, index, &entry, why);
    if (rc != ST_OK) {
        return rc;
    }
    list = malloc(entry->bytes);
    if (list == NULL) {
        return ST_NO_MEMORY;
    }
    rc = list_load(a, entry, list, why);
    if (rc == ST_OK) {
        crypto_sha256(list, entry->bytes, hash);
        layer->block_list_bytes = (uint32_t)entry->bytes;
        if (memcmp(hash, layer->block_list_sha256, 32) != 0) {
            rc = hash_refuse(index, "its stored block list (block_list_fetch_hash)", hash,
                             layer->block_list_sha256, why);
        }
    }
    free(list);
    return rc;
}

static int layer_check(struct archive *a, struct bundle_layer *layer, unsigned index, char *why)
{
    const struct archive_entry *entry;
    int rc = layer_entry(a, layer, index, &entry, why);
    if (rc != ST_OK) {
        return rc;
    }
    struct layer_hashes *h = layer_hashes_new(layer->size);
    if (h == NULL) {
        return ST_NO_MEMORY;
    }
    layer->bytes = (uint32_t)entry->bytes;
    rc = archive_stream(a, entry, hash_piece, h, why, BUNDLE_WHY_BYTES);
    if (rc == ST_OK) {
        rc = hashes_check(h, layer, index, why);
    }
    layer_hashes_free(h);
    return rc == ST_OK && layer->encrypted_with != 0 ? list_check(a, layer, index, why) : rc;
}

int bundle_check(const char *path, struct bundle_contents *out, char why[BUNDLE_WHY_BYTES])
{
    struct archive *a = NULL;
    memset(out, 0, sizeof(*out));
    why[0] = '\0';
    int rc = archive_open(path, &a, why, BUNDLE_WHY_BYTES);
    if (rc == ST_OK) {
        rc = manifest_load(a, out, why);
    }
    if (rc == ST_OK) {
        rc = strangers_refuse(a, out, why);
    }
    for (uint32_t i = 0; rc == ST_OK && i < out->layer_count; i++) {
        rc = layer_check(a, &out->layers[i], i, why);
    }
    archive_close(a);
    return rc;
}

bool bundle_is_unsigned(const struct bundle_contents *b)
{
    return b->signer_id == 0;
}

int bundle_signature_check(const struct bundle_contents *b, const struct bundle_signer *signers, size_t count,
                           char why[BUNDLE_WHY_BYTES])
{
    for (size_t i = 0; i < count; i++) {
        if (signers[i].id != b->signer_id) {
            continue;
        }
        if (crypto_p256_verify(signers[i].point, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, b->body,
                               b->body_len, b->signature)) {
            return ST_OK;
        }
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "the manifest's signature is wrong: signer 0x%016" PRIx64 " did not sign this body",
                       b->signer_id);
        return ST_DENIED;
    }
    (void)snprintf(why, BUNDLE_WHY_BYTES,
                   "the manifest is signed by signer 0x%016" PRIx64
                   ", which the devices of this account do not accept; upload it unsigned, "
                   "or let them accept it (`outrigger signers add`)",
                   b->signer_id);
    return ST_DENIED;
}

int bundle_sign(struct bundle_contents *b, uint64_t signer_id, const unsigned char signature[P256_SIG_BYTES])
{
    b->signer_id = signer_id;
    memcpy(b->signature, signature, P256_SIG_BYTES);
    return bundle_manifest_write(b);
}

/* Where a layer's bytes go while it is stored. */
struct layer_copy {
    struct blob_writer *writer;
    struct layer_hashes *hashes;
};

static int copy_piece(void *arg, const void *data, size_t len)
{
    struct layer_copy *copy = arg;
    int rc = layer_hashes_add(copy->hashes, data, len);
    return rc == ST_OK ? blob_write(copy->writer, data, len) : rc;
}

static int list_store(struct layer_hashes *h, const struct bundle_layer *layer, struct blob_store *blobs)
{
    unsigned char file[32], region[32], list_hash[32], stored[32];
    const unsigned char *list;
    uint32_t list_bytes = 0;
    layer_hashes_end(h, file, region, list_hash, &list, &list_bytes);
    if (!layer->has_block_list) {
        return ST_OK;
    }
    if (memcmp(list_hash, layer->block_list_sha256, 32) != 0) {
        return ST_INVALID;
    }
    return blob_put(blobs, list, list_bytes, stored);
}

static int encrypted_list_store(struct archive *a, const struct bundle_layer *layer, unsigned index,
                                struct blob_store *blobs, char *why)
{
    const struct archive_entry *entry;
    unsigned char *list = NULL, stored[32];
    int rc = list_entry(a, layer, index, &entry, why);
    if (rc == ST_OK) {
        list = malloc(entry->bytes);
        rc = list == NULL ? ST_NO_MEMORY : list_load(a, entry, list, why);
    }
    if (rc == ST_OK) {
        rc = blob_put(blobs, list, entry->bytes, stored);
    }
    if (rc == ST_OK && memcmp(stored, layer->block_list_sha256, 32) != 0) {
        rc = ST_INVALID; /* the file has changed; the blob is swept */
    }
    free(list);
    return rc;
}

static int layer_store(struct archive *a, const struct bundle_layer *layer, unsigned index,
                       struct blob_store *blobs, char *why)
{
    const struct archive_entry *entry;
    struct layer_copy copy = { .hashes = layer_hashes_new(layer->size) };
    unsigned char stored[32];
    int rc = copy.hashes == NULL ? ST_NO_MEMORY : layer_entry(a, layer, index, &entry, why);
    if (rc == ST_OK) {
        rc = blob_begin(blobs, &copy.writer);
    }
    if (rc == ST_OK) {
        rc = archive_stream(a, entry, copy_piece, &copy, why, BUNDLE_WHY_BYTES);
    }
    if (rc == ST_OK) {
        rc = blob_commit(copy.writer, layer->fetch_sha256, stored);
        copy.writer = NULL;
    }
    if (rc == ST_OK) {
        rc = layer->encrypted_with != 0 ? encrypted_list_store(a, layer, index, blobs, why)
                                        : list_store(copy.hashes, layer, blobs);
    }
    blob_abort(copy.writer);
    layer_hashes_free(copy.hashes);
    return rc;
}

int bundle_store(const char *path, const struct bundle_contents *b, struct blob_store *blobs,
                 unsigned char manifest_sha256[32], char why[BUNDLE_WHY_BYTES])
{
    struct archive *a = NULL;
    int rc = archive_open(path, &a, why, BUNDLE_WHY_BYTES);
    for (uint32_t i = 0; rc == ST_OK && i < b->layer_count; i++) {
        rc = layer_store(a, &b->layers[i], i, blobs, why);
    }
    if (rc == ST_OK) {
        rc = blob_put(blobs, b->manifest, b->manifest_len, manifest_sha256);
    }
    archive_close(a);
    return rc;
}
