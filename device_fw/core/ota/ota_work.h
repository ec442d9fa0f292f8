/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's inside, shared by the files of this room only: the work of each state, fetches, bitmaps. */
#ifndef CORE_OTA_WORK_H
#define CORE_OTA_WORK_H

#include "core/ota/ota.h"

/* When a step has nothing to do until something happens, and when it only waits for room in the channel. */
#define OTA_WAIT_EVENT      UINT64_MAX
#define OTA_WAIT_CHANNEL_US 5000u

/* Feeds the state machine and carries out its actions. */
void ota_emit(struct ota *ota, enum ota_event event, otr_UpdateError error);

static inline void ota_fail(struct ota *ota, otr_UpdateError error)
{
    ota_emit(ota, OTA_EV_FAIL, error);
}

/* Work of the states: enter is called once, step until it emits. step returns when to call again. */
void ota_manifest_enter(struct ota *ota);
uint64_t ota_manifest_step(struct ota *ota);
void ota_lists_enter(struct ota *ota);
uint64_t ota_lists_step(struct ota *ota);
void ota_whole_enter(struct ota *ota);
uint64_t ota_whole_step(struct ota *ota);
void ota_plan_enter(struct ota *ota);
uint64_t ota_plan_step(struct ota *ota);
void ota_stage_enter(struct ota *ota);
uint64_t ota_stage_step(struct ota *ota);
void ota_ready_enter(struct ota *ota);
uint64_t ota_ready_step(struct ota *ota);
void ota_repair_enter(struct ota *ota);
uint64_t ota_repair_step(struct ota *ota);
void ota_install_enter(struct ota *ota);
uint64_t ota_install_step(struct ota *ota);

/* A block (or the rest of one) has been collected; length is a multiple of the block except at the end of the
 * blob. */
otr_UpdateError ota_lists_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *data, uint32_t length);
otr_UpdateError ota_whole_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *block, uint32_t length);
otr_UpdateError ota_run_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *block, uint32_t length);

/* Runs of missing blocks: keeps the fetches busy. Returns when to call again; *all_here when nothing is missing or
 * under way. */
uint64_t ota_run_step(struct ota *ota, bool *all_here);

/* First needed block from this one on; BLOCKS_MAX: none. */
uint32_t ota_next_needed(const struct ota *ota, uint32_t block);

/* Is it writing what is all there already? That takes milliseconds and is finished, whatever else becomes wanted. */
bool ota_installing_alone(const struct ota *ota);

/* Fetches: the first free one or NULL; is one under way; begin one (kind, layer and blocks are set by the
 * caller before). */
struct ota_fetch *ota_fetch_free(struct ota *ota);
bool ota_fetch_busy(const struct ota *ota);
int ota_fetch_begin(struct ota *ota, struct ota_fetch *fetch, const uint8_t sha256[SHA256_BYTES],
                    uint32_t offset, uint32_t length);
void ota_fetch_drop_all(struct ota *ota);
uint8_t *ota_fetch_buffer(struct ota *ota, const struct ota_fetch *fetch);

/* Sees to it that the target's encrypted layers can be decrypted. */
otr_UpdateError ota_content_open(struct ota *ota);
void ota_content_forget(struct ota *ota);

/* The record, which is verified, becomes the target, and the event is emitted. */
void ota_pursue_record(struct ota *ota, uint32_t index, enum ota_event event);

/* The slot now belongs to the target's record: durable mark, then bookkeeping. Port status. */
int ota_target_claim(struct ota *ota);

/* Reads and verifies manifest and signed lists of a record. Is it complete and genuine? */
bool ota_record_load(struct ota *ota, uint32_t index, struct manifest *out);

bool ota_has_whole_layer(const struct manifest *manifest);

/* Erases the block at this place and programs it with data. Port status. */
int ota_block_write(struct block_place place, const uint8_t *data);

/* The block was written where it belongs: is it right? Then it is done for good. */
bool ota_block_confirm(struct ota *ota, uint32_t block, const struct block_expected *expected);

/* Staging: where a needed block waits, if it may. */
bool ota_can_stage(const struct ota *ota, uint32_t block);
struct block_place ota_staging_place(uint32_t block);

/* Is there a place where this block, and no block before it, waits? */
bool ota_staging_is_own(uint32_t block);

static inline bool ota_bit(const uint8_t *bitmap, uint32_t bit)
{
    return (bitmap[bit / 8] >> (bit % 8) & 1) != 0;
}

static inline void ota_bit_set(uint8_t *bitmap, uint32_t bit)
{
    bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static inline void ota_bit_clear(uint8_t *bitmap, uint32_t bit)
{
    bitmap[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

#endif
