/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenarios of the application's life: first installation, updates of all kinds, repair of a damaged slot.
 *
 * Checked in every run (numbers as in tests/powercut/update_test.c):
 *  U-1 whenever an application is started, the code window holds exactly one of the two signed images;
 *  U-2 with the server in reach the device ends up connected and running exactly what is wanted;
 *  U-3 the slot is never written while an application runs;
 *  U-5 the flash is used by its rules; U-6 the device keeps the protocol and its identity.
 */
#include "campaigns/scenarios.h"

#include <stdio.h>
#include <string.h>

#include "port/port_main.h"
#include "port/port_stream.h"
#include "proto/limits.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

/* A slot of four blocks: everything that can happen to a block happens to one of them, and pairs of cuts can be run. */
#define SLOT_BYTES    (4u * BLOCK_BYTES)
#define OLD_BYTES     (2u * BLOCK_BYTES + 100)
#define NEW_BYTES     (3u * BLOCK_BYTES - 50)
#define CHANGED_BYTES 10u
/* Layers without a block list are fetched again after each cut, which makes far more states per block. */
#define OLD_WHOLE_BYTES 300u
#define NEW_WHOLE_BYTES (BLOCK_BYTES + 200)
#define LIMIT_MS        900000u /* of simulated time: retries with backoff end long before */

static struct bundle_fake v1, v2;
static const struct bundle_fake *wanted, *old;
static bool wrong_code, written_while_running;

static void on_start(void)
{
    const uint8_t *code = ns_fake_code();

    if ((old == NULL || memcmp(code, old->image, SLOT_BYTES) != 0) &&
        memcmp(code, wanted->image, SLOT_BYTES) != 0)
        wrong_code = true;
}

static void on_write(enum port_flash_area area)
{
    if (area == PORT_FLASH_APP && port_ns_state() != PORT_NS_OFF)
        written_while_running = true;
}

static bool runs_wanted(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE &&
           memcmp(status->manifest_sha256.bytes, wanted->manifest.sha256, SHA256_BYTES) == 0 &&
           memcmp(ns_fake_code(), wanted->image, SLOT_BYTES) == 0;
}

void scenario_power_on(const struct bundle_fake *target)
{
    server_fake_reset();
    server_fake_target(target);
    ns_fake_reset();
    board_fake_reset(1);
    port_stream_close();
    flash_fake_restart();
    microvisor_init();
}

static const char *run_app(uint32_t progress)
{
    (void)progress;
    wrong_code = written_while_running = false;
    scenario_power_on(wanted);
    ns_fake_on_start(on_start);
    flash_fake_watch(on_write);
    if (!device_fake_run(runs_wanted, LIMIT_MS))
        return wrong_code ? "U-1 wrong code was started"
                          : "U-2 the device does not end up running what is wanted";
    if (wrong_code)
        return "U-1 wrong code was started";
    if (written_while_running)
        return "U-3 the slot was written while an application ran";
    if (flash_fake_violation() != NULL)
        return flash_fake_violation();
    return server_fake_broken() ? "U-6 the device broke the protocol" : NULL;
}

static void make_bundle(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                        bool with_list)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, SLOT_BYTES, length, 1, changed, with_list);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

/* A provisioned device without an application, in reach of its server. */
static void new_device(bool staging, bool with_list)
{
    scenario_small_flash();
    device_fake_new(staging, 1);
    make_bundle(&v1, 1, with_list ? OLD_BYTES : OLD_WHOLE_BYTES, 0, with_list);
    make_bundle(&v2, 2, with_list ? NEW_BYTES : NEW_WHOLE_BYTES, CHANGED_BYTES, with_list);
}

void scenario_small_flash(void)
{
    flash_fake_resize(PORT_FLASH_APP, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_STAGING, SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_KV, 4 * BLOCK_BYTES);
}

static void prepare_update(bool staging, bool with_list)
{
    const char *broken;

    new_device(staging, with_list);
    wanted = &v1;
    old = NULL;
    broken = run_app(0);
    if (broken != NULL)
        fprintf(stderr, "the first installation failed: %s\n%s\n", broken, board_fake_console());
    wanted = &v2;
    old = &v1;
}

static void prepare_install(void)
{
    new_device(true, true);
    wanted = &v1;
    old = NULL;
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
    wanted = &v1;
    old = NULL;
    flash_fake_bytes(PORT_FLASH_APP)[BLOCK_BYTES + 1] ^= 1;
    flash_fake_bytes(PORT_FLASH_STAGING)[BLOCK_BYTES + 1] ^= 1;
    flash_fake_poison(PORT_FLASH_APP, 64);
}

const struct campaign_scenario scenario_install = { "first installation", prepare_install, run_app, 2 };
const struct campaign_scenario scenario_staged = { "update, staged", prepare_staged, run_app, 2 };
const struct campaign_scenario scenario_in_place = { "update, in place", prepare_in_place, run_app, 2 };
const struct campaign_scenario scenario_staged_whole = { "update without block list, staged",
                                                         prepare_staged_whole, run_app, 2 };
const struct campaign_scenario scenario_in_place_whole = { "update without block list, in place",
                                                           prepare_in_place_whole, run_app, 2 };
const struct campaign_scenario scenario_repair = { "repair of a damaged slot", prepare_repair, run_app, 2 };
