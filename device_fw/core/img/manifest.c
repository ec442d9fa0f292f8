/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a manifest, cheapest and most decisive checks first. */
#include "core/img/manifest.h"

#include <string.h>

#include "core/img/digest.h"
#include "core/img/envelope.h"
#include "port/port_boot.h"
#include "proto/codec/codec.h"

static otr_UpdateError fault_to_error(enum bundle_fault fault)
{
    switch (fault) {
    case BUNDLE_OK:
        return otr_UpdateError_UPDATE_OK;
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

static otr_UpdateError check_body(const bundle_AppBody *body)
{
    const struct bundle_room room = { slot_blocks() * BLOCK_BYTES, external_blocks() * BLOCK_BYTES };
    unsigned layer;
    otr_UpdateError error = fault_to_error(bundle_body_check(body, &room, &layer));

    if (error == otr_UpdateError_UPDATE_OK && body->has_update &&
        body->update.minimum_kernel_version > port_boot_build()->number)
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
    to->encrypted = from->encrypted_with_key_id != 0;
    memcpy(to->list_fetch_hash,
           to->encrypted ? from->block_list_fetch_hash.bytes : from->block_list_hash.bytes, SHA256_BYTES);
}

static void copy_content_key(const bundle_HpkeCiphertext *from, struct manifest_content_key *to)
{
    to->decrypter_id = from->receiver_id;
    memcpy(to->sealed, from->sender_pub.bytes, P256_POINT_BYTES);
    memcpy(to->sealed + P256_POINT_BYTES, from->ciphertext.bytes, CONTENT_KEY_SEALED_BYTES);
}

static void copy_out(const struct envelope *envelope, const uint8_t sha256[SHA256_BYTES],
                     struct manifest *out)
{
    const bundle_AppBody *body = &envelope->body.app;

    memset(out, 0, sizeof(*out));
    memcpy(out->sha256, sha256, SHA256_BYTES);
    out->signer_id = envelope->opaque.signer_id;
    if (body->has_crash) {
        out->restart_min_ms = body->crash.minimum_restart_ms;
        out->restart_max_ms = body->crash.maximum_restart_ms;
        out->watchdog_ms = body->crash.watchdog_ms;
        out->crash_stack_bytes = body->crash.include_stack_bytes;
        out->has_crash_key = body->crash.crash_report_pubkey.size == P256_POINT_BYTES;
        memcpy(out->crash_key, body->crash.crash_report_pubkey.bytes, P256_POINT_BYTES);
    }
    if (body->has_update)
        out->politeness_sec = body->update.maximum_politeness_time_sec;
    if (body->has_connectivity) {
        out->check_in_sec = body->connectivity.minimum_check_in_time_sec;
        out->grace_sec = body->connectivity.connection_grace_time_sec;
    }
    if (body->has_content_key)
        copy_content_key(&body->content_key, &out->content_key);
    out->layer_count = body->layers_count;
    for (uint32_t i = 0; i < out->layer_count; i++)
        copy_layer(&body->layers[i], &out->layers[i]);
}

otr_UpdateError manifest_verify(const uint8_t *bytes, uint32_t length, const uint8_t expected[SHA256_BYTES],
                                const struct manifest_signers *signers, struct manifest *out)
{
    struct manifest_signers accepted = *signers;
    struct envelope *envelope;
    uint8_t sha256[SHA256_BYTES];
    otr_UpdateError error;

    digest_bytes(bytes, length, sha256);
    if (memcmp(sha256, expected, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_MANIFEST_HASH;
    if (accepted.kept != 0 && memcmp(sha256, accepted.kept_sha256, SHA256_BYTES) == 0)
        accepted.count += accepted.kept;
    error = envelope_open(bytes, length, &accepted, bundle_sign_digest, &envelope);
    if (error != otr_UpdateError_UPDATE_OK)
        return error;
    if (codec_body_decode(envelope->opaque.body.bytes, envelope->opaque.body.size, &envelope->body.app) !=
        CODEC_OK)
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    error = check_body(&envelope->body.app);
    if (error == otr_UpdateError_UPDATE_OK)
        copy_out(envelope, sha256, out);
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
