/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verified microvisor manifest as plain values.
 *
 * Invariant: a struct self_manifest exists only after the hash, the signature by a fused root key and every rule of
 * PROTOCOL.md section 9 that can be checked without the image were found right for this device.
 */
#ifndef CORE_SELF_MANIFEST_H
#define CORE_SELF_MANIFEST_H

#include <stdint.h>

#include "proto/limits.h"
#include "wire.pb.h"

struct self_manifest {
    uint8_t sha256[SHA256_BYTES];       /* of the serialized OpaqueManifest */
    uint8_t image_sha256[SHA256_BYTES]; /* of the image with its header */
    uint32_t image_bytes;
    uint32_t number;
    uint32_t ratchet;
    char version[MICROVISOR_VERSION_MAX_CHARS + 1];
};

/* expected is the announced hash, image_bytes_max what a slot of this board takes, ratchet_min the device's floor. On UPDATE_OK
 * *out is filled. */
otr_UpdateError self_manifest_verify(const uint8_t *bytes, uint32_t length,
                                     const uint8_t expected[SHA256_BYTES], uint32_t image_bytes_max,
                                     uint32_t ratchet_min, struct self_manifest *out);

#endif
