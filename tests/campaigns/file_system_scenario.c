/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of a layer in external flash whose code stays: all of it staged, half of it, none. What must hold stands in app_world.h.
 */
#include <stdio.h>

#include "campaigns/app_world.h"
#include "campaigns/scenarios.h"
#include "tests/unit/device/board_fake.h"

static void prepare(bool staging, uint32_t beside_bytes)
{
    const char *broken;

    app_world_make_external(staging, beside_bytes, true);
    app_world_want(&app_world_v1, NULL);
    broken = app_world_run(0);
    if (broken != NULL)
        fprintf(stderr, "the first installation failed: %s\n%s\n", broken, board_fake_console());
    app_world_want(&app_world_v2, &app_world_v1);
}

static void prepare_staged(void)
{
    prepare(true, 4 * BLOCK_BYTES);
}

/* Blocks of external flash share one place in the staging area. */
static void prepare_half_staged(void)
{
    prepare(true, BLOCK_BYTES);
}

static void prepare_in_place(void)
{
    prepare(false, 0);
}

const struct campaign_scenario scenario_file_system = { "file system update", prepare_staged, app_world_run,
                                                        2 };
const struct campaign_scenario scenario_file_system_half_staged = { "file system update, half staged",
                                                                    prepare_half_staged, app_world_run, 2 };
const struct campaign_scenario scenario_file_system_in_place = { "file system update, in place",
                                                                 prepare_in_place, app_world_run, 1 };
