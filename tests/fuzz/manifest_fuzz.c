/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests: any bytes as a manifest with a right hash, and any bytes as a body that an accepted signer has signed. What is
 * accepted must keep every limit. First byte: bit 0 = the bytes are a body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "core/img/manifest.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/crypto_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accepted(const struct manifest *manifest)
{
    if (manifest->layer_count == 0 || manifest->layer_count > APP_LAYERS_MAX)
        abort();
    for (uint32_t i = 0; i < manifest->layer_count; i++) {
        const struct manifest_layer *a = &manifest->layers[i];
        uint32_t end = a->first < BLOCKS_EXTERNAL ? slot_blocks() : BLOCKS_EXTERNAL + external_blocks();

        if (a->blocks == 0 || a->blocks > end || a->first > end - a->blocks)
            abort();
        if (a->first >= BLOCKS_EXTERNAL && !a->has_list)
            abort();
        if (a->encrypted && (!a->has_list || manifest->content_key.decrypter_id == 0))
            abort();
        for (uint32_t k = 0; k < i; k++)
            if (bundle_ranges_overlap(a->first, a->blocks, manifest->layers[k].first,
                                      manifest->layers[k].blocks))
                abort();
    }
}

static void verify(const uint8_t *bytes, uint32_t length)
{
    static uint8_t points[1][P256_POINT_BYTES];
    const struct manifest_signers signers = { points, 1, 0, NULL };
    static struct manifest manifest;
    uint8_t digest[SHA256_BYTES];

    crypto_fake_point(1, points[0]);
    digest_bytes(bytes, length, digest);
    if (manifest_verify(bytes, length, digest, &signers, &manifest) == otr_UpdateError_UPDATE_OK)
        check_accepted(&manifest);
}

static void verify_body(const uint8_t *body, size_t length)
{
    static bundle_OpaqueManifest opaque;
    static uint8_t bytes[MANIFEST_MAX_BYTES];
    uint8_t point[P256_POINT_BYTES];
    uint8_t digest[SHA256_BYTES];
    int count;

    if (length > sizeof(opaque.body.bytes))
        return;
    memcpy(opaque.body.bytes, body, length);
    opaque.body.size = (pb_size_t)length;
    crypto_fake_point(1, point);
    opaque.signer_id = bundle_signer_id(digest_pieces, point);
    bundle_sign_digest(digest_pieces, body, length, digest);
    crypto_fake_sign(point, digest, opaque.signature.bytes);
    opaque.signature.size = P256_SIG_BYTES;
    count = codec_manifest_encode(&opaque, bytes, sizeof(bytes));
    if (count < 0)
        abort();
    verify(bytes, (uint32_t)count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        verify_body(data + 1, size - 1);
    else
        verify(data + 1, (uint32_t)size - 1);
    return 0;
}
