/* SPDX-License-Identifier: Apache-2.0 */
/* Building of test applications; see bundle_fake.h. */
#include "tests/unit/device/bundle_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "port/port_crypto.h"
#include "port/port_hpke.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/crypto_fake.h"

void bundle_fake_start(struct bundle_fake *bundle, uint32_t n)
{
    memset(bundle, 0, sizeof(*bundle));
    memset(bundle->image, 0xff, sizeof(bundle->image));
    memset(bundle->external, 0xff, sizeof(bundle->external));
    snprintf(bundle->app_sid, sizeof(bundle->app_sid), "KA%032x", n);
}

static struct bundle_fake_blob *new_blob(struct bundle_fake *bundle)
{
    if (bundle->blob_count == BUNDLE_FAKE_BLOBS_MAX)
        abort();
    return &bundle->blobs[bundle->blob_count++];
}

static void fill(uint8_t *bytes, uint32_t length, uint32_t seed, uint32_t changed)
{
    for (uint32_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24) ^ (i < changed ? 0x5a : 0);
    }
}

static void add_list(struct bundle_fake *bundle, const uint8_t *installed, uint32_t length,
                     bundle_AppLayerReference *layer)
{
    struct bundle_fake_blob *list = new_blob(bundle);

    for (uint32_t block = 0; block < bundle_blocks(length); block++) {
        digest_bytes(installed + block * BLOCK_BYTES, BLOCK_BYTES, list->bytes + list->length);
        list->length += SHA256_BYTES;
    }
    digest_bytes(list->bytes, list->length, list->sha256);
    layer->block_list_hash.size = SHA256_BYTES;
    memcpy(layer->block_list_hash.bytes, list->sha256, SHA256_BYTES);
}

/* The layer's bytes go to where they will be installed; its target is still to be said. */
static bundle_AppLayerReference *add_layer(struct bundle_fake *bundle, uint8_t *installed, uint32_t size,
                                           const uint8_t *bytes, uint32_t length, bool with_list)
{
    bundle_AppLayerReference *layer = &bundle->body.layers[bundle->body.layers_count++];
    struct bundle_fake_blob *blob = new_blob(bundle);

    blob->length = length;
    memcpy(blob->bytes, bytes, length);
    digest_bytes(blob->bytes, length, blob->sha256);
    memcpy(installed, bytes, length);
    layer->has_target = true;
    layer->fetch_hash.size = SHA256_BYTES;
    memcpy(layer->fetch_hash.bytes, blob->sha256, SHA256_BYTES);
    layer->measurement_hash.size = SHA256_BYTES;
    digest_bytes(installed, size, layer->measurement_hash.bytes);
    if (with_list)
        add_list(bundle, installed, length, layer);
    return layer;
}

static const uint8_t *filled(uint32_t length, uint32_t seed, uint32_t changed)
{
    static uint8_t bytes[FLASH_FAKE_APP_BYTES];

    fill(bytes, length, seed, changed);
    return bytes;
}

void bundle_fake_layer(struct bundle_fake *bundle, uint32_t start, uint32_t size, uint32_t length,
                       uint32_t seed, uint32_t changed, bool with_list)
{
    bundle_AppLayerReference *layer =
        add_layer(bundle, bundle->image + start, size, filled(length, seed, changed), length, with_list);

    layer->target.which_where = bundle_AppLayerRegion_internal_flash_tag;
    layer->target.where.internal_flash.start = start;
    layer->target.where.internal_flash.size = size;
}

void bundle_fake_external_layer(struct bundle_fake *bundle, uint32_t start, uint32_t size, uint32_t length,
                                uint32_t seed, uint32_t changed)
{
    bundle_AppLayerReference *layer =
        add_layer(bundle, bundle->external + start, size, filled(length, seed, changed), length, true);

    layer->target.which_where = bundle_AppLayerRegion_external_flash_tag;
    layer->target.where.external_flash.start = start;
    layer->target.where.external_flash.size = size;
}

bool bundle_fake_external_is(const struct bundle_fake *bundle, const uint8_t *flash)
{
    for (uint32_t i = 0; i < bundle->body.layers_count; i++) {
        struct bundle_region region;

        (void)bundle_layer_region(&bundle->body.layers[i], &region);
        if (region.external &&
            memcmp(flash + region.start, bundle->external + region.start, region.size) != 0)
            return false;
    }
    return true;
}

static struct bundle_fake_blob *find_blob(struct bundle_fake *bundle, const uint8_t sha256[SHA256_BYTES])
{
    for (uint32_t i = 0; i < bundle->blob_count; i++)
        if (memcmp(bundle->blobs[i].sha256, sha256, SHA256_BYTES) == 0)
            return &bundle->blobs[i];
    abort();
}

void bundle_fake_content_key(const struct bundle_fake *bundle, uint8_t key[CONTENT_KEY_BYTES])
{
    uint8_t digest[SHA256_BYTES];

    digest_bytes(bundle->app_sid, SID_CHARS, digest);
    memcpy(key, digest, CONTENT_KEY_BYTES);
}

/* As PROTOCOL.md section 15 says, written again. */
static void encrypt_blob(struct bundle_fake_blob *blob, const uint8_t key[CONTENT_KEY_BYTES],
                         const uint8_t *measurement, uint32_t number)
{
    port_aes_ctr(key, measurement, number, blob->bytes, blob->length);
    digest_bytes(blob->bytes, blob->length, blob->sha256);
}

static void seal_content_key(bundle_HpkeCiphertext *out, const uint8_t point[P256_POINT_BYTES],
                             const uint8_t key[CONTENT_KEY_BYTES])
{
    static const struct port_hpke_purpose purpose = { "outrigger-layer-v1", 18, "", 0 };
    uint8_t message[P256_POINT_BYTES + CONTENT_KEY_SEALED_BYTES];

    memcpy(message + P256_POINT_BYTES, key, CONTENT_KEY_BYTES);
    if (port_hpke_seal(point, &purpose, message, CONTENT_KEY_BYTES) != 0)
        abort();
    out->receiver_id = bundle_decrypter_id(digest_pieces, point);
    out->sender_pub.size = P256_POINT_BYTES;
    memcpy(out->sender_pub.bytes, message, P256_POINT_BYTES);
    out->ciphertext.size = CONTENT_KEY_SEALED_BYTES;
    memcpy(out->ciphertext.bytes, message + P256_POINT_BYTES, CONTENT_KEY_SEALED_BYTES);
}

void bundle_fake_encrypt(struct bundle_fake *bundle, uint32_t decrypter)
{
    uint8_t private_key[32], point[P256_POINT_BYTES], key[CONTENT_KEY_BYTES];

    bundle_fake_content_key(bundle, key);
    crypto_fake_decrypter(decrypter, private_key, point);
    bundle->body.has_content_key = true;
    seal_content_key(&bundle->body.content_key, point, key);
    for (uint32_t i = 0; i < bundle->body.layers_count; i++) {
        bundle_AppLayerReference *layer = &bundle->body.layers[i];
        struct bundle_fake_blob *content = find_blob(bundle, layer->fetch_hash.bytes);
        struct bundle_fake_blob *list = find_blob(bundle, layer->block_list_hash.bytes);

        encrypt_blob(content, key, layer->measurement_hash.bytes, 0);
        encrypt_blob(list, key, layer->measurement_hash.bytes, 0x80000000u);
        layer->encrypted_with_key_id = bundle->body.content_key.receiver_id;
        memcpy(layer->fetch_hash.bytes, content->sha256, SHA256_BYTES);
        layer->block_list_fetch_hash.size = SHA256_BYTES;
        memcpy(layer->block_list_fetch_hash.bytes, list->sha256, SHA256_BYTES);
    }
}

void bundle_fake_finish(struct bundle_fake *bundle, uint32_t signer)
{
    bundle_OpaqueManifest opaque = { 0 };
    uint8_t point[P256_POINT_BYTES];
    uint8_t digest[SHA256_BYTES];
    int length = codec_body_encode(&bundle->body, opaque.body.bytes, sizeof(opaque.body.bytes));

    if (length < 0)
        abort();
    opaque.body.size = (pb_size_t)length;
    crypto_fake_point(signer, point);
    opaque.signer_id = bundle_signer_id(digest_pieces, point);
    bundle_sign_digest(digest_pieces, opaque.body.bytes, opaque.body.size, digest);
    opaque.signature.size = P256_SIG_BYTES;
    crypto_fake_sign(point, digest, opaque.signature.bytes);
    length = codec_manifest_encode(&opaque, bundle->manifest.bytes, MANIFEST_MAX_BYTES);
    if (length < 0)
        abort();
    bundle->manifest.length = (uint32_t)length;
    digest_bytes(bundle->manifest.bytes, bundle->manifest.length, bundle->manifest.sha256);
}

void bundle_fake_simple(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                        bool with_list)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, length, 1, changed, with_list);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

const struct bundle_fake_blob *bundle_fake_find(const struct bundle_fake *bundle,
                                                const uint8_t sha256[SHA256_BYTES])
{
    if (memcmp(bundle->manifest.sha256, sha256, SHA256_BYTES) == 0)
        return &bundle->manifest;
    for (uint32_t i = 0; i < bundle->blob_count; i++)
        if (memcmp(bundle->blobs[i].sha256, sha256, SHA256_BYTES) == 0)
            return &bundle->blobs[i];
    return NULL;
}
