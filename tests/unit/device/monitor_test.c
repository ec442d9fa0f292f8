/* SPDX-License-Identifier: Apache-2.0 */
/* The whole core against a small server in memory: check-in, install, update, crash, restart, logs, tampering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/img/digest.h"
#include "core/sys/mv_abi.h"
#include "port/port_clock.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"
#include "tests/unit/device/stream_fake.h"

static struct bundle_fake v1, v2;

static const struct bundle_fake *expected;

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return server_fake_connected() && status->state == otr_AppState_APP_RUNNING &&
           status->manifest_sha256.size == SHA256_BYTES &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0 &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE;
}

static bool failed(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_FAILED;
}

static bool is_connected(void)
{
    return server_fake_connected();
}

static int new_device_with_staging(void **state)
{
    (void)state;
    device_fake_new(true, 1);
    bundle_fake_simple(&v1, 1, 5 * BLOCK_BYTES + 100, 0, true);
    bundle_fake_simple(&v2, 2, 5 * BLOCK_BYTES + 100, BLOCK_BYTES + 10, true);
    return 0;
}

static int new_device_without_staging(void **state)
{
    new_device_with_staging(state);
    device_fake_new(false, 1);
    return 0;
}

static void assert_sound(void)
{
    assert_false(server_fake_broken());
    if (flash_fake_violation() != NULL)
        fail_msg("flash: %s", flash_fake_violation());
}

static void install(const struct bundle_fake *bundle)
{
    expected = bundle;
    server_fake_target(bundle);
    assert_true(device_fake_run(runs_expected, 20000));
    assert_memory_equal(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES);
    assert_string_equal(server_fake_status()->app_sid, bundle->app_sid);
    assert_sound();
}

static void checks_in_and_says_who_it_is(void **state)
{
    (void)state;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    assert_string_equal(server_fake_hello()->board, "fake");
    assert_string_equal(server_fake_hello()->microvisor_version, BOOT_FAKE_VERSION);
    assert_int_equal(server_fake_hello()->microvisor_number, BOOT_FAKE_NUMBER);
    assert_int_equal(server_fake_hello()->boot_count, 1);
    assert_int_not_equal(server_fake_hello()->boot_id, 0);
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_NONE);
    assert_true(stream_fake.unix_s >= 1700000000u);
    assert_sound();
}

static void keeps_the_connection_alive_with_pings(void **state)
{
    (void)state;
    device_fake_boot();
    device_fake_run_ms(300000);
    assert_int_equal(server_fake_hellos(), 1);
    assert_in_range(server_fake_pings(), 30, 40);
}

static void gives_up_a_mute_server_after_two_and_a_half_heartbeats(void **state)
{
    (void)state;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    device_fake_run_ms(100);
    server_fake_faults()->mute = true;
    device_fake_run_ms(24000);
    assert_int_equal(stream_fake.opens, 1);
    assert_true(stream_fake.open);
    device_fake_run_ms(9000);
    server_fake_faults()->mute = false;
    device_fake_run_ms(30000);
    assert_true(stream_fake.opens >= 2);
    assert_true(server_fake_connected());
}

static void installs_and_starts_the_first_application(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    assert_int_equal(ns_fake_starts(), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA, "INSTALLING_APP"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA, "STARTING_NEW_APP"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_OTA, "COMPLETE"), 1);
}

static void updates_in_place_and_fetches_only_what_differs(void **state)
{
    uint64_t before;

    (void)state;
    device_fake_boot();
    install(&v1);
    before = server_fake_blob_bytes();
    install(&v2);
    assert_int_equal(ns_fake_starts(), 2);
    assert_int_equal(server_fake_hellos(), 1);
    assert_int_equal(server_fake_blob_bytes() - before,
                     v2.manifest.length + 6 * SHA256_BYTES + 2 * BLOCK_BYTES);
}

static void installs_a_bundle_without_block_list(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    bundle_fake_simple(&v2, 2, 3 * BLOCK_BYTES + 7, 50, false);
    install(&v2);
    install(&v1);
}

static void installs_two_layers(void **state)
{
    (void)state;
    bundle_fake_start(&v2, 2);
    bundle_fake_layer(&v2, 0, 4 * BLOCK_BYTES, 5000, 1, 0, true);
    bundle_fake_layer(&v2, 6 * BLOCK_BYTES, 8 * BLOCK_BYTES, 3 * BLOCK_BYTES, 2, 0, false);
    bundle_fake_finish(&v2, BUNDLE_FAKE_SIGNER);
    device_fake_boot();
    install(&v1);
    install(&v2);
    install(&v1);
}

static void starts_again_after_power_on_without_server(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->unreachable = true;
    device_fake_boot();
    device_fake_run_ms(1000);
    assert_int_equal(ns_fake_starts(), 2);
    assert_memory_equal(ns_fake_code(), v1.image, FLASH_FAKE_APP_BYTES);
}

static bool started_twice(void)
{
    return ns_fake_starts() == 2;
}

static void repairs_a_damaged_block_at_start(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    flash_fake_bytes(PORT_FLASH_APP)[3 * BLOCK_BYTES + 5] ^= 0x10;
    flash_fake_bytes(PORT_FLASH_APP)[9 * BLOCK_BYTES] = 0;
    memset(flash_fake_bytes(PORT_FLASH_STAGING), 0xff, FLASH_FAKE_STAGING_BYTES);
    device_fake_boot();
    assert_true(device_fake_run(started_twice, 20000));
    assert_memory_equal(ns_fake_code(), v1.image, FLASH_FAKE_APP_BYTES);
    assert_memory_equal(flash_fake_bytes(PORT_FLASH_APP), v1.image, FLASH_FAKE_APP_BYTES);
}

static void assert_refused(otr_UpdateError error)
{
    server_fake_target(&v2);
    assert_true(device_fake_run(failed, 20000));
    assert_int_equal(server_fake_status()->error, error);
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    assert_memory_equal(server_fake_status()->target_sha256.bytes, v2.manifest.sha256, SHA256_BYTES);
    assert_int_equal(ns_fake_starts(), 1);
    assert_memory_equal(flash_fake_bytes(PORT_FLASH_APP), v1.image, FLASH_FAKE_APP_BYTES);
    assert_sound();
}

static void refuses_an_unknown_signer(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    bundle_fake_finish(&v2, BUNDLE_FAKE_SIGNER + 1);
    assert_refused(otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
}

static void refuses_a_wrong_manifest(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_other(&v1);
    server_fake_faults()->swap_manifest = true;
    assert_refused(otr_UpdateError_UPDATE_MANIFEST_HASH);
}

static void refuses_a_longer_block_list(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->extra_list_hashes = 1;
    assert_refused(otr_UpdateError_UPDATE_BLOCK_LIST);
}

static void refuses_missing_blobs_and_tries_again(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->refuse_blobs = true;
    assert_refused(otr_UpdateError_UPDATE_NOT_FOUND);
    server_fake_faults()->refuse_blobs = false;
    install(&v2);
}

static void refuses_each_flipped_blob_and_tries_again(void **state)
{
    (void)state;
    for (uint32_t flipped = 1; flipped <= 3; flipped++) { /* manifest, list, blocks */
        static const otr_UpdateError errors[] = { otr_UpdateError_UPDATE_MANIFEST_HASH,
                                                  otr_UpdateError_UPDATE_BLOCK_LIST,
                                                  otr_UpdateError_UPDATE_LAYER_HASH };

        device_fake_new(true, flipped);
        device_fake_boot();
        install(&v1);
        server_fake_faults()->flip_blob = 3 + flipped; /* v1 took three */
        assert_refused(errors[flipped - 1]);
        install(&v2);
    }
}

static void survives_a_cut_after_every_byte(void **state)
{
    bool staging = flash_fake_bytes(PORT_FLASH_STAGING) != NULL && port_flash_bytes(PORT_FLASH_STAGING) > 0;

    (void)state;
    for (uint32_t cut = 1; cut < 9000; cut += cut < 1200 ? 7 : 331) {
        device_fake_new(staging, cut);
        server_fake_faults()->chunk = cut % 1000 + 1;
        device_fake_boot();
        install(&v1);
        server_fake_faults()->cut_after = 5 * BLOCK_BYTES + cut;
        install(&v2);
    }
}

static void goes_back_when_the_old_one_is_wanted_again(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->refuse_blobs = true;
    assert_refused(otr_UpdateError_UPDATE_NOT_FOUND);
    server_fake_faults()->refuse_blobs = false;
    install(&v1);
    assert_int_equal(ns_fake_starts(), 1);
}

static void untargeted_device_keeps_its_application(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_target(NULL);
    device_fake_run_ms(5000);
    assert_true(runs_expected());
    assert_int_equal(ns_fake_starts(), 1);
}

static void a_tampered_journal_is_not_trusted(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->unreachable = true;
    flash_fake_bytes(PORT_FLASH_OTA)[4096] ^= 1; /* first expected hash */
    device_fake_boot();
    device_fake_run_ms(1000);
    assert_int_equal(ns_fake_starts(), 1);
    server_fake_faults()->unreachable = false;
    assert_true(device_fake_run(runs_expected, 400000));
    assert_sound();
}

/* Code and its expected hash changed together: only the signed list tells. */
static void a_consistently_forged_block_is_not_started(void **state)
{
    uint8_t *block = flash_fake_bytes(PORT_FLASH_APP) + BLOCK_BYTES;

    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_faults()->unreachable = true;
    block[100] ^= 1;
    digest_bytes(block, BLOCK_BYTES,
                 flash_fake_bytes(PORT_FLASH_OTA) + PORT_FLASH_SECTOR_BYTES + SHA256_BYTES);
    device_fake_boot();
    device_fake_run_ms(1000);
    assert_int_equal(ns_fake_starts(), 1);
    server_fake_faults()->unreachable = false;
    assert_true(device_fake_run(runs_expected, 400000));
    assert_memory_equal(ns_fake_code(), v1.image, FLASH_FAKE_APP_BYTES);
}

static void crash_is_reported_and_restarted_with_backoff(void **state)
{
    uint64_t crash_us, wait_ms = CRASH_RESTART_MIN_MS;

    (void)state;
    device_fake_boot();
    install(&v1);
    for (uint32_t i = 0; i < 4; i++, wait_ms *= 2) {
        crash_us = port_clock_us();
        ns_fake_fault(otr_CrashCause_CRASH_BUS_FAULT, 0x1234);
        device_fake_run_ms((uint32_t)wait_ms - 50);
        assert_int_equal(ns_fake_starts(), 1 + i);
        assert_int_equal(server_fake_status()->state, otr_AppState_APP_BACKOFF);
        device_fake_run_ms(100);
        assert_int_equal(ns_fake_starts(), 2 + i);
        assert_true(port_clock_us() - crash_us < wait_ms * 1000 + 200000);
    }
    assert_int_equal(server_fake_status()->crash_count, 4);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_CRASH, "application crashed"), 4);
    assert_int_equal(server_fake_hellos(), 1);
}

static void refused_image_is_a_crash(void **state)
{
    (void)state;
    device_fake_boot();
    ns_fake_refuse_start(true);
    server_fake_target(&v1);
    device_fake_run_ms(5000);
    assert_true(server_fake_count_logs(otr_LogKind_LOG_CRASH, "application crashed") >= 2);
    ns_fake_refuse_start(false);
    expected = &v1;
    assert_true(device_fake_run(runs_expected, 20000));
}

static void silent_application_is_restarted_by_its_watchdog(void **state)
{
    const uint32_t args[4] = { 0 };

    (void)state;
    bundle_fake_start(&v2, 2);
    v2.body.has_crash = true;
    v2.body.crash.watchdog_ms = 500;
    bundle_fake_layer(&v2, 0, FLASH_FAKE_APP_BYTES, 100, 1, 0, true);
    bundle_fake_finish(&v2, BUNDLE_FAKE_SIGNER);
    device_fake_boot();
    install(&v2);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(port_syscall(MV_SLOT_NO_OP, args, false), MV_OKAY);
        device_fake_run_ms(400);
    }
    assert_int_equal(ns_fake_starts(), 1);
    device_fake_run_ms(300 + CRASH_RESTART_MIN_MS);
    assert_int_equal(ns_fake_starts(), 2);
    assert_int_equal(server_fake_status()->crash_count, 1);
}

static void remote_and_own_restart(void **state)
{
    const uint32_t args[4] = { 0 };

    (void)state;
    device_fake_boot();
    install(&v1);
    server_fake_restart_app();
    device_fake_run_ms(100);
    assert_int_equal(ns_fake_starts(), 2);
    assert_int_equal(port_syscall(MV_SLOT_RESTART, args, false), MV_OKAY);
    device_fake_run_ms(100);
    assert_int_equal(ns_fake_starts(), 3);
    server_fake_disconnect();
    device_fake_run_ms(10000);
    assert_int_equal(ns_fake_starts(), 3); /* the same restart_seq again is no restart */
}

static void log_line(const char *text, uint32_t wanted)
{
    const uint32_t args[4] = { NS_FAKE_RAM + 0x1000, (uint32_t)strlen(text) };

    memcpy(ns_fake_ram() + 0x1000, text, strlen(text));
    assert_int_equal(port_syscall(MV_SLOT_SERVER_LOG, args, false), wanted);
}

static void application_logs_arrive_once_and_in_order(void **state)
{
    const uint32_t init[4] = { NS_FAKE_RAM, 1024 };

    (void)state;
    device_fake_boot();
    install(&v1);
    log_line("too early", MV_UNAVAILABLE);
    assert_int_equal(port_syscall(MV_SLOT_SERVER_LOGGING_INIT, init, false), MV_OKAY);
    server_fake_acknowledge(false);
    log_line("one", MV_OKAY);
    device_fake_run_ms(100);
    server_fake_disconnect();
    log_line("two", MV_OKAY);
    server_fake_acknowledge(true);
    device_fake_run_ms(5000);
    log_line("three", MV_OKAY);
    device_fake_run_ms(100);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_APP, "one"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_APP, "two"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_APP, "three"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_APP, "too early"), 0);
    server_fake_logging(false);
    device_fake_run_ms(100);
    log_line("unwanted", MV_LOGGINGDISABLEDBYSERVER);
    assert_sound();
}

static void bye_is_obeyed(void **state)
{
    (void)state;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    device_fake_run_ms(100);
    server_fake_bye(otr_ByeReason_BYE_SHUTDOWN, 7000);
    device_fake_run_ms(6500);
    assert_int_equal(stream_fake.opens, 1);
    device_fake_run_ms(2000);
    assert_int_equal(stream_fake.opens, 2);
    assert_true(server_fake_connected());
}

static void garbage_closes_the_session_and_a_new_one_follows(void **state)
{
    static const uint8_t long_control[] = { 0, 0, 0x05, 0x01, 0 };
    static const uint8_t bad_message[] = { 0, 0, 0, 2, 0xff, 0xff };

    (void)state;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    server_fake_send_raw(long_control, sizeof(long_control));
    device_fake_run_ms(3000);
    assert_int_equal(server_fake_hellos(), 2);
    server_fake_send_raw(bad_message, sizeof(bad_message));
    device_fake_run_ms(3000);
    assert_int_equal(server_fake_hellos(), 3);
    assert_true(server_fake_connected());
}

static bool wrote_slot_while_running;

static void watch_slot(enum port_flash_area area)
{
    if (area == PORT_FLASH_APP && port_ns_state() != PORT_NS_OFF)
        wrote_slot_while_running = true;
}

static bool staging(void)
{
    return server_fake_status()->phase == otr_UpdatePhase_UPDATE_STAGING;
}

static void old_application_runs_while_the_new_one_is_staged(void **state)
{
    (void)state;
    device_fake_boot();
    install(&v1);
    flash_fake_watch(watch_slot);
    server_fake_target(&v2);
    assert_true(device_fake_run(staging, 20000));
    assert_int_equal(server_fake_status()->state, otr_AppState_APP_RUNNING);
    install(&v2);
    assert_false(wrote_slot_while_running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(checks_in_and_says_who_it_is, new_device_with_staging),
        cmocka_unit_test_setup(keeps_the_connection_alive_with_pings, new_device_with_staging),
        cmocka_unit_test_setup(gives_up_a_mute_server_after_two_and_a_half_heartbeats,
                               new_device_with_staging),
        cmocka_unit_test_setup(installs_and_starts_the_first_application, new_device_with_staging),
        cmocka_unit_test_setup(updates_in_place_and_fetches_only_what_differs, new_device_with_staging),
        cmocka_unit_test_setup(updates_in_place_and_fetches_only_what_differs, new_device_without_staging),
        cmocka_unit_test_setup(installs_a_bundle_without_block_list, new_device_with_staging),
        cmocka_unit_test_setup(installs_a_bundle_without_block_list, new_device_without_staging),
        cmocka_unit_test_setup(installs_two_layers, new_device_with_staging),
        cmocka_unit_test_setup(installs_two_layers, new_device_without_staging),
        cmocka_unit_test_setup(starts_again_after_power_on_without_server, new_device_with_staging),
        cmocka_unit_test_setup(repairs_a_damaged_block_at_start, new_device_with_staging),
        cmocka_unit_test_setup(repairs_a_damaged_block_at_start, new_device_without_staging),
        cmocka_unit_test_setup(refuses_an_unknown_signer, new_device_with_staging),
        cmocka_unit_test_setup(refuses_a_wrong_manifest, new_device_with_staging),
        cmocka_unit_test_setup(refuses_a_longer_block_list, new_device_without_staging),
        cmocka_unit_test_setup(refuses_missing_blobs_and_tries_again, new_device_with_staging),
        cmocka_unit_test_setup(refuses_each_flipped_blob_and_tries_again, new_device_with_staging),
        cmocka_unit_test_setup(survives_a_cut_after_every_byte, new_device_with_staging),
        cmocka_unit_test_setup(survives_a_cut_after_every_byte, new_device_without_staging),
        cmocka_unit_test_setup(goes_back_when_the_old_one_is_wanted_again, new_device_with_staging),
        cmocka_unit_test_setup(untargeted_device_keeps_its_application, new_device_with_staging),
        cmocka_unit_test_setup(a_tampered_journal_is_not_trusted, new_device_with_staging),
        cmocka_unit_test_setup(a_consistently_forged_block_is_not_started, new_device_with_staging),
        cmocka_unit_test_setup(crash_is_reported_and_restarted_with_backoff, new_device_with_staging),
        cmocka_unit_test_setup(refused_image_is_a_crash, new_device_with_staging),
        cmocka_unit_test_setup(silent_application_is_restarted_by_its_watchdog, new_device_with_staging),
        cmocka_unit_test_setup(remote_and_own_restart, new_device_with_staging),
        cmocka_unit_test_setup(application_logs_arrive_once_and_in_order, new_device_with_staging),
        cmocka_unit_test_setup(bye_is_obeyed, new_device_with_staging),
        cmocka_unit_test_setup(garbage_closes_the_session_and_a_new_one_follows, new_device_with_staging),
        cmocka_unit_test_setup(old_application_runs_while_the_new_one_is_staged, new_device_with_staging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
