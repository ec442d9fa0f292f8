/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies an image with SHA-256 and ECDSA P-256 (FIPS 180-4, FIPS 186-5).
 *
 * Invariant: true only after p256-m has accepted the signature; every error on the way is "not signed".
 * The only file of boot0 that includes the cryptographic library.
 */
#include "boot/boot_verify.h"

#include <mbedtls/sha256.h>
#include <p256-m.h>

#include "boot_root_key.h" /* made by outrigger-image, never committed */

static const uint8_t root_key[64] = BOOT_ROOT_KEY;

static bool image_digest(const struct boot_image_header *header, const uint8_t *body, uint8_t digest[32])
{
    mbedtls_sha256_context sha;

    mbedtls_sha256_init(&sha);
    return mbedtls_sha256_starts(&sha, 0) == 0 &&
           mbedtls_sha256_update(&sha, (const uint8_t *)header, BOOT_IMAGE_SIGNED_BYTES) == 0 &&
           mbedtls_sha256_update(&sha, body, header->body_bytes) == 0 &&
           mbedtls_sha256_finish(&sha, digest) == 0;
}

bool boot_image_is_signed(const struct boot_image_header *header, const uint8_t *body)
{
    uint8_t digest[32];

    return image_digest(header, body, digest) &&
           p256_ecdsa_verify(header->signature, root_key, digest, sizeof(digest)) == P256_SUCCESS;
}
