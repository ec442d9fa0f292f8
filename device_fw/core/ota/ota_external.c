/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application's reads of external flash, and the repair of what is found damaged then (state REPAIR).
 *
 * Of a layer no byte is handed over for good that was not verified in the same moment: the block's hash is computed over the
 * very bytes that were given, and if it is not the signed one the read has failed and the block is fetched again. That costs a
 * hash per read and makes measuring at start needless. What lies beside the layers is the application's own and is given as it
 * is.
 *
 * A repair writes while the application runs: nobody can have read the block, and nobody can until it is right.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/ota/ota_work.h"
#include "port/port_crypto.h"
#include "port/port_status.h"

#define CHUNK_BYTES 512u

static bool in_layer(const struct manifest *manifest, uint32_t address, uint32_t length)
{
    uint32_t first = address / BLOCK_BYTES;
    uint32_t end = bundle_blocks(address + length);

    return manifest_touches(manifest, BLOCKS_EXTERNAL + first, end - first);
}

bool ota_external_is_free(const struct ota *ota, uint32_t address, uint32_t length)
{
    return !(ota->installed_valid && in_layer(&ota->installed, address, length)) &&
           !(ota->target_usable && in_layer(&ota->target, address, length));
}

/* The part of a chunk, at offset in the flash, that lies in the wanted range. */
static void give_part(const struct ota_read *read, uint32_t offset, const uint8_t *chunk)
{
    uint32_t end = offset + CHUNK_BYTES;
    uint32_t from = read->address > offset ? read->address : offset;

    if (end > read->address + read->length)
        end = read->address + read->length;
    if (from < end)
        read->give(read->context, from - read->address, chunk + (from - offset), end - from);
}

static int read_plain(const struct ota_read *read)
{
    uint8_t chunk[CHUNK_BYTES];
    uint32_t first = read->address / CHUNK_BYTES * CHUNK_BYTES;

    for (uint32_t offset = first; offset < read->address + read->length; offset += sizeof(chunk)) {
        if (port_flash_read(PORT_FLASH_EXTERNAL, offset, chunk, sizeof(chunk)) != 0)
            return PORT_EIO;
        give_part(read, offset, chunk);
    }
    return 0;
}

/* What cannot be read counts as zeros, as in slot.c. */
static bool read_verified(const struct ota_read *read, const struct block_expected *expected)
{
    uint32_t start = read->address / BLOCK_BYTES * BLOCK_BYTES;
    uint8_t chunk[CHUNK_BYTES], digest[SHA256_BYTES];
    struct port_sha256 sha;
    bool erased = true;

    port_sha256_start(&sha);
    for (uint32_t offset = start; offset < start + BLOCK_BYTES; offset += sizeof(chunk)) {
        if (port_flash_read(PORT_FLASH_EXTERNAL, offset, chunk, sizeof(chunk)) != 0)
            memset(chunk, 0, sizeof(chunk));
        port_sha256_update(&sha, chunk, sizeof(chunk));
        erased = erased && bytes_are(chunk, sizeof(chunk), 0xff);
        give_part(read, offset, chunk);
    }
    port_sha256_finish(&sha, digest);
    if (block_expects_erased(expected))
        return erased;
    return memcmp(digest, expected->hash, SHA256_BYTES) == 0;
}

static void begin_repair(struct ota *ota)
{
    memset(ota->need, 0, sizeof(ota->need));
    memset(ota->staged, 0, sizeof(ota->staged));
    ota->bytes_done = 0;
    ota->bytes_total = 0;
    ota->target = ota->installed;
}

/* While an update is under way nothing is done: it writes the block, or the next read finds it again. */
static void damaged(struct ota *ota, uint32_t block, const struct block_expected *expected)
{
    bool idle = ota->fsm.state == OTA_IDLE;

    if (!idle && !ota->fsm.repair)
        return;
    if (idle)
        begin_repair(ota);
    if (!ota_bit(ota->need, block)) {
        ota_bit_set(ota->need, block);
        if (block_expects_erased(expected) || block_hash_of_blank(expected->hash))
            ota_bit_set(ota->staged, block); /* needs no download */
        else
            ota->bytes_total += BLOCK_BYTES;
    }
    if (idle)
        ota_pursue_record(ota, ota->owner_index, OTA_EV_REPAIR);
}

int ota_external_read(struct ota *ota, const struct ota_read *read)
{
    uint32_t block = BLOCKS_EXTERNAL + read->address / BLOCK_BYTES;
    struct block_expected expected;

    if (!ota->installed_valid || manifest_layer_of(&ota->installed, block) == NULL)
        return read_plain(read);
    if (ota_record_read_hash(ota->owner_index, block, &expected) != 0)
        return PORT_EIO;
    if (read_verified(read, &expected))
        return 0;
    damaged(ota, block, &expected);
    return PORT_EAUTH;
}

void ota_repair_enter(struct ota *ota)
{
    ota->fetch_cursor = 0;
    ota->journal = false; /* the record stays complete: until it is right, reads find the block wrong */
}

/* Blocks that only have to be erased. */
static bool erase_blank(struct ota *ota)
{
    struct block_expected expected;

    for (uint32_t block = ota_next_needed(ota, 0); block < BLOCKS_MAX;
         block = ota_next_needed(ota, block + 1)) {
        struct block_place place = block_place(block);

        if (!ota_bit(ota->staged, block))
            continue;
        if (ota_record_read_hash(ota->target_index, block, &expected) != 0 ||
            port_flash_erase(place.area, place.index * BLOCK_BYTES, BLOCK_BYTES) != 0 ||
            !ota_block_confirm(ota, block, &expected))
            return false;
    }
    return true;
}

uint64_t ota_repair_step(struct ota *ota)
{
    uint64_t due_us;
    bool all_here;

    if (!erase_blank(ota)) {
        ota_fail(ota, otr_UpdateError_UPDATE_FLASH);
        return ota->now_us;
    }
    due_us = ota_run_step(ota, &all_here);
    if (ota->fsm.state == OTA_REPAIR && all_here) {
        ota->target_usable = false;
        ota->target_index = OTA_RECORD_NONE;
        ota_emit(ota, OTA_EV_GOT, otr_UpdateError_UPDATE_OK);
    }
    return due_us;
}
