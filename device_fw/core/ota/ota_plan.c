/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks must be written, and which of them need no download (state PLAN). After a cut during an
 * installation the plan of the journal counts, not the looks of the flash (R5).
 */
#include <string.h>

#include "core/ota/ota_work.h"
#include "port/port_status.h"

/* Where the answer "must this block be written" comes from. */
enum plan_source { PLAN_MEASURE, PLAN_JOURNAL, PLAN_ALL };

static enum plan_source source_of(const struct ota *ota, uint8_t bitmap[OTA_BITMAP_BYTES])
{
    const struct ota_record *record = &ota->records[ota->target_index];
    int status;

    if (!record->installing || record->complete)
        return PLAN_MEASURE;
    status = ota_record_read_plan(ota->target_index, bitmap);
    if (status == PORT_ENOENT)
        return PLAN_MEASURE;
    return status == 0 ? PLAN_JOURNAL : PLAN_ALL;
}

void ota_plan_enter(struct ota *ota)
{
    ota->cursor = 0;
    ota->bytes_done = 0;
    ota->bytes_total = 0;
    memset(ota->need, 0, sizeof(ota->need));
    memset(ota->staged, 0, sizeof(ota->staged));
}

static bool must_write(const struct ota *ota, enum plan_source source, const uint8_t *bitmap, uint32_t block,
                       const struct block_expected *expected)
{
    if (source == PLAN_MEASURE)
        return !block_matches(block_place(block), expected);
    if (source == PLAN_JOURNAL && !ota_bit(bitmap, block))
        return false;
    return !ota_record_block_done(ota->target_index, block);
}

/* The need for all blocks before this one has been found out. */
static bool needs_no_download(const struct ota *ota, uint32_t block, const struct block_expected *expected)
{
    if (block_expects_erased(expected) || block_hash_of_blank(expected->hash))
        return true;
    return ota_can_stage(ota, block) && block_matches(ota_staging_place(block), expected);
}

uint64_t ota_plan_step(struct ota *ota)
{
    uint8_t bitmap[OTA_BITMAP_BYTES];
    enum plan_source source = source_of(ota, bitmap);
    struct block_expected expected;

    for (uint32_t i = 0; i < OTA_PLAN_BLOCKS_PER_STEP; i++, ota->cursor++) {
        ota->cursor = manifest_next_block(&ota->target, ota->cursor);
        if (ota->cursor == BLOCKS_MAX) {
            ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
            break;
        }
        if (ota_record_read_hash(ota->target_index, ota->cursor, &expected) != 0) {
            ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
            return ota->now_us;
        }
        if (!must_write(ota, source, bitmap, ota->cursor, &expected))
            continue;
        ota_bit_set(ota->need, ota->cursor);
        if (needs_no_download(ota, ota->cursor, &expected))
            ota_bit_set(ota->staged, ota->cursor);
        else
            ota->bytes_total += BLOCK_BYTES;
    }
    return ota->now_us;
}
