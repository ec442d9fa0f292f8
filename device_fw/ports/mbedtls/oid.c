/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed part of a P-256 SubjectPublicKeyInfo. */
#include "ports/mbedtls/oid.h"

const uint8_t spki_p256_prefix[SPKI_P256_PREFIX_BYTES] = {
    0x30, 0x59,                                                 /* SEQUENCE, 89 bytes */
    0x30, 0x13,                                                 /*   SEQUENCE, 19 bytes */
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,       /*     id-ecPublicKey */
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, /*     prime256v1 */
    0x03, 0x42, 0x00,                                           /*   BIT STRING, 66 bytes, no unused bits */
};
