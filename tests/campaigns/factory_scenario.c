/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario of the factory's test: a device whose image holds a test application and a production application, before it is
 * provisioned, and after that with a server that wants nothing.
 * Progress 1: the test has said that all is well; 2: the device has announced that it passed.
 *
 *  F-1 nothing but the test is started before the test has said that all is well;
 *  F-2 once "passed" was announced the test is never started again;
 *  F-3 whatever is started is exactly one of the two applications, and in the end it is production, in the server's eyes as well.
 */
#include <string.h>

#include "campaigns/app_world.h"
#include "campaigns/scenarios.h"
#include "core/sys/mv_abi.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/factory_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define LIMIT_MS 60000u

static const struct bundle_fake *const tested = &app_world_v1, *const production = &app_world_v2;
static uint32_t reached; /* progress of this run and those before */
static const char *broken;

static bool window_holds(const struct bundle_fake *bundle)
{
    return memcmp(ns_fake_code(), bundle->image, APP_WORLD_SLOT_BYTES) == 0;
}

static void on_start(void)
{
    if (window_holds(tested) && reached == 2)
        broken = "F-2 the test was started after it had passed";
    else if (window_holds(production) && reached == 0)
        broken = "F-1 production was started without a test";
    else if (!window_holds(tested) && !window_holds(production))
        broken = "F-3 wrong code was started";
}

static void reach(uint32_t progress)
{
    reached = progress;
    campaign_progress(progress);
}

/* The announcement counts from the moment on which it can be read: before the next flash operation. */
static void listen(enum port_flash_area area)
{
    (void)area;
    if (reached == 1 && strstr(board_fake_console(), "OTR1 TEST passed\n") != NULL)
        reach(2);
}

/* What the test application does: it is content at once. */
static bool tests_or_works(void)
{
    static const uint32_t passed[4] = { 0 };

    if (port_ns_state() == PORT_NS_RUNNING && window_holds(tested) &&
        port_syscall(MV_SLOT_TESTING_COMPLETE, passed, false) == MV_OKAY && reached == 0)
        reach(1);
    listen(PORT_FLASH_KV);
    return broken != NULL || (port_ns_state() == PORT_NS_RUNNING && window_holds(production));
}

static bool server_knows(void)
{
    return memcmp(server_fake_status()->manifest_sha256.bytes, production->manifest.sha256, SHA256_BYTES) ==
           0;
}

static const char *run(uint32_t progress, bool provisioned)
{
    reached = progress;
    broken = NULL;
    ns_fake_on_start(NULL);
    scenario_power_on(NULL);
    ns_fake_on_start(on_start);
    flash_fake_watch(listen);
    if (!device_fake_run(tests_or_works, LIMIT_MS) && broken == NULL)
        broken = "F-3 production does not run in the end";
    if (broken == NULL && provisioned && !device_fake_run(server_knows, LIMIT_MS))
        broken = "F-3 the server is not told";
    return broken != NULL ? broken : flash_fake_violation();
}

static const char *run_blank(uint32_t progress)
{
    return run(progress, false);
}

static const char *run_provisioned(uint32_t progress)
{
    return run(progress, true);
}

static void prepare_blank(void)
{
    app_world_make(true, true);
    factory_fake_new(tested, production);
}

static void prepare_provisioned(void)
{
    prepare_blank();
    device_fake_boot();
    if (!factory_fake_provision(BUNDLE_FAKE_SIGNER))
        broken = "provisioning failed";
}

const struct campaign_scenario scenario_factory = { "factory test", prepare_blank, run_blank, 2 };
const struct campaign_scenario scenario_factory_provisioned = { "factory test after provisioning",
                                                                prepare_provisioned, run_provisioned, 2 };
