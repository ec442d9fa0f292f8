/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching missing blocks (state STAGE, and the rest of INSTALL): runs of neighbours of one layer, each block verified
 * before it is written.
 *
 * STAGE writes to the staging area, while the old application runs; INSTALL to where the blocks belong. Which of them
 * have a place to wait is in ota_staging.c; on boards without staging none has.
 */
#include <string.h>

#include "core/img/digest.h"
#include "core/img/layer_cipher.h"
#include "core/ota/ota_work.h"

static bool missing(const struct ota *ota, uint32_t block)
{
    return ota_bit(ota->need, block) && !ota_bit(ota->staged, block) &&
           (ota->fsm.state != OTA_STAGE || ota_can_stage(ota, block));
}

static uint32_t next_missing(const struct ota *ota, uint32_t block)
{
    for (block = ota_next_needed(ota, block); block < BLOCKS_MAX; block = ota_next_needed(ota, block + 1))
        if (missing(ota, block))
            break;
    return block;
}

uint32_t ota_next_needed(const struct ota *ota, uint32_t block)
{
    while (block < BLOCKS_MAX && !ota_bit(ota->need, block))
        block += block % 8 == 0 && ota->need[block / 8] == 0 ? 8 : 1;
    return block;
}

bool ota_installing_alone(const struct ota *ota)
{
    return ota->fsm.state == OTA_INSTALL && !ota_fetch_busy(ota) && next_missing(ota, 0) == BLOCKS_MAX;
}

/* Asks for the run of missing blocks of one layer that begins at block. */
static int fetch_run(struct ota *ota, struct ota_fetch *fetch, uint32_t block)
{
    const struct manifest_layer *layer = manifest_layer_of(&ota->target, block);
    uint32_t end = block;

    while (end < layer->first + layer->blocks && missing(ota, end))
        end++;
    fetch->kind = OTA_FETCH_RUN;
    fetch->layer = (uint32_t)(layer - ota->target.layers);
    fetch->next_block = block;
    fetch->end_block = end;
    return ota_fetch_begin(ota, fetch, layer->fetch_hash, (block - layer->first) * BLOCK_BYTES,
                           (end - block) * BLOCK_BYTES);
}

/* Frees fetches that have delivered; false when one ended before its last block. */
static bool take_finished_runs(struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        struct ota_fetch *fetch = &ota->fetches[i];

        if (fetch->kind != OTA_FETCH_RUN || !fetch->ended)
            continue;
        if (fetch->next_block != fetch->end_block)
            return false;
        fetch->kind = OTA_FETCH_NONE;
    }
    return true;
}

uint64_t ota_run_step(struct ota *ota, bool *all_here)
{
    struct ota_fetch *fetch;
    otr_UpdateError error;
    uint32_t block;

    *all_here = false;
    if (!take_finished_runs(ota)) {
        ota_fail(ota, otr_UpdateError_UPDATE_LAYER_HASH);
        return ota->now_us;
    }
    if (!ota_fetch_busy(ota))
        ota->fetch_cursor = 0; /* what a lost link left behind is asked for again */
    block = next_missing(ota, ota->fetch_cursor);
    if (block == BLOCKS_MAX) {
        *all_here = !ota_fetch_busy(ota);
        return OTA_WAIT_EVENT;
    }
    fetch = ota_fetch_free(ota);
    if (fetch == NULL || !ota->link_up)
        return OTA_WAIT_EVENT;
    error = ota_content_open(ota);
    if (error != otr_UpdateError_UPDATE_OK) {
        ota_fail(ota, error);
        return ota->now_us;
    }
    if (fetch_run(ota, fetch, block) != 0)
        return ota->now_us + OTA_WAIT_CHANNEL_US;
    ota->fetch_cursor = fetch->end_block;
    return ota->now_us;
}

otr_UpdateError ota_run_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *block, uint32_t length)
{
    uint32_t index = fetch->next_block;
    struct block_expected expected;
    uint8_t digest[SHA256_BYTES];
    bool staging = ota->fsm.state == OTA_STAGE;

    if (index >= fetch->end_block)
        return otr_UpdateError_UPDATE_LAYER_HASH;
    layer_decrypt(&ota->target.layers[fetch->layer], ota->content_key, index, block, length);
    memset(block + length, 0xff, BLOCK_BYTES - length);
    digest_bytes(block, BLOCK_BYTES, digest);
    if (ota_record_read_hash(ota->target_index, index, &expected) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    if (memcmp(digest, expected.hash, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_LAYER_HASH;
    if (ota_block_write(staging ? ota_staging_place(index) : block_place(index), block) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    if (staging)
        ota_bit_set(ota->staged, index);
    else if (!ota_block_confirm(ota, index, &expected))
        return otr_UpdateError_UPDATE_FLASH;
    fetch->next_block++;
    ota->bytes_done += BLOCK_BYTES;
    return otr_UpdateError_UPDATE_OK;
}

void ota_stage_enter(struct ota *ota)
{
    ota->fetch_cursor = 0;
}

uint64_t ota_stage_step(struct ota *ota)
{
    bool all_here;
    uint64_t due_us = ota_run_step(ota, &all_here);

    if (!all_here)
        return due_us;
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
    return ota->now_us;
}
