/* SPDX-License-Identifier: Apache-2.0 */
/* The board's flash areas as a table: for its driver, and for the tool that makes factory images of it. */
#ifndef MPS2_AN505_FLASH_MAP_H
#define MPS2_AN505_FLASH_MAP_H

#include <stdint.h>

#include "port/port_flash.h"
#include "ports/mps2_an505/memory_map.h"

struct flash_area {
    uint32_t offset; /* in the flash */
    uint32_t bytes;
};

static const struct flash_area flash_map[PORT_FLASH_AREA_COUNT] = {
    [PORT_FLASH_MICROVISOR_A] = { MAP_SLOT_A_OFFSET, MAP_SLOT_BYTES },
    [PORT_FLASH_MICROVISOR_B] = { MAP_SLOT_B_OFFSET, MAP_SLOT_BYTES },
    [PORT_FLASH_KV] = { MAP_KV_OFFSET, MAP_KV_BYTES },
    [PORT_FLASH_APP] = { MAP_APP_SLOT_OFFSET, MAP_APP_SLOT_BYTES },
    [PORT_FLASH_OTA] = { MAP_OTA_OFFSET, MAP_OTA_BYTES },
    [PORT_FLASH_STAGING] = { MAP_STAGING_OFFSET, MAP_STAGING_BYTES },
    [PORT_FLASH_EXTERNAL] = { MAP_EXTERNAL_OFFSET, MAP_EXTERNAL_BYTES },
    [PORT_FLASH_BOOT] = { MAP_BOOT_OFFSET, MAP_BOOT_BYTES },
    [PORT_FLASH_SELF] = { MAP_SELF_OFFSET, MAP_SELF_BYTES },
    [PORT_FLASH_CRASH] = { MAP_CRASH_OFFSET, MAP_CRASH_BYTES },
};

#endif
