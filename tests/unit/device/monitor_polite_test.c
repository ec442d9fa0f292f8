/* SPDX-License-Identifier: Apache-2.0 */
/* Polite updates (P1, P2): the whole core against a small server, with an application that asked to be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/sys/mv_abi.h"
#include "port/port_syscall.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define RECORDS (NS_FAKE_RAM + 1024)
#define OUT     (NS_FAKE_RAM + 64)
#define AT      NS_FAKE_RAM
#define TAG     77u

static struct bundle_fake v1, v2;
static const struct bundle_fake *expected;

static uint32_t call(uint32_t slot, uint32_t a, uint32_t b)
{
    const uint32_t args[4] = { a, b };

    return port_syscall(slot, args, false);
}

static void put(const void *data, size_t length)
{
    memcpy(ns_fake_ram(), data, length);
}

static uint32_t out_word(void)
{
    uint32_t value;

    memcpy(&value, ns_fake_ram() + 64, sizeof(value));
    return value;
}

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0 &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE;
}

static bool waits(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_READY;
}

static void assert_becomes(const struct bundle_fake *bundle, uint32_t limit_ms)
{
    expected = bundle;
    assert_true(device_fake_run(runs_expected, limit_ms));
    assert_memory_equal(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES);
    assert_false(server_fake_broken());
}

/* v1 runs; its bundle says how long it may keep updates waiting. */
static void install_v1(uint32_t politeness_sec)
{
    bundle_fake_start(&v1, 1);
    v1.body.has_update = true;
    v1.body.update.maximum_politeness_time_sec = politeness_sec;
    bundle_fake_layer(&v1, 0, FLASH_FAKE_APP_BYTES, 5 * BLOCK_BYTES, 1, 0, true);
    bundle_fake_finish(&v1, BUNDLE_FAKE_SIGNER);
    bundle_fake_simple(&v2, 2, 5 * BLOCK_BYTES + 100, BLOCK_BYTES, true);
    device_fake_boot();
    server_fake_target(&v1);
    assert_becomes(&v1, 20000);
}

static uint32_t listen(void)
{
    const struct mv_notification_setup setup = { NS_FAKE_IRQ_MIN, RECORDS, 64 };
    struct mv_open_system_notification open = { 0, TAG, MV_SOURCE_UPDATE };

    put(&setup, sizeof(setup));
    assert_int_equal(call(MV_SLOT_SETUP_NOTIFICATIONS, AT, OUT), MV_OKAY);
    open.notification_handle = out_word();
    put(&open, sizeof(open));
    assert_int_equal(call(MV_SLOT_OPEN_SYSTEM_NOTIFICATION, AT, OUT), MV_OKAY);
    return out_word();
}

static int new_device(void **state)
{
    (void)state;
    device_fake_new(true, 1);
    return 0;
}

static void assert_told_once(void)
{
    struct mv_notification records[2];

    memcpy(records, ns_fake_ram() + 1024, sizeof(records));
    assert_int_equal(records[0].event_type, MV_EVENT_UPDATE_DOWNLOADED);
    assert_int_equal(records[0].tag, TAG);
    assert_int_equal(records[1].event_type, MV_EVENT_NONE);
    assert_int_equal(ns_fake_pended(NS_FAKE_IRQ_MIN), 1);
}

static void update_waits_until_the_application_gives_leave(void **state)
{
    (void)state;
    install_v1(0);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    assert_told_once();
    device_fake_run_ms(3600000);
    assert_true(waits());
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    assert_int_equal(ns_fake_starts(), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA, "UPDATE_DOWNLOADED"), 1);
    assert_int_equal(call(MV_SLOT_RESTART, MV_RESTART_AUTO_APPLY_UPDATE, 0), MV_OKAY);
    assert_becomes(&v2, 2000);
    assert_int_equal(ns_fake_starts(), 2); /* v1 was not started again in between */
}

static void patience_ends_with_the_running_bundle_s_time(void **state)
{
    (void)state;
    install_v1(60);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    device_fake_run_ms(59000);
    assert_true(waits());
    assert_becomes(&v2, 3000);
}

static void patience_ends_after_a_day_if_the_bundle_does_not_say(void **state)
{
    (void)state;
    install_v1(0);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    device_fake_run_ms(POLITENESS_DEFAULT_SEC * 1000 - 20000);
    assert_true(waits());
    assert_becomes(&v2, 40000);
}

static void who_does_not_listen_is_not_asked(void **state)
{
    uint32_t handle;

    (void)state;
    install_v1(0);
    handle = listen();
    memcpy(ns_fake_ram() + 64, &handle, sizeof(handle));
    assert_int_equal(call(MV_SLOT_CLOSE_SYSTEM_NOTIFICATION, OUT, 0), MV_OKAY);
    assert_int_equal(out_word(), 0);
    server_fake_target(&v2);
    assert_becomes(&v2, 20000);
}

static void closing_the_notification_gives_leave(void **state)
{
    uint32_t handle;

    (void)state;
    install_v1(0);
    handle = listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    memcpy(ns_fake_ram() + 64, &handle, sizeof(handle));
    assert_int_equal(call(MV_SLOT_CLOSE_SYSTEM_NOTIFICATION, OUT, 0), MV_OKAY);
    assert_becomes(&v2, 2000);
}

static void a_crash_gives_leave(void **state)
{
    (void)state;
    install_v1(0);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    ns_fake_fault(otr_CrashCause_CRASH_USAGE_FAULT, NS_FAKE_CODE);
    assert_becomes(&v2, 2000);
}

static void something_else_may_become_wanted_meanwhile(void **state)
{
    (void)state;
    install_v1(0);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    server_fake_target(&v1);
    assert_becomes(&v1, 2000);
    assert_int_equal(ns_fake_starts(), 1); /* nothing had to be done */
}

static void power_cut_while_waiting_installs(void **state)
{
    (void)state;
    install_v1(0);
    (void)listen();
    server_fake_target(&v2);
    assert_true(device_fake_run(waits, 20000));
    device_fake_boot(); /* the application that was asked is gone */
    assert_becomes(&v2, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(update_waits_until_the_application_gives_leave, new_device),
        cmocka_unit_test_setup(patience_ends_with_the_running_bundle_s_time, new_device),
        cmocka_unit_test_setup(patience_ends_after_a_day_if_the_bundle_does_not_say, new_device),
        cmocka_unit_test_setup(who_does_not_listen_is_not_asked, new_device),
        cmocka_unit_test_setup(closing_the_notification_gives_leave, new_device),
        cmocka_unit_test_setup(a_crash_gives_leave, new_device),
        cmocka_unit_test_setup(something_else_may_become_wanted_meanwhile, new_device),
        cmocka_unit_test_setup(power_cut_while_waiting_installs, new_device),
    };

    return cmocka_run_group_tests_name("monitor_polite", tests, NULL, NULL);
}
