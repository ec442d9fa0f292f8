/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a microvisor manifest; self_manifest.h states the invariant. */
#include "core/self/self_manifest.h"

#include <string.h>

#include "core/img/digest.h"
#include "core/img/envelope.h"
#include "port/port_boot.h"
#include "port/port_power.h"
#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

/* Opens it if any of the fused root keys has signed it. */
static otr_UpdateError open_envelope(const uint8_t *bytes, uint32_t length, struct envelope **out)
{
    otr_UpdateError error = otr_UpdateError_UPDATE_SIGNER_UNKNOWN;
    uint8_t point[1][P256_POINT_BYTES];
    const struct manifest_signers signer = { .points = point, .count = 1 };
    const uint8_t *key;

    for (uint32_t i = 0;
         error == otr_UpdateError_UPDATE_SIGNER_UNKNOWN && (key = port_boot_root_key(i)) != NULL; i++) {
        memcpy(point[0], key, P256_POINT_BYTES);
        error = envelope_open(bytes, length, &signer, bundle_kernel_sign_digest, out);
    }
    return error;
}

static otr_UpdateError fault_to_error(enum bundle_kernel_fault fault)
{
    switch (fault) {
    case KERNEL_OK:
        return otr_UpdateError_UPDATE_OK;
    case KERNEL_ENCRYPTED:
        return otr_UpdateError_UPDATE_ENCRYPTED;
    case KERNEL_IMAGE_SIZE:
        return otr_UpdateError_UPDATE_IMAGE;
    case KERNEL_DEVICE_TYPE:
        return otr_UpdateError_UPDATE_BOARD;
    default:
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    }
}

/* Does it suit this device? */
static otr_UpdateError check_device(const bundle_KernelBody *body, uint32_t image_bytes_max,
                                    uint32_t ratchet_min)
{
    if (strcmp(body->meta.board, port_board_name()) != 0)
        return otr_UpdateError_UPDATE_BOARD;
    if (body->layers[0].size > image_bytes_max)
        return otr_UpdateError_UPDATE_IMAGE;
    if (body->meta.version_security_ratchet < ratchet_min)
        return otr_UpdateError_UPDATE_RATCHET;
    return otr_UpdateError_UPDATE_OK;
}

static void copy_out(const bundle_KernelBody *body, const uint8_t sha256[SHA256_BYTES],
                     struct self_manifest *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->sha256, sha256, SHA256_BYTES);
    memcpy(out->image_sha256, body->layers[0].fetch_hash.bytes, SHA256_BYTES);
    out->image_bytes = body->layers[0].size;
    out->number = body->meta.version_number;
    out->ratchet = body->meta.version_security_ratchet;
    memcpy(out->version, body->meta.version_string, sizeof(out->version));
}

otr_UpdateError self_manifest_verify(const uint8_t *bytes, uint32_t length,
                                     const uint8_t expected[SHA256_BYTES], uint32_t image_bytes_max,
                                     uint32_t ratchet_min, struct self_manifest *out)
{
    struct envelope *envelope;
    bundle_KernelBody *body;
    uint8_t sha256[SHA256_BYTES];
    otr_UpdateError error;

    digest_bytes(bytes, length, sha256);
    if (memcmp(sha256, expected, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_MANIFEST_HASH;
    error = open_envelope(bytes, length, &envelope);
    if (error != otr_UpdateError_UPDATE_OK)
        return error;
    body = &envelope->body.kernel;
    if (codec_kernel_body_decode(envelope->opaque.body.bytes, envelope->opaque.body.size, body) != CODEC_OK)
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    error = fault_to_error(bundle_kernel_check(body));
    if (error == otr_UpdateError_UPDATE_OK)
        error = check_device(body, image_bytes_max, ratchet_min);
    if (error == otr_UpdateError_UPDATE_OK)
        copy_out(body, sha256, out);
    return error;
}
