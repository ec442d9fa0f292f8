/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persistent memory: the board's PSRAM, which the emulator keeps in a file, made to behave like NOR flash.
 *
 * Invariants F1 to F3 of port_flash.h. Stores reach the file in program order, so killing the emulator at any
 * instant is a power cut; what a program would set from 0 to 1 is refused before anything is written.
 */
#include "port/port_flash.h"

#include "port/port_status.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/flash_map.h"

#include <stdbool.h>
#include <string.h>

/* NULL unless the whole range lies in the area. */
static uint8_t *range(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    if ((unsigned)area >= PORT_FLASH_AREA_COUNT || offset > flash_map[area].bytes ||
        len > flash_map[area].bytes - offset) {
        return NULL;
    }
    return (uint8_t *)MAP_FLASH + flash_map[area].offset + offset;
}

uint32_t port_flash_bytes(enum port_flash_area area)
{
    return (unsigned)area < PORT_FLASH_AREA_COUNT ? flash_map[area].bytes : 0;
}

int port_flash_read(enum port_flash_area area, uint32_t offset, void *buf, uint32_t len)
{
    const uint8_t *from = range(area, offset, len);

    if (from == NULL) {
        return PORT_EINVAL;
    }
    memcpy(buf, from, len);
    return PORT_OK;
}

static bool clears_only(const uint8_t *flash, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        if ((data[i] & ~flash[i]) != 0) {
            return false;
        }
    }
    return true;
}

int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len)
{
    uint8_t *to = range(area, offset, len);

    if (to == NULL || offset % PORT_FLASH_UNIT_BYTES != 0 || len % PORT_FLASH_UNIT_BYTES != 0 ||
        !clears_only(to, buf, len)) {
        return PORT_EINVAL;
    }
    memcpy(to, buf, len);
    board_barrier();
    return PORT_OK;
}

int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint8_t *to = range(area, offset, len);

    if (to == NULL || offset % PORT_FLASH_SECTOR_BYTES != 0 || len % PORT_FLASH_SECTOR_BYTES != 0) {
        return PORT_EINVAL;
    }
    memset(to, 0xFF, len);
    board_barrier();
    return PORT_OK;
}
