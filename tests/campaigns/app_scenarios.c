/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of the application's life: first installation, updates of all kinds, repair of a damaged slot. What must hold stands in
 * app_world.h. */
#include <stdio.h>

#include "campaigns/app_world.h"
#include "campaigns/scenarios.h"
#include "tests/unit/device/board_fake.h"

/* A device that runs v1 and is to run v2. */
static void prepare_update(bool staging, bool with_list)
{
    const char *broken;

    app_world_make(staging, with_list);
    app_world_want(&app_world_v1, NULL);
    broken = app_world_run(0);
    if (broken != NULL)
        fprintf(stderr, "the first installation failed: %s\n%s\n", broken, board_fake_console());
    app_world_want(&app_world_v2, &app_world_v1);
}

static void prepare_install(void)
{
    app_world_make(true, true);
    app_world_want(&app_world_v1, NULL);
}

static void prepare_staged(void)
{
    prepare_update(true, true);
}

static void prepare_in_place(void)
{
    prepare_update(false, true);
}

static void prepare_staged_whole(void)
{
    prepare_update(true, false);
}

static void prepare_in_place_whole(void)
{
    prepare_update(false, false);
}

/* The slot and the copy in the staging area were damaged while the device was off. */
static void prepare_repair(void)
{
    prepare_update(true, true);
    app_world_want(&app_world_v1, NULL);
    flash_fake_bytes(PORT_FLASH_APP)[BLOCK_BYTES + 1] ^= 1;
    flash_fake_bytes(PORT_FLASH_STAGING)[BLOCK_BYTES + 1] ^= 1;
    flash_fake_poison(PORT_FLASH_APP, 64);
}

const struct campaign_scenario scenario_install = { "first installation", prepare_install, app_world_run, 2 };
const struct campaign_scenario scenario_staged = { "update, staged", prepare_staged, app_world_run, 2 };
const struct campaign_scenario scenario_in_place = { "update, in place", prepare_in_place, app_world_run, 2 };
const struct campaign_scenario scenario_staged_whole = { "update without block list, staged",
                                                         prepare_staged_whole, app_world_run, 2 };
const struct campaign_scenario scenario_in_place_whole = { "update without block list, in place",
                                                           prepare_in_place_whole, app_world_run, 2 };
const struct campaign_scenario scenario_repair = { "repair of a damaged slot", prepare_repair, app_world_run,
                                                   2 };
