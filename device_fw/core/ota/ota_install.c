/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for leave (state READY), then writing the slot and the layers in external flash (state INSTALL): first everything
 * that waits in the staging area or only has to be erased, then what had no place there, straight from the network
 * (ota_run.c). A block counts as installed only after it was read back and found right.
 */
#include "core/base/bytes.h"
#include "core/ota/ota_work.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define COPY_BYTES              512u
#define INSTALL_BLOCKS_PER_STEP 8u /* bounds the time that the link waits */

int ota_block_write(struct block_place place, const uint8_t *data)
{
    uint32_t offset = place.index * BLOCK_BYTES;
    int status = port_flash_erase(place.area, offset, BLOCK_BYTES);

    return status == 0 ? port_flash_program(place.area, offset, data, BLOCK_BYTES) : status;
}

bool ota_block_confirm(struct ota *ota, uint32_t block, const struct block_expected *expected)
{
    if (!block_matches(block_place(block), expected))
        return false;
    if (ota->journal && ota_record_mark_block(ota->target_index, block) != 0)
        return false;
    ota_bit_clear(ota->need, block);
    return true;
}

void ota_ready_enter(struct ota *ota)
{
    (void)ota; /* the owner asks the application */
}

uint64_t ota_ready_step(struct ota *ota)
{
    uint64_t from_us = ota->owner->install_from(ota->context);

    if (from_us > ota->now_us)
        return from_us;
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
    return ota->now_us;
}

void ota_install_enter(struct ota *ota)
{
    ota->cursor = 0;
    ota->tries = 0;
    ota->fetch_cursor = 0;
    ota->journal = !ota->records[ota->target_index].complete;
}

int ota_target_claim(struct ota *ota)
{
    struct ota_record *record = &ota->records[ota->target_index];
    int status;

    if (record->installing)
        return 0;
    status = ota_record_mark(ota->target_index, OTA_MARK_INSTALLING);
    if (status != 0)
        return status;
    record->installing = true;
    ota->owner_index = ota->target_index;
    ota->installed_valid = false;
    return 0;
}

/* Before the first block: the slot is claimed, and the plan written if there is none. Where nothing is written no plan is
 * needed: one that a cut tears would make every block be written. */
static int prepare(struct ota *ota)
{
    uint8_t bitmap[OTA_BITMAP_BYTES];
    int status = ota_target_claim(ota);

    if (status != 0 || !ota->journal)
        return status;
    status = ota_record_read_plan(ota->target_index, bitmap);
    if (status == PORT_ENOENT && !bytes_are(ota->need, sizeof(ota->need), 0))
        return ota_record_write_plan(ota->target_index, ota->need);
    return 0; /* a torn plan stays torn: PLAN has chosen all blocks */
}

static int copy_block(struct block_place from, struct block_place to)
{
    uint8_t chunk[COPY_BYTES];
    int status = port_flash_erase(to.area, to.index * BLOCK_BYTES, BLOCK_BYTES);

    for (uint32_t done = 0; done < BLOCK_BYTES && status == 0; done += sizeof(chunk)) {
        status = port_flash_read(from.area, from.index * BLOCK_BYTES + done, chunk, sizeof(chunk));
        if (status == 0)
            status = port_flash_program(to.area, to.index * BLOCK_BYTES + done, chunk, sizeof(chunk));
    }
    return status;
}

static int write_staged(uint32_t block, const struct block_expected *expected)
{
    struct block_place place = block_place(block);

    if (block_expects_erased(expected) || block_hash_of_blank(expected->hash))
        return port_flash_erase(place.area, place.index * BLOCK_BYTES, BLOCK_BYTES);
    return copy_block(ota_staging_place(block), place);
}

/* Not written right: is the staged copy to blame, or the flash where it belongs? */
static void block_failed(struct ota *ota, uint32_t block, const struct block_expected *expected)
{
    bool local = block_expects_erased(expected) || block_hash_of_blank(expected->hash);

    if (!local && !block_matches(ota_staging_place(block), expected)) {
        ota_bit_clear(ota->staged, block); /* now it is missing, and fetched with the others that are */
        ota->bytes_total += BLOCK_BYTES;
        return;
    }
    if (++ota->tries >= OTA_FLASH_TRIES)
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
}

static uint32_t next_staged(const struct ota *ota, uint32_t block)
{
    for (block = ota_next_needed(ota, block); block < BLOCKS_MAX; block = ota_next_needed(ota, block + 1))
        if (ota_bit(ota->staged, block))
            break;
    return block;
}

/* Installs the next block that is staged; true if there was one. */
static bool install_next(struct ota *ota)
{
    struct block_expected expected;
    uint32_t block = next_staged(ota, ota->cursor);

    ota->cursor = block;
    if (block == BLOCKS_MAX)
        return false;
    if (ota_record_read_hash(ota->target_index, block, &expected) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
    } else if (write_staged(block, &expected) == 0 && ota_block_confirm(ota, block, &expected)) {
        ota->tries = 0;
        ota->cursor = block + 1;
    } else {
        block_failed(ota, block, &expected);
    }
    return true;
}

static void finish(struct ota *ota)
{
    struct ota_record *record = &ota->records[ota->target_index];

    if (ota->journal && ota_record_mark(ota->target_index, OTA_MARK_COMPLETE) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
        return;
    }
    record->complete = true;
    ota->installed = ota->target;
    ota->installed_valid = true;
    ota->target_usable = false;
    ota->target_index = OTA_RECORD_NONE;
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
}

uint64_t ota_install_step(struct ota *ota)
{
    uint64_t due_us;
    bool all_here;

    if (prepare(ota) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
        return ota->now_us;
    }
    for (uint32_t i = 0; i < INSTALL_BLOCKS_PER_STEP; i++) {
        bool worked = install_next(ota);

        if (ota->fsm.state != OTA_INSTALL)
            return ota->now_us;
        if (!worked)
            break;
    }
    if (ota->cursor < BLOCKS_MAX)
        return ota->now_us;
    due_us = ota_run_step(ota, &all_here);
    if (ota->fsm.state == OTA_INSTALL && all_here)
        finish(ota);
    return due_us;
}
