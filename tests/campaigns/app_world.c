/* SPDX-License-Identifier: Apache-2.0 */
/* The device with two applications; see app_world.h. */
#include "campaigns/app_world.h"

#include <string.h>

#include "campaigns/scenarios.h"
#include "port/port_main.h"
#include "port/port_stream.h"
#include "proto/limits.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define OLD_BYTES     (2u * BLOCK_BYTES + 100)
#define NEW_BYTES     (3u * BLOCK_BYTES - 50)
#define CHANGED_BYTES 10u
/* Layers without a block list are fetched again after each cut, which makes far more states per block. */
#define OLD_WHOLE_BYTES 300u
#define NEW_WHOLE_BYTES (BLOCK_BYTES + 200)
#define LIMIT_MS        900000u /* of simulated time: retries with backoff end long before */

struct bundle_fake app_world_v1, app_world_v2;
static const struct bundle_fake *wanted, *old;
static bool wrong_code, written_while_running, altered;

static bool holds_code(const struct bundle_fake *bundle)
{
    return memcmp(ns_fake_code(), bundle->image, APP_WORLD_SLOT_BYTES) == 0;
}

/* Does the code window hold its code, and external flash its layers? */
static bool is_in_place(const struct bundle_fake *bundle)
{
    return holds_code(bundle) && bundle_fake_external_is(bundle, flash_fake_bytes(PORT_FLASH_EXTERNAL));
}

void app_world_external_altered(bool is_altered)
{
    altered = is_altered;
}

static void on_start(void)
{
    bool (*const is_good)(const struct bundle_fake *bundle) = altered ? holds_code : is_in_place;

    if ((old == NULL || !is_good(old)) && !is_good(wanted))
        wrong_code = true;
}

static void on_write(enum port_flash_area area)
{
    if ((area == PORT_FLASH_APP || area == PORT_FLASH_EXTERNAL) && port_ns_state() != PORT_NS_OFF)
        written_while_running = true;
}

bool app_world_runs_wanted(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE &&
           memcmp(status->manifest_sha256.bytes, wanted->manifest.sha256, SHA256_BYTES) == 0 &&
           is_in_place(wanted);
}

void scenario_power_on(const struct bundle_fake *target)
{
    server_fake_reset();
    server_fake_target(target);
    ns_fake_reset();
    board_fake_reset(1);
    port_stream_close();
    flash_fake_restart();
    (void)boot_fake_power_on(); /* these devices have one microvisor, which came from nowhere */
    microvisor_init();
}

void app_world_power_on(const struct bundle_fake *target)
{
    wrong_code = written_while_running = false;
    scenario_power_on(target);
    ns_fake_on_start(on_start);
    flash_fake_watch(on_write);
}

const char *app_world_broken(void)
{
    if (wrong_code)
        return "U-1 wrong code was started";
    if (written_while_running)
        return "U-3 flash was written while an application ran";
    return flash_fake_violation();
}

const char *app_world_run(uint32_t progress)
{
    const char *broken;
    bool finished;

    (void)progress;
    app_world_power_on(wanted);
    finished = device_fake_run(app_world_runs_wanted, LIMIT_MS);
    broken = app_world_broken();
    if (broken == NULL && server_fake_broken())
        broken = "U-6 the device broke the protocol";
    if (broken == NULL && !finished)
        broken = "U-2 the device does not end up running what is wanted";
    return broken;
}

static void make_bundle(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                        bool with_list)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, APP_WORLD_SLOT_BYTES, length, 1, changed, with_list);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

void scenario_small_flash(void)
{
    flash_fake_resize(PORT_FLASH_APP, APP_WORLD_SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_STAGING, APP_WORLD_SLOT_BYTES);
    flash_fake_resize(PORT_FLASH_EXTERNAL, 0);
    flash_fake_resize(PORT_FLASH_KV, 4 * BLOCK_BYTES);
}

void app_world_make(bool staging, bool with_list)
{
    scenario_small_flash();
    device_fake_new(staging, 1);
    make_bundle(&app_world_v1, 1, with_list ? OLD_BYTES : OLD_WHOLE_BYTES, 0, with_list);
    make_bundle(&app_world_v2, 2, with_list ? NEW_BYTES : NEW_WHOLE_BYTES, CHANGED_BYTES, with_list);
}

/* A layer of three blocks in a region of four, of which one block stays, one changes, one vanishes. */
static void make_external(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                          uint32_t code_changed, bool encrypted)
{
    bundle_fake_start(bundle, n);
    bundle_fake_layer(bundle, 0, APP_WORLD_SLOT_BYTES, 200, 1, code_changed, true);
    bundle_fake_external_layer(bundle, 0, 4 * BLOCK_BYTES, length, 2, changed);
    if (encrypted)
        bundle_fake_encrypt(bundle, APP_WORLD_DECRYPTER);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

void app_world_make_external(bool staging, uint32_t beside_bytes, bool same_code)
{
    scenario_small_flash();
    flash_fake_resize(PORT_FLASH_EXTERNAL, 4 * BLOCK_BYTES);
    flash_fake_resize(PORT_FLASH_STAGING, APP_WORLD_SLOT_BYTES + beside_bytes);
    device_fake_new(staging, 1);
    make_external(&app_world_v1, 1, 3 * BLOCK_BYTES, 0, 0, false);
    make_external(&app_world_v2, 2, 2 * BLOCK_BYTES, CHANGED_BYTES, same_code ? 0 : CHANGED_BYTES, false);
}

static bool has_decrypter(void)
{
    return server_fake_keys_status()->layer_decrypters_count == 1;
}

void app_world_make_encrypted(bool staging, uint32_t beside_bytes)
{
    static struct keys_fake message;

    app_world_make_external(staging, beside_bytes, false);
    make_external(&app_world_v1, 1, 3 * BLOCK_BYTES, 0, 0, true);
    make_external(&app_world_v2, 2, 2 * BLOCK_BYTES, CHANGED_BYTES, CHANGED_BYTES, true);
    keys_fake_begin(1);
    keys_fake_add_decrypter_for_device(APP_WORLD_DECRYPTER);
    keys_fake_sign(BUNDLE_FAKE_SIGNER, &message);
    scenario_power_on(NULL);
    server_fake_keys(&message, 1);
    (void)device_fake_run(has_decrypter, LIMIT_MS);
}

void app_world_want(const struct bundle_fake *new_wanted, const struct bundle_fake *new_old)
{
    wanted = new_wanted;
    old = new_old;
}
