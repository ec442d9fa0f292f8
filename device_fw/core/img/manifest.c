/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a manifest, cheapest and most decisive checks first. */
#include "core/img/manifest.h"

#include <string.h>

#include "core/img/digest.h"
#include "port/port_boot.h"
#include "port/port_crypto.h"
#include "proto/codec/codec.h"

/* Working memory: opaque is done with before body is decoded out of it, but body reads its bytes, so both
 * live. */
static struct {
    bundle_OpaqueManifest opaque;
    bundle_AppBody body;
} work;

static const uint8_t *find_signer(const struct manifest_signers *signers, uint64_t id)
{
    for (uint32_t i = 0; i < signers->count; i++)
        if (bundle_signer_id(digest_pieces, signers->points[i]) == id)
            return signers->points[i];
    return NULL;
}

static otr_UpdateError check_signature(const struct manifest_signers *signers)
{
    const uint8_t *point = find_signer(signers, work.opaque.signer_id);
    uint8_t digest[SHA256_BYTES];

    if (point == NULL)
        return otr_UpdateError_UPDATE_SIGNER_UNKNOWN;
    if (work.opaque.signature.size != P256_SIG_BYTES)
        return otr_UpdateError_UPDATE_SIGNATURE;
    bundle_sign_digest(digest_pieces, work.opaque.body.bytes, work.opaque.body.size, digest);
    if (!port_p256_verify(point, digest, work.opaque.signature.bytes))
        return otr_UpdateError_UPDATE_SIGNATURE;
    return otr_UpdateError_UPDATE_OK;
}

static otr_UpdateError fault_to_error(enum bundle_fault fault)
{
    switch (fault) {
    case BUNDLE_OK:
        return otr_UpdateError_UPDATE_OK;
    case BUNDLE_ENCRYPTED:
        return otr_UpdateError_UPDATE_ENCRYPTED;
    case BUNDLE_EXTERNAL_FLASH:
    case BUNDLE_EXTERNAL_LIST:
    case BUNDLE_REGION_ALIGNMENT:
    case BUNDLE_REGION_RANGE:
    case BUNDLE_REGION_OVERLAP:
    case BUNDLE_NO_START:
        return otr_UpdateError_UPDATE_LAYER_REGION;
    default:
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    }
}

static otr_UpdateError check_body(void)
{
    const struct bundle_room room = { slot_blocks() * BLOCK_BYTES, external_blocks() * BLOCK_BYTES };
    unsigned layer;
    otr_UpdateError error = fault_to_error(bundle_body_check(&work.body, &room, &layer));

    if (error == otr_UpdateError_UPDATE_OK && work.body.has_update &&
        work.body.update.minimum_kernel_version > port_boot_build()->number)
        return otr_UpdateError_UPDATE_MICROVISOR_OLD;
    return error;
}

static void copy_layer(const bundle_AppLayerReference *from, struct manifest_layer *to)
{
    struct bundle_region region;

    (void)bundle_layer_region(from, &region); /* checked by bundle_body_check */
    to->first = (region.external ? BLOCKS_EXTERNAL : 0) + region.start / BLOCK_BYTES;
    to->blocks = region.size / BLOCK_BYTES;
    to->has_list = from->block_list_hash.size == SHA256_BYTES;
    memcpy(to->fetch_hash, from->fetch_hash.bytes, SHA256_BYTES);
    memcpy(to->measurement_hash, from->measurement_hash.bytes, SHA256_BYTES);
    memcpy(to->list_hash, from->block_list_hash.bytes, SHA256_BYTES);
}

static void copy_out(const uint8_t sha256[SHA256_BYTES], struct manifest *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->sha256, sha256, SHA256_BYTES);
    if (work.body.has_crash) {
        out->restart_min_ms = work.body.crash.minimum_restart_ms;
        out->restart_max_ms = work.body.crash.maximum_restart_ms;
        out->watchdog_ms = work.body.crash.watchdog_ms;
        out->crash_stack_bytes = work.body.crash.include_stack_bytes;
        out->has_crash_key = work.body.crash.crash_report_pubkey.size == P256_POINT_BYTES;
        memcpy(out->crash_key, work.body.crash.crash_report_pubkey.bytes, P256_POINT_BYTES);
    }
    if (work.body.has_update)
        out->politeness_sec = work.body.update.maximum_politeness_time_sec;
    if (work.body.has_connectivity) {
        out->check_in_sec = work.body.connectivity.minimum_check_in_time_sec;
        out->grace_sec = work.body.connectivity.connection_grace_time_sec;
    }
    out->layer_count = work.body.layers_count;
    for (uint32_t i = 0; i < out->layer_count; i++)
        copy_layer(&work.body.layers[i], &out->layers[i]);
}

otr_UpdateError manifest_verify(const uint8_t *bytes, uint32_t length, const uint8_t expected[SHA256_BYTES],
                                const struct manifest_signers *signers, struct manifest *out)
{
    uint8_t sha256[SHA256_BYTES];
    otr_UpdateError error;

    digest_bytes(bytes, length, sha256);
    if (memcmp(sha256, expected, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_MANIFEST_HASH;
    if (codec_manifest_decode(bytes, length, &work.opaque) != CODEC_OK)
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    error = check_signature(signers);
    if (error != otr_UpdateError_UPDATE_OK)
        return error;
    if (codec_body_decode(work.opaque.body.bytes, work.opaque.body.size, &work.body) != CODEC_OK)
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    error = check_body();
    if (error == otr_UpdateError_UPDATE_OK)
        copy_out(sha256, out);
    return error;
}

static bool holds(const struct manifest_layer *layer, uint32_t block)
{
    return block >= layer->first && block - layer->first < layer->blocks;
}

const struct manifest_layer *manifest_layer_of(const struct manifest *manifest, uint32_t block)
{
    for (uint32_t i = 0; i < manifest->layer_count; i++)
        if (holds(&manifest->layers[i], block))
            return &manifest->layers[i];
    return NULL;
}

uint32_t manifest_next_block(const struct manifest *manifest, uint32_t block)
{
    uint32_t next = BLOCKS_MAX;

    if (block < slot_blocks())
        return block;
    for (uint32_t i = 0; i < manifest->layer_count; i++) {
        const struct manifest_layer *layer = &manifest->layers[i];

        if (layer->first < BLOCKS_EXTERNAL)
            continue;
        if (holds(layer, block))
            return block;
        if (layer->first > block && layer->first < next)
            next = layer->first;
    }
    return next;
}

bool manifest_touches(const struct manifest *manifest, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < manifest->layer_count; i++) {
        const struct manifest_layer *layer = &manifest->layers[i];

        if (bundle_ranges_overlap(layer->first, layer->blocks, first, count))
            return true;
    }
    return false;
}
