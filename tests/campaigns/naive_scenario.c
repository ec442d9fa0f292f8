/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario that must fail: a counter that is kept as everybody would write it at first, erased and programmed in place. If the
 * campaign finds nothing here, it finds nothing anywhere.
 */
#include <string.h>

#include "campaigns/scenarios.h"
#include "tests/unit/device/flash_fake.h"

#define LAST 3u

static const char *run(uint32_t progress)
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES];

    flash_fake_restart();
    if (port_flash_read(PORT_FLASH_KV, 0, unit, sizeof(unit)) != 0 || unit[0] < progress)
        return "N-1 the counter is gone";
    for (uint32_t count = progress + 1; count <= LAST; count++) {
        memset(unit, (int)count, sizeof(unit));
        if (port_flash_erase(PORT_FLASH_KV, 0, PORT_FLASH_SECTOR_BYTES) != 0 ||
            port_flash_program(PORT_FLASH_KV, 0, unit, sizeof(unit)) != 0)
            return "N-2 the counter cannot be written";
        campaign_progress(count);
    }
    return flash_fake_violation();
}

static void prepare(void)
{
    flash_fake_resize(PORT_FLASH_KV, PORT_FLASH_SECTOR_BYTES);
    flash_fake_reset(false);
}

const struct campaign_scenario scenario_naive = { "naive counter", prepare, run, 2 };
