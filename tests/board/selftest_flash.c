/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the flash driver's NOR rules on the external area, which nothing else uses in the self-test image.
 */
#include "port/port_flash.h"
#include "port/port_status.h"
#include "board/selftest.h"

#include <string.h>

static const enum port_flash_area area = PORT_FLASH_EXTERNAL;

static bool holds(uint32_t offset, uint8_t value, uint32_t len)
{
    uint8_t bytes[64];

    if (port_flash_read(area, offset, bytes, len) != PORT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < len; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static bool refuses(void)
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES] = { 0 };
    uint32_t end = port_flash_bytes(area);

    return port_flash_program(area, 8, unit, sizeof(unit)) == PORT_EINVAL &&
           port_flash_program(area, 0, unit, 8) == PORT_EINVAL &&
           port_flash_program(area, end, unit, sizeof(unit)) == PORT_EINVAL &&
           port_flash_program(area, 0xFFFFFFF0u, unit, sizeof(unit)) == PORT_EINVAL &&
           port_flash_erase(area, 16, PORT_FLASH_SECTOR_BYTES) == PORT_EINVAL &&
           port_flash_erase(area, end, PORT_FLASH_SECTOR_BYTES) == PORT_EINVAL &&
           port_flash_read(area, end - 1u, unit, 2) == PORT_EINVAL &&
           port_flash_read(PORT_FLASH_AREA_COUNT, 0, unit, 1) == PORT_EINVAL && holds(0, 0xFF, 64);
}

bool selftest_flash(const char *const args[])
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES];
    bool good;

    (void)args;
    good =
        port_flash_erase(area, 0, 2 * PORT_FLASH_SECTOR_BYTES) == PORT_OK && holds(0, 0xFF, 64) && refuses();
    memset(unit, 0xF0, sizeof(unit));
    good = good && port_flash_program(area, 4096, unit, sizeof(unit)) == PORT_OK && holds(4096, 0xF0, 16);
    memset(unit, 0x30, sizeof(unit));
    good = good && port_flash_program(area, 4096, unit, sizeof(unit)) == PORT_OK && holds(4096, 0x30, 16);
    memset(unit, 0x31, sizeof(unit)); /* would set a bit */
    good = good && port_flash_program(area, 4096, unit, sizeof(unit)) == PORT_EINVAL && holds(4096, 0x30, 16);
    good = good && holds(4112, 0xFF, 16) && holds(4080, 0xFF, 16);
    return good && port_flash_erase(area, 4096, PORT_FLASH_SECTOR_BYTES) == PORT_OK && holds(4096, 0xFF, 64);
}
