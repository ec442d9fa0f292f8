/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where blocks wait in the staging area: those of the slot at their own number, those of the external flash in the room
 * behind them, by their number modulo that room. Nothing has to be remembered for that, so it survives every cut.
 *
 * Blocks of the external flash may share a place. The first one of an update that needs it gets it; the others go
 * straight into their flash while installing, with the application stopped.
 */
#include "core/ota/ota_work.h"

bool ota_has_staging(void)
{
    return port_flash_bytes(PORT_FLASH_STAGING) >= slot_blocks() * BLOCK_BYTES;
}

static uint32_t room_of_external(void)
{
    return port_flash_bytes(PORT_FLASH_STAGING) / BLOCK_BYTES - slot_blocks();
}

struct block_place ota_staging_place(uint32_t block)
{
    uint32_t index = block;

    if (block >= BLOCKS_EXTERNAL)
        index = slot_blocks() + (block - BLOCKS_EXTERNAL) % room_of_external();
    return (struct block_place){ PORT_FLASH_STAGING, index };
}

bool ota_staging_is_own(uint32_t block)
{
    return ota_has_staging() && (block < BLOCKS_EXTERNAL || block - BLOCKS_EXTERNAL < room_of_external());
}

bool ota_can_stage(const struct ota *ota, uint32_t block)
{
    uint32_t room = ota_has_staging() ? room_of_external() : 0;

    if (ota_staging_is_own(block))
        return true;
    if (room == 0 || block < BLOCKS_EXTERNAL)
        return false;
    while (block - BLOCKS_EXTERNAL >= room) {
        block -= room;
        if (ota_bit(ota->need, block))
            return false;
    }
    return true;
}
