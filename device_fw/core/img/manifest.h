/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verified application manifest as plain values.
 *
 * Invariant: a struct manifest exists only after hash, signature and every rule of proto/bundle were checked.
 */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/img/blocks.h"
#include "proto/bundle/bundle.h"
#include "wire.pb.h"

struct manifest_layer {
    uint32_t first;  /* block of its region, as numbered in blocks.h */
    uint32_t blocks; /* of the region */
    bool has_list;   /* always in external flash, and when encrypted */
    bool encrypted;  /* with the content key */
    uint8_t fetch_hash[SHA256_BYTES];
    uint8_t measurement_hash[SHA256_BYTES];
    uint8_t list_hash[SHA256_BYTES];
    uint8_t list_fetch_hash[SHA256_BYTES]; /* of the list as it is stored: another one when it is encrypted */
};

/* The key of all encrypted layers, sealed to a layer decrypter. */
struct manifest_content_key {
    uint64_t decrypter_id;                                       /* 0: nothing is encrypted */
    uint8_t sealed[P256_POINT_BYTES + CONTENT_KEY_SEALED_BYTES]; /* as in port_hpke.h */
};

struct manifest {
    uint8_t sha256[SHA256_BYTES]; /* of the serialized OpaqueManifest */
    uint64_t signer_id;
    uint32_t restart_min_ms; /* 0: not said */
    uint32_t restart_max_ms;
    uint32_t watchdog_ms;
    uint32_t politeness_sec; /* 0: not said */
    uint32_t check_in_sec;   /* 0: always connected */
    uint32_t grace_sec;
    bool has_crash_key; /* crash reports are sealed to crash_key */
    uint8_t crash_key[P256_POINT_BYTES];
    uint32_t crash_stack_bytes; /* of stack in them */
    struct manifest_content_key content_key;
    uint32_t layer_count;
    struct manifest_layer layers[APP_LAYERS_MAX];
};

/* The signers that this device knows, 65-byte points. Borrowed. */
struct manifest_signers {
    const uint8_t (*points)[P256_POINT_BYTES];
    uint32_t count; /* accepted */
    uint32_t
        kept; /* behind them: accepted for one manifest alone, which was installed when they were deleted */
    const uint8_t *kept_sha256; /* of that manifest */
};

/* Decodes and checks everything (PROTOCOL.md section 6): hash, signer, signature, limits, and that the board has
 * the flash. expected is the announced hash. On UPDATE_OK *out is filled. The working memory is static: not
 * reentrant. */
otr_UpdateError manifest_verify(const uint8_t *bytes, uint32_t length, const uint8_t expected[SHA256_BYTES],
                                const struct manifest_signers *signers, struct manifest *out);

/* Layer that holds the block, or NULL. */
const struct manifest_layer *manifest_layer_of(const struct manifest *manifest, uint32_t block);

/* First block from this one on that is the application's business: every block of the slot, and those of its
 * layers in external flash. BLOCKS_MAX: no more. */
uint32_t manifest_next_block(const struct manifest *manifest, uint32_t block);

/* Does a layer lie in one of the count blocks from first on? */
bool manifest_touches(const struct manifest *manifest, uint32_t first, uint32_t count);

#endif
