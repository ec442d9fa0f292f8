/* SPDX-License-Identifier: Apache-2.0 */
/* What the build and boot0 say about the microvisor that runs, and about those that may replace it. */
#include "port/port_boot.h"

#include "ports/mps2_an505/handover.h"
#include "ports/mps2_an505/memory_map.h"
#include "ports/mps2_an505/power.h"

#include <stddef.h>

#define POINT_BYTES        65u
#define POINT_UNCOMPRESSED 0x04u /* first byte of a key that is there */

_Static_assert(MAP_BOOT0_ROOT_KEYS_MAX *POINT_BYTES <= MAP_BOOT0_ROOT_KEYS_BYTES, "the keys fit their place");

const struct port_boot_build *port_boot_build(void)
{
    return &microvisor_build;
}

enum port_flash_area port_boot_area(void)
{
    return handover_slot();
}

void port_boot_settled(void)
{
    power_falls_forget();
}

const uint8_t *port_boot_root_key(uint32_t index)
{
    if (index >= MAP_BOOT0_ROOT_KEYS_MAX) {
        return NULL;
    }
    const uint8_t *point = (const uint8_t *)MAP_BOOT0_ROOT_KEYS + index * POINT_BYTES;

    return *point == POINT_UNCOMPRESSED ? point : NULL;
}
