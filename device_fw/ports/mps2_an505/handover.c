/* SPDX-License-Identifier: Apache-2.0 */
/* One word in the retained page says which slot was started, and what both stages know of a microvisor's place. */
#include "ports/mps2_an505/handover.h"

#include "port/port_boot.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/memory_map.h"

#define WORD(slot) (0x4F544200u + (uint32_t)(slot)) /* "OTB" and the slot */

void handover_write(enum port_flash_area slot)
{
    REG32(MAP_HANDOVER) = WORD(slot);
    board_barrier();
}

enum port_flash_area handover_slot(void)
{
    uint32_t word = REG32(MAP_HANDOVER);

    return word == WORD(PORT_FLASH_MICROVISOR_A)   ? PORT_FLASH_MICROVISOR_A
           : word == WORD(PORT_FLASH_MICROVISOR_B) ? PORT_FLASH_MICROVISOR_B
                                                   : PORT_FLASH_AREA_COUNT;
}

const struct port_boot_limits *port_boot_limits(void)
{
    static const struct port_boot_limits limits = {
        .load_address = MAP_MICROVISOR_CODE,
        .body_bytes_max = MAP_MICROVISOR_CODE_BYTES,
        .ram_start = MAP_MICROVISOR_RAM,
        .ram_end = MAP_MICROVISOR_RAM + MAP_MICROVISOR_RAM_BYTES,
    };

    return &limits;
}
