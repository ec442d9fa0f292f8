/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies an image with SHA-256 and ECDSA P-256 (FIPS 180-4, FIPS 186-5).
 *
 * Invariant: 0 only after p256-m has accepted the signature with one of the keys; every error on the way is "not signed".
 * The only file of boot0 that includes the cryptographic library.
 */
#include "boot/boot_verify.h"

#include <stdbool.h>

#include <mbedtls/sha256.h>
#include <p256-m.h>

#include "boot_root_key.h" /* made by outrigger-image, never committed */
#include "ports/mps2_an505/memory_map.h"

#define NOT_SIGNED 0x96B1C3A5u

/* X9.62 uncompressed points: 0x04, x, y. The linker script puts them at MAP_BOOT0_ROOT_KEYS. */
__attribute__((section(".boot_root_keys"), used)) static const uint8_t root_keys[][65] = BOOT_ROOT_KEYS;

#define KEYS (sizeof(root_keys) / sizeof(root_keys[0]))
_Static_assert(KEYS >= 1 && KEYS <= MAP_BOOT0_ROOT_KEYS_MAX, "one to three root keys");

static bool image_digest(const struct boot_image_header *header, const uint8_t *body, uint32_t body_bytes,
                         uint8_t digest[32])
{
    mbedtls_sha256_context sha;

    mbedtls_sha256_init(&sha);
    return mbedtls_sha256_starts(&sha, 0) == 0 &&
           mbedtls_sha256_update(&sha, (const uint8_t *)header, BOOT_IMAGE_SIGNED_BYTES) == 0 &&
           mbedtls_sha256_update(&sha, body, body_bytes) == 0 && mbedtls_sha256_finish(&sha, digest) == 0;
}

uint32_t boot_verify_image(const struct boot_image_header *header, const uint8_t *body, uint32_t body_bytes)
{
    uint8_t digest[32];
    uint32_t result = NOT_SIGNED;

    if (!image_digest(header, body, body_bytes, digest)) {
        return NOT_SIGNED;
    }
    for (uint32_t key = 0; key < KEYS && result != 0; key++) {
        result = (uint32_t)p256_ecdsa_verify(header->signature, root_keys[key] + 1, digest, sizeof(digest)) ^
                 (uint32_t)P256_SUCCESS;
    }
    return result;
}
