/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks of the slot must be written, and which of them need no download (state PLAN). After a cut
 * during an installation the plan of the journal counts, not the looks of the slot (R5).
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
                       const struct slot_expected *expected)
{
    if (source == PLAN_MEASURE)
        return !slot_block_matches(PORT_FLASH_APP, block, expected);
    if (source == PLAN_JOURNAL && !ota_bit(bitmap, block))
        return false;
    return !ota_record_block_done(ota->target_index, block);
}

static bool needs_no_download(uint32_t block, const struct slot_expected *expected)
{
    if (slot_expects_erased(expected) || slot_hash_of_blank(expected->hash))
        return true;
    return ota_has_staging() && slot_block_matches(PORT_FLASH_STAGING, block, expected);
}

uint64_t ota_plan_step(struct ota *ota)
{
    uint8_t bitmap[OTA_BITMAP_BYTES];
    enum plan_source source = source_of(ota, bitmap);
    struct slot_expected expected;

    for (uint32_t i = 0; i < OTA_PLAN_BLOCKS_PER_STEP && ota->cursor < slot_blocks(); i++, ota->cursor++) {
        if (ota_record_read_hash(ota->target_index, ota->cursor, &expected) != 0) {
            ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
            return ota->now_us;
        }
        if (!must_write(ota, source, bitmap, ota->cursor, &expected))
            continue;
        ota_bit_set(ota->need, ota->cursor);
        if (needs_no_download(ota->cursor, &expected))
            ota_bit_set(ota->staged, ota->cursor);
        else
            ota->bytes_total += BLOCK_BYTES;
    }
    if (ota->cursor == slot_blocks())
        ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
    return ota->now_us;
}
