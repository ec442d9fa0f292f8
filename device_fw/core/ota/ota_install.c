/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching missing blocks (state STAGE) and writing the slot (state INSTALL).
 *
 * With a staging area STAGE collects what is missing there while the old application runs, and INSTALL
 * copies. Without one, STAGE does not exist and INSTALL takes blocks from the network straight into the slot,
 * each verified before it is written. A block counts as installed only after it was read back and found
 * right.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"
#include "core/ota/ota_work.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define COPY_BYTES              512u
#define INSTALL_BLOCKS_PER_STEP 8u /* bounds the time that the link waits */

static bool missing(const struct ota *ota, uint32_t block)
{
    return ota_bit(ota->need, block) && !ota_bit(ota->staged, block);
}

static uint32_t next_missing(const struct ota *ota, uint32_t block)
{
    while (block < slot_blocks() && !missing(ota, block))
        block++;
    return block;
}

/* Asks for the run of missing blocks of one layer that begins at block. */
static int fetch_run(struct ota *ota, struct ota_fetch *fetch, uint32_t block)
{
    const struct manifest_layer *layer = manifest_layer_of(&ota->target, block);
    uint32_t first = layer->start / BLOCK_BYTES;
    uint32_t end = block;

    while (end < first + layer->size / BLOCK_BYTES && missing(ota, end))
        end++;
    fetch->kind = OTA_FETCH_RUN;
    fetch->layer = (uint32_t)(layer - ota->target.layers);
    fetch->next_block = block;
    fetch->end_block = end;
    return ota_fetch_begin(ota, fetch, layer->fetch_hash, (block - first) * BLOCK_BYTES,
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

/* Keeps the fetches busy. Returns when to call again; *all_here when nothing is missing or under way. */
static uint64_t fetch_missing(struct ota *ota, bool *all_here)
{
    struct ota_fetch *fetch;
    uint32_t block;

    *all_here = false;
    if (!take_finished_runs(ota)) {
        ota_fail(ota, otr_UpdateError_UPDATE_LAYER_HASH);
        return ota->now_us;
    }
    if (!ota_fetch_busy(ota))
        ota->fetch_cursor = 0; /* what a lost link left behind is asked for again */
    block = next_missing(ota, ota->fetch_cursor);
    if (block == slot_blocks()) {
        *all_here = !ota_fetch_busy(ota);
        return OTA_WAIT_EVENT;
    }
    fetch = ota_fetch_free(ota);
    if (fetch == NULL || !ota->link_up)
        return OTA_WAIT_EVENT;
    if (fetch_run(ota, fetch, block) != 0)
        return ota->now_us + OTA_WAIT_CHANNEL_US;
    ota->fetch_cursor = fetch->end_block;
    return ota->now_us;
}

int ota_block_write(enum port_flash_area area, uint32_t block, const uint8_t *data)
{
    int status = port_flash_erase(area, block * BLOCK_BYTES, BLOCK_BYTES);

    return status == 0 ? port_flash_program(area, block * BLOCK_BYTES, data, BLOCK_BYTES) : status;
}

/* The block in the slot was written: is it right? Then it is done for good. */
static bool confirm_block(struct ota *ota, uint32_t block, const struct slot_expected *expected)
{
    if (!slot_block_matches(PORT_FLASH_APP, block, expected))
        return false;
    if (ota->journal && ota_record_mark_block(ota->target_index, block) != 0)
        return false;
    ota_bit_clear(ota->need, block);
    return true;
}

otr_UpdateError ota_run_take(struct ota *ota, struct ota_fetch *fetch, uint8_t *block, uint32_t length)
{
    uint32_t index = fetch->next_block;
    struct slot_expected expected;
    uint8_t digest[SHA256_BYTES];
    bool staging = ota->fsm.state == OTA_STAGE;

    if (index >= fetch->end_block)
        return otr_UpdateError_UPDATE_LAYER_HASH;
    memset(block + length, 0xff, BLOCK_BYTES - length);
    digest_bytes(block, BLOCK_BYTES, digest);
    if (ota_record_read_hash(ota->target_index, index, &expected) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    if (memcmp(digest, expected.hash, SHA256_BYTES) != 0)
        return otr_UpdateError_UPDATE_LAYER_HASH;
    if (ota_block_write(staging ? PORT_FLASH_STAGING : PORT_FLASH_APP, index, block) != 0)
        return otr_UpdateError_UPDATE_FLASH;
    if (staging)
        ota_bit_set(ota->staged, index);
    else if (!confirm_block(ota, index, &expected))
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
    uint64_t due_us = fetch_missing(ota, &all_here);

    if (!all_here)
        return due_us;
    ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
    return ota->now_us;
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

static int copy_block(uint32_t block)
{
    uint8_t chunk[COPY_BYTES];
    int status = port_flash_erase(PORT_FLASH_APP, block * BLOCK_BYTES, BLOCK_BYTES);

    for (uint32_t done = 0; done < BLOCK_BYTES && status == 0; done += sizeof(chunk)) {
        uint32_t offset = block * BLOCK_BYTES + done;

        status = port_flash_read(PORT_FLASH_STAGING, offset, chunk, sizeof(chunk));
        if (status == 0)
            status = port_flash_program(PORT_FLASH_APP, offset, chunk, sizeof(chunk));
    }
    return status;
}

static int write_staged(uint32_t block, const struct slot_expected *expected)
{
    if (slot_expects_erased(expected) || slot_hash_of_blank(expected->hash))
        return port_flash_erase(PORT_FLASH_APP, block * BLOCK_BYTES, BLOCK_BYTES);
    return copy_block(block);
}

/* Not written right: is the staged copy to blame, or the flash of the slot? */
static void block_failed(struct ota *ota, uint32_t block, const struct slot_expected *expected)
{
    bool local = slot_expects_erased(expected) || slot_hash_of_blank(expected->hash);

    if (!local && !slot_block_matches(PORT_FLASH_STAGING, block, expected)) {
        ota_bit_clear(ota->staged, block);
        ota->bytes_total += BLOCK_BYTES;
        ota_emit(ota, OTA_EV_LOST, otr_UpdateError_UPDATE_OK);
        return;
    }
    if (++ota->tries >= OTA_FLASH_TRIES)
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
}

/* Installs the next block that is staged; true if there was one. */
static bool install_next(struct ota *ota)
{
    struct slot_expected expected;
    uint32_t block = ota->cursor;

    while (block < slot_blocks() && !(ota_bit(ota->need, block) && ota_bit(ota->staged, block)))
        block++;
    ota->cursor = block;
    if (block == slot_blocks())
        return false;
    if (ota_record_read_hash(ota->target_index, block, &expected) != 0) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
    } else if (write_staged(block, &expected) == 0 && confirm_block(ota, block, &expected)) {
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
    uint64_t due_us = OTA_WAIT_EVENT;
    bool all_here = true;

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
    if (ota->cursor < slot_blocks())
        return ota->now_us;
    if (!ota_has_staging())
        due_us = fetch_missing(ota, &all_here);
    if (ota->fsm.state == OTA_INSTALL && all_here)
        finish(ota);
    return due_us;
}
