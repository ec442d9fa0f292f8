/* SPDX-License-Identifier: Apache-2.0 */
/* What the build says about the microvisor that runs. A process has no boot loader: no slot, no room for images, no keys. */
#include "port/port_boot.h"

#include <stddef.h>

const struct port_boot_build *port_boot_build(void)
{
    return &microvisor_build;
}

const struct port_boot_limits *port_boot_limits(void)
{
    static const struct port_boot_limits limits = { .body_bytes_max = 0 };

    return &limits;
}

enum port_flash_area port_boot_area(void)
{
    return PORT_FLASH_AREA_COUNT;
}

const uint8_t *port_boot_root_key(uint32_t index)
{
    (void)index;
    return NULL;
}
