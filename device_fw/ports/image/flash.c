/* SPDX-License-Identifier: Apache-2.0 */
/* Flash in memory, by the rules of port_flash.h; and the rest of a device, as far as looking at its flash needs it. */
#include <stdbool.h>
#include <string.h>

#include "port/port_flash.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_status.h"
#include "ports/image/image.h"

static const struct image_board *board;
static uint8_t *memory;
static struct port_boot_build build = { .version = "" };

void image_open(const struct image_board *new_board, uint8_t *flash, uint32_t microvisor_number)
{
    board = new_board;
    memory = flash;
    build.number = microvisor_number;
}

/* NULL unless the whole range lies in the area. */
static uint8_t *range(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint32_t bytes = port_flash_bytes(area);

    return offset <= bytes && len <= bytes - offset ? memory + board->areas[area].offset + offset : NULL;
}

uint32_t port_flash_bytes(enum port_flash_area area)
{
    return (unsigned)area < PORT_FLASH_AREA_COUNT ? board->areas[area].bytes : 0;
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
    uint8_t set = 0;

    for (uint32_t i = 0; i < len; i++) {
        set |= (uint8_t)(data[i] & ~flash[i]);
    }
    return set == 0;
}

int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len)
{
    uint8_t *to = range(area, offset, len);

    if (to == NULL || offset % PORT_FLASH_UNIT_BYTES != 0 || len % PORT_FLASH_UNIT_BYTES != 0 ||
        !clears_only(to, buf, len)) {
        return PORT_EINVAL;
    }
    memcpy(to, buf, len);
    return PORT_OK;
}

int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len)
{
    uint8_t *to = range(area, offset, len);

    if (to == NULL || offset % PORT_FLASH_SECTOR_BYTES != 0 || len % PORT_FLASH_SECTOR_BYTES != 0) {
        return PORT_EINVAL;
    }
    memset(to, 0xff, len);
    return PORT_OK;
}

const struct port_boot_build *port_boot_build(void)
{
    return &build;
}

/* Nothing is started here: what is loaded was measured, and that was the question. */
int port_ns_load(uint32_t offset, const void *data, uint32_t len)
{
    (void)offset;
    (void)data;
    (void)len;
    return PORT_OK;
}

int port_ns_load_finish(uint32_t offset)
{
    (void)offset;
    return PORT_OK;
}

void port_watchdog_kick(void)
{
}
