/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/server/zip_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

#include "base/hex.h"
#include "bundle/layer.h"
#include "proto/codec/codec.h"

void zip_fake_write(const char *path, const struct zip_fake_file *files, size_t count)
{
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(zip, files[i].data, files[i].len, 0);
        assert_non_null(source);
        assert_true(zip_file_add(zip, files[i].name, source, ZIP_FL_ENC_RAW) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

static void layer_fill(bundle_AppLayerReference *to, const struct bundle_fake_layer *from)
{
    unsigned char list_hash[32];
    const unsigned char *list;
    uint32_t list_bytes;
    uint32_t region = from->size <= EXTERNAL_FLASH_BYTES ? from->size : EXTERNAL_FLASH_BYTES;
    struct layer_hashes *h = layer_hashes_new(region);
    (void)layer_hashes_add(h, from->data, from->len); /* one that is too large keeps hashes of nothing */
    to->has_target = true;
    to->target.which_where = bundle_AppLayerRegion_internal_flash_tag;
    to->target.where.internal_flash.start = from->start;
    to->target.where.internal_flash.size = from->size;
    if (from->external) {
        to->target.which_where = bundle_AppLayerRegion_external_flash_tag;
        to->target.where.external_flash.start = from->start;
        to->target.where.external_flash.size = from->size;
    }
    layer_hashes_end(h, to->fetch_hash.bytes, to->measurement_hash.bytes, list_hash, &list, &list_bytes);
    to->fetch_hash.size = to->measurement_hash.size = 32;
    if (from->has_block_list) {
        to->block_list_hash.size = 32;
        memcpy(to->block_list_hash.bytes, list_hash, 32);
    }
    layer_hashes_free(h);
}

size_t bundle_fake_body(const struct bundle_fake *b, unsigned char *out, size_t cap)
{
    static bundle_AppBody body;
    memset(&body, 0, sizeof(body));
    body.layers_count = (pb_size_t)b->count;
    for (size_t i = 0; i < b->count; i++) {
        layer_fill(&body.layers[i], &b->layers[i]);
    }
    body.has_crash = true;
    body.crash.minimum_restart_ms = b->minimum_restart_ms;
    body.crash.maximum_restart_ms = b->maximum_restart_ms;
    body.crash.watchdog_ms = b->watchdog_ms;
    int n = codec_body_encode(&body, out, cap);
    assert_true(n >= 0);
    return (size_t)n;
}

size_t bundle_fake_manifest(const struct bundle_fake *b, unsigned char *out, size_t cap)
{
    static bundle_OpaqueManifest m;
    memset(&m, 0, sizeof(m));
    m.signer_id = b->signer_id;
    m.body.size = (pb_size_t)bundle_fake_body(b, m.body.bytes, sizeof(m.body.bytes));
    if (b->signature != NULL) {
        m.signature.size = 64;
        memcpy(m.signature.bytes, b->signature, 64);
    }
    int n = codec_manifest_encode(&m, out, cap);
    assert_true(n >= 0);
    return (size_t)n;
}

void bundle_fake_write(const char *path, const struct bundle_fake *b)
{
    unsigned char manifest[MANIFEST_MAX_BYTES];
    char names[8][65];
    struct zip_fake_file files[9] = { { "manifest", manifest, 0 } };
    files[0].len = bundle_fake_manifest(b, manifest, sizeof(manifest));
    for (size_t i = 0; i < b->count; i++) {
        bundle_AppLayerReference reference;
        memset(&reference, 0, sizeof(reference));
        layer_fill(&reference, &b->layers[i]);
        hex_encode(reference.fetch_hash.bytes, 32, names[i]);
        files[i + 1] = (struct zip_fake_file){ names[i], b->layers[i].data, b->layers[i].len };
    }
    zip_fake_write(path, files, b->count + 1);
}
