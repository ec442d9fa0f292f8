/* SPDX-License-Identifier: Apache-2.0 */
/* The device that updates its microvisor; see self_world.h. */
#include "campaigns/self_world.h"

#include <stdio.h>
#include <string.h>

#include "campaigns/scenarios.h"
#include "port/port_main.h"
#include "port/port_stream.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define V2_NUMBER 20000u
#define V3_NUMBER 30000u
#define LIMIT_MS  7200000u /* of simulated time: trials, retries and politeness end long before */

struct kernel_fake self_world_v2, self_world_v3;
static const struct kernel_fake *wanted;
static otr_UpdateError refusal;
static struct bundle_fake app;
static bool has_app, v1_is_allowed, v3_is_allowed, on;

static bool app_is_right(void)
{
    return !has_app ||
           (server_fake_status()->state == otr_AppState_APP_RUNNING &&
            memcmp(server_fake_status()->manifest_sha256.bytes, app.manifest.sha256, SHA256_BYTES) == 0 &&
            memcmp(ns_fake_code(), app.image, port_flash_bytes(PORT_FLASH_APP)) == 0);
}

bool self_world_is_over(void)
{
    const otr_MicrovisorStatus *status = server_fake_microvisor_status();

    if (!server_fake_connected() || !status->confirmed || !app_is_right())
        return false;
    if (refusal != otr_UpdateError_UPDATE_OK)
        return status->phase == otr_UpdatePhase_UPDATE_FAILED && status->error == refusal &&
               memcmp(status->target_sha256.bytes, wanted->manifest.sha256, SHA256_BYTES) == 0;
    return status->phase == otr_UpdatePhase_UPDATE_IDLE && boot_fake_number() == wanted->header.number &&
           status->manifest_sha256.size == SHA256_BYTES && status->ratchet >= wanted->header.ratchet &&
           memcmp(status->manifest_sha256.bytes, wanted->manifest.sha256, SHA256_BYTES) == 0;
}

void self_world_power_on(const struct kernel_fake *offered)
{
    static const struct kernel_fake *allowed[4];
    uint32_t count = 0;

    allowed[count++] = &self_world_v2;
    if (v1_is_allowed)
        allowed[count++] = boot_fake_factory_kernel();
    if (v3_is_allowed)
        allowed[count++] = &self_world_v3;
    allowed[count] = NULL;
    server_fake_reset();
    server_fake_target(has_app ? &app : NULL);
    server_fake_microvisor(offered, true);
    ns_fake_reset();
    board_fake_reset(1);
    port_stream_close();
    boot_fake_watch(allowed);
    flash_fake_watch(boot_fake_on_write);
    flash_fake_restart();
    on = boot_fake_power_on();
    if (on)
        microvisor_init();
}

const char *self_world_broken(void)
{
    const char *broken = boot_fake_broken();

    if (broken == NULL && has_app && port_ns_state() == PORT_NS_RUNNING &&
        memcmp(ns_fake_code(), app.image, port_flash_bytes(PORT_FLASH_APP)) != 0)
        broken = "X-9 another application runs";
    return broken != NULL ? broken : flash_fake_violation();
}

const char *self_world_run(void)
{
    const char *broken;
    bool finished;

    self_world_power_on(wanted);
    finished = on && device_fake_run(self_world_is_over, LIMIT_MS);
    broken = self_world_broken();
    if (broken == NULL && server_fake_broken())
        broken = "X-6 the device broke the protocol";
    if (broken == NULL && !finished)
        broken = "X-2 the device does not end up where it should";
    return broken;
}

void self_world_want(const struct kernel_fake *new_wanted, otr_UpdateError new_refusal)
{
    wanted = new_wanted;
    refusal = new_refusal;
}

void self_world_allow(bool v1, bool v3)
{
    v1_is_allowed = v1;
    v3_is_allowed = v3;
}

static void install_app(void)
{
    const char *broken;

    bundle_fake_start(&app, 1);
    bundle_fake_layer(&app, 0, port_flash_bytes(PORT_FLASH_APP), BLOCK_BYTES + 100, 1, 0, true);
    bundle_fake_finish(&app, BUNDLE_FAKE_SIGNER);
    self_world_want(boot_fake_factory_kernel(), otr_UpdateError_UPDATE_OK);
    server_fake_target(&app);
    server_fake_microvisor(NULL, true);
    broken = device_fake_boot() && device_fake_run(app_is_right, LIMIT_MS) ? NULL : "it does not run";
    if (broken != NULL)
        fprintf(stderr, "the application: %s\n%s\n", broken, board_fake_console());
}

void self_world_make(bool with_app, uint32_t ratchet)
{
    has_app = with_app;
    self_world_allow(true, true);
    scenario_small_flash();
    flash_fake_resize(PORT_FLASH_APP, 2 * BLOCK_BYTES);
    flash_fake_resize(PORT_FLASH_STAGING, 2 * BLOCK_BYTES);
    boot_fake_slots(SELF_WORLD_SLOT_BYTES);
    device_fake_new(true, 1);
    boot_fake_factory(ratchet);
    kernel_fake_make(&self_world_v2, V2_NUMBER, ratchet, KERNEL_FAKE_GOOD, SELF_WORLD_IMAGE_BYTES);
    kernel_fake_make(&self_world_v3, V3_NUMBER, ratchet, KERNEL_FAKE_GOOD, SELF_WORLD_IMAGE_BYTES);
    if (with_app)
        install_app();
}
