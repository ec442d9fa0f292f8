/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do a boot0 and a microvisor belong together? A boot0 does not say where in it its root keys lie, and need not: of all places in
 * it only a key's bytes are a point on the curve that verifies the signature.
 */
#include <string.h>

#include "core/boot/boot_image.h"
#include "factory/factory_image.h"
#include "port/port_crypto.h"

#define POINT_BYTES 64u /* x and y, without the 04 in front */

bool factory_image_boot0_fits(const uint8_t *boot0, size_t boot0_bytes, const uint8_t *microvisor,
                              uint32_t microvisor_bytes)
{
    struct boot_image_header header;
    struct port_sha256 sha;
    uint8_t point[P256_POINT_BYTES] = { 0x04 };
    uint8_t digest[SHA256_BYTES];

    memcpy(&header, microvisor, sizeof(header));
    port_sha256_start(&sha);
    port_sha256_update(&sha, microvisor, BOOT_IMAGE_SIGNED_BYTES);
    port_sha256_update(&sha, microvisor + sizeof(header), microvisor_bytes - (uint32_t)sizeof(header));
    port_sha256_finish(&sha, digest);
    for (size_t at = 0; boot0_bytes >= POINT_BYTES && at <= boot0_bytes - POINT_BYTES; at++) {
        memcpy(point + 1, boot0 + at, POINT_BYTES);
        if (port_p256_verify(point, digest, header.signature))
            return true;
    }
    return false;
}
