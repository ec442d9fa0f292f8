/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of the microvisor's own update: good ones into either slot, bad ones, the ratchet. What must hold stands in
 * self_world.h. */
#include <stdio.h>

#include "campaigns/scenarios.h"
#include "campaigns/self_world.h"
#include "core/boot/boot_ratchet.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"

#define RATCHET 4u

static const char *run(uint32_t progress)
{
    (void)progress;
    return self_world_run();
}

static void prepare_into_b(void)
{
    self_world_make(false, 0);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_OK);
}

static void prepare_with_app(void)
{
    self_world_make(true, 0);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_OK);
}

/* v2 runs in slot B; the factory's image and its blank trailer are overwritten. */
static void prepare_into_a(void)
{
    const char *broken;

    prepare_into_b();
    broken = self_world_run();
    if (broken != NULL)
        fprintf(stderr, "the first update failed: %s\n%s\n", broken, board_fake_console());
    self_world_want(&self_world_v3, otr_UpdateError_UPDATE_OK);
}

static void prepare_mute(void)
{
    self_world_make(false, 0);
    kernel_fake_make(&self_world_v2, 20000, RATCHET, KERNEL_FAKE_MUTE, SELF_WORLD_IMAGE_BYTES);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_TRIAL_FAILED);
}

static void prepare_crash(void)
{
    self_world_make(false, 0);
    kernel_fake_make(&self_world_v2, 20000, RATCHET, KERNEL_FAKE_CRASH, SELF_WORLD_IMAGE_BYTES);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_TRIAL_FAILED);
}

/* v2 runs and is confirmed; from now on it falls at each start. */
static void prepare_decay(void)
{
    const char *broken;

    self_world_make(false, 0);
    kernel_fake_make(&self_world_v2, 20000, 0, KERNEL_FAKE_DECAYS, SELF_WORLD_IMAGE_BYTES);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_OK);
    broken = self_world_run();
    if (broken != NULL)
        fprintf(stderr, "the first update failed: %s\n%s\n", broken, board_fake_console());
}

/* v1 takes its place for good, and can be updated. Progress 1: the server was told. */
static const char *run_decay(uint32_t progress)
{
    const char *broken = NULL;

    if (progress == 0) {
        self_world_want(&self_world_v2, otr_UpdateError_UPDATE_TRIAL_FAILED);
        broken = self_world_run();
        campaign_progress(1);
    }
    if (broken != NULL)
        return broken;
    self_world_want(&self_world_v3, otr_UpdateError_UPDATE_OK);
    return self_world_run();
}

/* Signed and described truly, but for another version: found out when the whole image is in the slot. */
static void prepare_refused(void)
{
    self_world_make(false, 0);
    self_world_v2.body.meta.version_number++;
    kernel_fake_seal_manifest(&self_world_v2, KERNEL_FAKE_ROOT);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_IMAGE);
}

/* v2 brings a ratchet; after it v1 must not run again, and v3, which is older, is refused. Progress 1: the server was told of the
 * ratchet. */
static void prepare_ratchet(void)
{
    self_world_make(false, 0);
    kernel_fake_make(&self_world_v2, 20000, RATCHET, KERNEL_FAKE_GOOD, SELF_WORLD_IMAGE_BYTES);
}

static const char *run_ratchet(uint32_t progress)
{
    const char *broken = NULL;
    uint32_t ratchet;

    self_world_allow(progress == 0, false);
    if (progress == 0) {
        self_world_want(&self_world_v2, otr_UpdateError_UPDATE_OK);
        broken = self_world_run();
        campaign_progress(1);
    }
    if (broken != NULL)
        return broken;
    self_world_allow(false, false);
    if (boot_ratchet_read(&ratchet) != 0 || ratchet < RATCHET)
        return "X-8 a ratchet that the server was told of is gone";
    self_world_want(&self_world_v3, otr_UpdateError_UPDATE_RATCHET);
    return self_world_run();
}

const struct campaign_scenario scenario_self_into_b = { "microvisor update into slot B", prepare_into_b, run,
                                                        2 };
const struct campaign_scenario scenario_self_into_a = { "microvisor update into slot A", prepare_into_a, run,
                                                        2 };
const struct campaign_scenario scenario_self_with_app = { "microvisor update under an application",
                                                          prepare_with_app, run, 1 };
const struct campaign_scenario scenario_self_mute = { "microvisor that does not check in", prepare_mute, run,
                                                      2 };
const struct campaign_scenario scenario_self_crash = { "microvisor that crashes", prepare_crash, run, 2 };
const struct campaign_scenario scenario_self_decay = { "microvisor that falls once it is confirmed",
                                                       prepare_decay, run_decay, 2 };
const struct campaign_scenario scenario_self_refused = { "microvisor that is refused", prepare_refused, run,
                                                         2 };
const struct campaign_scenario scenario_ratchet = { "security ratchet", prepare_ratchet, run_ratchet, 2 };
