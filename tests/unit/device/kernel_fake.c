/* SPDX-License-Identifier: Apache-2.0 */
/* Making of microvisors; see kernel_fake.h. */
#include "tests/unit/device/kernel_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "port/port_power.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/crypto_fake.h"

#define LIFE_AT 8u /* of the body, behind initial stack pointer and reset handler */

static void fill_body(struct kernel_fake *kernel, enum kernel_fake_life life)
{
    const uint32_t vectors[2] = { KERNEL_FAKE_RAM + KERNEL_FAKE_RAM_BYTES, KERNEL_FAKE_LOAD_ADDRESS + 0x41 };
    uint8_t *body = kernel->image.bytes + BOOT_IMAGE_HEADER_BYTES;
    uint32_t random = kernel->header.number;

    for (uint32_t i = 0; i < kernel->header.body_bytes; i++) {
        random = random * 1664525u + 1013904223u;
        body[i] = (uint8_t)(random >> 24);
    }
    memcpy(body, vectors, sizeof(vectors));
    body[LIFE_AT] = (uint8_t)life;
}

enum kernel_fake_life kernel_fake_life_of(const uint8_t *body)
{
    return (enum kernel_fake_life)body[LIFE_AT];
}

void kernel_fake_seal_image(struct kernel_fake *kernel, uint32_t signer)
{
    const struct bundle_bytes pieces[] = {
        { &kernel->header, BOOT_IMAGE_SIGNED_BYTES },
        { kernel->image.bytes + BOOT_IMAGE_HEADER_BYTES, kernel->image.length - BOOT_IMAGE_HEADER_BYTES },
    };
    uint8_t point[P256_POINT_BYTES], digest[SHA256_BYTES];

    digest_pieces(pieces, 2, digest);
    crypto_fake_point(signer, point);
    crypto_fake_sign(point, digest, kernel->header.signature);
    memcpy(kernel->image.bytes, &kernel->header, sizeof(kernel->header));
}

void kernel_fake_describe_image(struct kernel_fake *kernel)
{
    digest_bytes(kernel->image.bytes, kernel->image.length, kernel->image.sha256);
    kernel->body.layers[0].fetch_hash.size = SHA256_BYTES;
    memcpy(kernel->body.layers[0].fetch_hash.bytes, kernel->image.sha256, SHA256_BYTES);
    kernel->body.layers[0].size = kernel->image.length;
}

void kernel_fake_seal_body(const uint8_t *body, size_t length, uint32_t signer, struct bundle_fake_blob *out)
{
    static bundle_OpaqueManifest opaque;
    uint8_t point[P256_POINT_BYTES], digest[SHA256_BYTES];
    int bytes;

    memset(&opaque, 0, sizeof(opaque));
    memcpy(opaque.body.bytes, body, length);
    opaque.body.size = (pb_size_t)length;
    crypto_fake_point(signer, point);
    opaque.signer_id = bundle_signer_id(digest_pieces, point);
    bundle_kernel_sign_digest(digest_pieces, body, length, digest);
    opaque.signature.size = P256_SIG_BYTES;
    crypto_fake_sign(point, digest, opaque.signature.bytes);
    bytes = codec_manifest_encode(&opaque, out->bytes, MANIFEST_MAX_BYTES);
    if (bytes < 0)
        abort();
    out->length = (uint32_t)bytes;
    digest_bytes(out->bytes, out->length, out->sha256);
}

void kernel_fake_seal_manifest(struct kernel_fake *kernel, uint32_t signer)
{
    uint8_t body[bundle_KernelBody_size];
    int length = codec_kernel_body_encode(&kernel->body, body, sizeof(body));

    if (length < 0)
        abort();
    kernel_fake_seal_body(body, (size_t)length, signer, &kernel->manifest);
}

void kernel_fake_make(struct kernel_fake *kernel, uint32_t number, uint32_t ratchet,
                      enum kernel_fake_life life, uint32_t bytes)
{
    bundle_KernelMeta *meta = &kernel->body.meta;

    memset(kernel, 0, sizeof(*kernel));
    kernel->header = (struct boot_image_header){
        .magic = BOOT_IMAGE_MAGIC,
        .format = BOOT_IMAGE_FORMAT,
        .header_bytes = BOOT_IMAGE_HEADER_BYTES,
        .body_bytes = bytes - BOOT_IMAGE_HEADER_BYTES,
        .load_address = KERNEL_FAKE_LOAD_ADDRESS,
        .number = number,
        .ratchet = ratchet,
    };
    kernel->image.length = bytes;
    fill_body(kernel, life);
    kernel_fake_seal_image(kernel, KERNEL_FAKE_ROOT);
    kernel->body.layers_count = 1;
    kernel->body.layers[0].target = bundle_KernelLayerRegion_KERNEL_REGION_KERNEL;
    kernel_fake_describe_image(kernel);
    kernel->body.has_meta = true;
    meta->version_security_ratchet = ratchet;
    meta->version_number = number;
    snprintf(meta->version_string, sizeof(meta->version_string), "%u.%u.%u", number / 10000,
             number / 100 % 100, number % 100);
    strcpy(meta->board, port_board_name());
    kernel_fake_seal_manifest(kernel, KERNEL_FAKE_ROOT);
}

const struct bundle_fake_blob *kernel_fake_find(const struct kernel_fake *kernel,
                                                const uint8_t sha256[SHA256_BYTES])
{
    if (memcmp(kernel->manifest.sha256, sha256, SHA256_BYTES) == 0)
        return &kernel->manifest;
    return memcmp(kernel->image.sha256, sha256, SHA256_BYTES) == 0 ? &kernel->image : NULL;
}
