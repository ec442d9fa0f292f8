/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking and storing an uploaded microvisor.
 *
 *   zip directory -> manifest -> rules of manifests -> its signature -> the one file -> hash and size -> the image's header
 *   against the manifest -> the image's signature
 *
 * The file is read twice: once to check everything, once to store it.
 */
#include "bundle/microvisor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bundle/archive.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/bundle/bundle_image.h"
#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

/* One check under way. */
struct look {
    struct archive *archive;
    const struct bundle_signer *roots;
    size_t root_count;
    struct microvisor_contents *out;
    enum microvisor_fault fault;
    char *why;
    bundle_OpaqueManifest opaque;
    bundle_KernelBody body;
    /* of the image, as it streams by */
    uint32_t bytes;
    unsigned char header[IMAGE_HEADER_BYTES];
    struct crypto_sha256_ctx *file, *signed_part;
};

const char *microvisor_fault_name(enum microvisor_fault fault)
{
    static const char *const names[] = { "none",  "zip",  "manifest", "signer_unknown", "signature",
                                         "files", "hash", "image",    "image_mismatch", "image_signature" };
    return names[fault];
}

static int refuse(struct look *l, enum microvisor_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(struct look *l, enum microvisor_fault fault, const char *format, ...)
{
    va_list args;
    l->fault = fault;
    va_start(args, format);
    (void)vsnprintf(l->why, BUNDLE_WHY_BYTES, format, args); /* longer words are cut */
    va_end(args);
    return ST_INVALID;
}

/* ---- manifest ------------------------------------------------------------------------------------ */

/* An application that went to the wrong place is a likelier mistake than a broken microvisor. */
static int body_refuse(struct look *l)
{
    bundle_AppBody app;
    if (codec_body_decode(l->opaque.body.bytes, l->opaque.body.size, &app) == CODEC_OK &&
        app.layers_count > 0) {
        return refuse(l, MICROVISOR_MANIFEST,
                      "this is the bundle of an application, not of a microvisor; upload it to /v1/Apps");
    }
    return refuse(
        l, MICROVISOR_MANIFEST,
        "the manifest's body cannot be decoded: it is a KernelBody with one layer, a board of at most %u "
        "and a version of at most %u characters",
        BOARD_NAME_MAX_CHARS, MICROVISOR_VERSION_MAX_CHARS);
}

static int manifest_decode(struct look *l)
{
    const struct microvisor_contents *m = l->out;
    if (codec_manifest_decode(m->manifest, m->manifest_len, &l->opaque) != CODEC_OK) {
        return refuse(
            l, MICROVISOR_MANIFEST,
            "manifest cannot be decoded: it is an OpaqueManifest with a body of at most %u bytes and a "
            "signature of 64",
            MANIFEST_BODY_MAX_BYTES);
    }
    if (codec_kernel_body_decode(l->opaque.body.bytes, l->opaque.body.size, &l->body) != CODEC_OK) {
        return body_refuse(l);
    }
    enum bundle_kernel_fault fault = bundle_kernel_check(&l->body);
    return fault == KERNEL_OK
               ? ST_OK
               : refuse(l, MICROVISOR_MANIFEST, "manifest: %s", bundle_kernel_fault_text(fault));
}

static void manifest_take(struct look *l)
{
    struct microvisor_contents *m = l->out;
    const bundle_KernelMeta *meta = &l->body.meta;
    crypto_sha256(m->manifest, m->manifest_len, m->manifest_sha256);
    memcpy(m->image_sha256, l->body.layers[0].fetch_hash.bytes, SHA256_BYTES);
    m->image_bytes = l->body.layers[0].size;
    m->signer_id = l->opaque.signer_id;
    memcpy(m->board, meta->board, sizeof(m->board));
    memcpy(m->version, meta->version_string, sizeof(m->version));
    m->number = meta->version_number;
    m->ratchet = meta->version_security_ratchet;
}

static int manifest_load(struct look *l)
{
    const struct archive_entry *entry = archive_find(l->archive, "manifest");
    if (entry == NULL) {
        return refuse(l, MICROVISOR_MANIFEST, "the zip file has no entry named \"manifest\"");
    }
    if (entry->bytes == 0 || entry->bytes > MANIFEST_MAX_BYTES) {
        return refuse(l, MICROVISOR_MANIFEST, "the manifest has %" PRIu64 " bytes; it has 1 to %u",
                      entry->bytes, MANIFEST_MAX_BYTES);
    }
    l->fault = MICROVISOR_ZIP;
    int rc =
        archive_load(l->archive, entry, l->out->manifest, &l->out->manifest_len, l->why, BUNDLE_WHY_BYTES);
    if (rc == ST_OK) {
        rc = manifest_decode(l);
    }
    if (rc == ST_OK) {
        manifest_take(l);
    }
    return rc;
}

static int signature_check(struct look *l)
{
    const bundle_OpaqueManifest *m = &l->opaque;
    if (m->signer_id == 0 || m->signature.size != P256_SIG_BYTES) {
        return refuse(l, MICROVISOR_SIGNER_UNKNOWN,
                      "the manifest is not signed; a microvisor is signed with a boot root key: "
                      "`outrigger microvisors bundle IMAGE --key KEY.pem`");
    }
    for (size_t i = 0; i < l->root_count; i++) {
        if (l->roots[i].id != m->signer_id) {
            continue;
        }
        bool good =
            crypto_p256_verify(l->roots[i].point, MICROVISOR_SIGN_PREFIX, MICROVISOR_SIGN_PREFIX_BYTES,
                               m->body.bytes, m->body.size, m->signature.bytes);
        return good ? ST_OK
                    : refuse(l, MICROVISOR_SIGNATURE,
                             "the manifest's signature is wrong: root key 0x%016" PRIx64
                             " did not sign this body",
                             m->signer_id);
    }
    return refuse(l, MICROVISOR_SIGNER_UNKNOWN,
                  "the manifest is signed by key 0x%016" PRIx64
                  ", which is none of this server's boot root keys ([microvisors] root_key)",
                  m->signer_id);
}

/* ---- image --------------------------------------------------------------------------------------- */

static int image_find(struct look *l, const struct archive_entry **image)
{
    char hex[65];
    hex_encode(l->out->image_sha256, 32, hex);
    *image = archive_find(l->archive, hex);
    if (*image == NULL) {
        return refuse(l, MICROVISOR_FILES, "the image is missing: the zip file has no entry %s", hex);
    }
    for (size_t i = 0; i < archive_count(l->archive); i++) {
        const char *name = archive_at(l->archive, i)->name;
        if (strcmp(name, "manifest") != 0 && strcmp(name, hex) != 0) {
            return refuse(
                l, MICROVISOR_FILES,
                "zip entry \"%s\" is not in the manifest; a microvisor bundle has \"manifest\" and one "
                "image, named by its SHA-256 in lower-case hexadecimal digits",
                name);
        }
    }
    if ((*image)->bytes != l->out->image_bytes) {
        return refuse(l, MICROVISOR_HASH, "the image has %" PRIu64 " bytes, but the manifest says %" PRIu32,
                      (*image)->bytes, l->out->image_bytes);
    }
    return ST_OK;
}

/* The part of data, which begins at byte number at, that lies in [from, to). */
static void part_add(struct crypto_sha256_ctx *hash, uint32_t at, const unsigned char *data, size_t len,
                     uint32_t from, uint32_t to)
{
    uint64_t begin = at < from ? from : at;
    uint64_t end = (uint64_t)at + len < to ? (uint64_t)at + len : to;
    if (begin < end) {
        crypto_sha256_add(hash, data + (begin - at), (size_t)(end - begin));
    }
}

static int image_piece(void *arg, const void *data, size_t len)
{
    struct look *l = arg;
    uint32_t header_left = l->bytes < IMAGE_HEADER_BYTES ? IMAGE_HEADER_BYTES - l->bytes : 0;
    if (header_left > 0) {
        memcpy(l->header + l->bytes, data, len < header_left ? len : header_left);
    }
    crypto_sha256_add(l->file, data, len);
    part_add(l->signed_part, l->bytes, data, len, 0, IMAGE_SIGNED_BYTES);
    part_add(l->signed_part, l->bytes, data, len, IMAGE_HEADER_BYTES, UINT32_MAX);
    l->bytes += (uint32_t)len; /* at most what the entry declares */
    return ST_OK;
}

static int header_check(struct look *l, struct bundle_image *image)
{
    const struct microvisor_contents *m = l->out;
    enum bundle_image_fault fault = bundle_image_read(l->header, l->bytes, image);
    if (fault != IMAGE_OK) {
        return refuse(l, MICROVISOR_IMAGE, "the image is %s", bundle_image_fault_text(fault));
    }
    if (image->number != m->number) {
        return refuse(l, MICROVISOR_MISMATCH,
                      "the image has number %" PRIu32 ", but the manifest says version_number %" PRIu32,
                      image->number, m->number);
    }
    if (image->ratchet != m->ratchet) {
        return refuse(l, MICROVISOR_MISMATCH,
                      "the image has security ratchet %" PRIu32
                      ", but the manifest says version_security_ratchet %" PRIu32,
                      image->ratchet, m->ratchet);
    }
    return ST_OK;
}

static int image_judge(struct look *l)
{
    struct bundle_image image;
    unsigned char file[32], digest[32];
    char is[65], should[65];
    crypto_sha256_end(l->file, file);
    crypto_sha256_end(l->signed_part, digest);
    if (memcmp(file, l->out->image_sha256, 32) != 0) {
        hex_encode(file, 32, is);
        hex_encode(l->out->image_sha256, 32, should);
        return refuse(l, MICROVISOR_HASH, "the SHA-256 of the image is %s, but the manifest says %s", is,
                      should);
    }
    int rc = header_check(l, &image);
    for (size_t i = 0; rc == ST_OK && i < l->root_count; i++) {
        if (crypto_p256_verify_digest(l->roots[i].point, digest, image.signature)) {
            return ST_OK;
        }
    }
    return rc != ST_OK ? rc
                       : refuse(l, MICROVISOR_IMAGE_SIGNATURE,
                                "the image is signed by none of this server's boot root keys ([microvisors] "
                                "root_key): no device with these keys would start it");
}

static int image_check(struct look *l)
{
    const struct archive_entry *image;
    int rc = image_find(l, &image);
    if (rc != ST_OK) {
        return rc;
    }
    l->fault = MICROVISOR_ZIP;
    rc = archive_stream(l->archive, image, image_piece, l, l->why, BUNDLE_WHY_BYTES);
    return rc == ST_OK ? image_judge(l) : rc;
}

int microvisor_check(const char *path, const struct bundle_signer *roots, size_t count,
                     struct microvisor_contents *out, enum microvisor_fault *fault,
                     char why[BUNDLE_WHY_BYTES])
{
    struct look *l = calloc(1, sizeof(*l));
    memset(out, 0, sizeof(*out));
    why[0] = '\0';
    *fault = MICROVISOR_GOOD;
    if (l == NULL) {
        return ST_NO_MEMORY;
    }
    *l =
        (struct look){ .roots = roots, .root_count = count, .out = out, .fault = MICROVISOR_ZIP, .why = why };
    l->file = crypto_sha256_new();
    l->signed_part = crypto_sha256_new();
    int rc = archive_open(path, &l->archive, why, BUNDLE_WHY_BYTES);
    if (rc == ST_OK) {
        rc = manifest_load(l);
    }
    if (rc == ST_OK) {
        rc = signature_check(l);
    }
    if (rc == ST_OK) {
        rc = image_check(l);
    }
    *fault = rc == ST_OK ? MICROVISOR_GOOD : l->fault;
    archive_close(l->archive);
    crypto_sha256_free(l->file);
    crypto_sha256_free(l->signed_part);
    free(l);
    return rc;
}

/* ---- storing ------------------------------------------------------------------------------------- */

static int copy_piece(void *arg, const void *data, size_t len)
{
    return blob_write(arg, data, len);
}

static int image_store(struct archive *a, const struct microvisor_contents *m, struct blob_store *blobs,
                       char *why)
{
    unsigned char stored[32];
    char hex[65];
    struct blob_writer *writer = NULL;
    hex_encode(m->image_sha256, 32, hex);
    const struct archive_entry *entry = archive_find(a, hex);
    int rc = entry == NULL ? ST_INVALID : blob_begin(blobs, &writer);
    if (rc == ST_OK) {
        rc = archive_stream(a, entry, copy_piece, writer, why, BUNDLE_WHY_BYTES);
    }
    if (rc == ST_OK) {
        rc = blob_commit(writer, m->image_sha256, stored);
        writer = NULL;
    }
    blob_abort(writer);
    return rc;
}

int microvisor_store(const char *path, const struct microvisor_contents *m, struct blob_store *blobs,
                     char why[BUNDLE_WHY_BYTES])
{
    struct archive *a = NULL;
    unsigned char stored[32];
    int rc = archive_open(path, &a, why, BUNDLE_WHY_BYTES);
    if (rc == ST_OK) {
        rc = image_store(a, m, blobs, why);
    }
    if (rc == ST_OK) {
        rc = blob_put(blobs, m->manifest, m->manifest_len, stored);
    }
    archive_close(a);
    return rc;
}
