/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports of the whole core against a small server in memory: recorded, kept over power cuts, delivered, acknowledged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/core_limits.h"
#include "port/port_clock.h"
#include "port/port_hpke.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define PLACE 0x00200122u

static struct bundle_fake app;
static uint32_t wanted_reports;

static int new_device(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_CRASH, 8 * PORT_FLASH_SECTOR_BYTES);
    device_fake_new(true, 1);
    bundle_fake_simple(&app, 1, 3 * BLOCK_BYTES, 0, true);
    return 0;
}

static void make_bundle(bool with_key, uint32_t stack_bytes)
{
    bundle_fake_start(&app, 2);
    app.body.has_crash = true;
    app.body.crash.minimum_restart_ms = 50;
    app.body.crash.maximum_restart_ms = 50;
    app.body.crash.include_stack_bytes = stack_bytes;
    if (with_key) {
        app.body.crash.crash_report_pubkey.size = 65;
        crypto_fake_point(9, app.body.crash.crash_report_pubkey.bytes);
    }
    bundle_fake_layer(&app, 0, FLASH_FAKE_APP_BYTES, 100, 1, 0, true);
    bundle_fake_finish(&app, BUNDLE_FAKE_SIGNER);
}

static bool is_connected(void)
{
    return server_fake_connected();
}

static bool is_running(void)
{
    return port_ns_state() == PORT_NS_RUNNING;
}

static bool has_reports(void)
{
    return server_fake_report_count() >= wanted_reports;
}

static void await_reports(uint32_t count)
{
    wanted_reports = count;
    assert_true(device_fake_run(has_reports, 30000));
    device_fake_run_ms(1000);
    assert_int_equal(server_fake_report_count(), count);
    assert_false(server_fake_broken());
    if (flash_fake_violation() != NULL)
        fail_msg("flash: %s", flash_fake_violation());
}

static void boot_and_install(void)
{
    device_fake_boot();
    server_fake_target(&app);
    assert_true(device_fake_run(is_running, 20000));
    assert_true(device_fake_run(is_connected, 20000));
}

static void crash_at(uint32_t pc)
{
    assert_true(device_fake_run(is_running, 400000));
    for (uint32_t i = 0; i < 64; i++)
        ns_fake_ram()[NS_FAKE_SP - NS_FAKE_RAM + i] = (uint8_t)(pc + i);
    ns_fake_fault(otr_CrashCause_CRASH_MEM_FAULT, pc);
    device_fake_run_ms(1);
}

static void assert_registers(const uint8_t *bytes, uint32_t pc)
{
    for (uint32_t i = 0; i < 13; i++)
        assert_int_equal(bytes_get_u32(bytes + 4 * i), 100 + i);
    assert_int_equal(bytes_get_u32(bytes + 4 * 13), NS_FAKE_SP);
    assert_int_equal(bytes_get_u32(bytes + 4 * 15), pc);
}

static void a_crash_is_reported_once_with_registers_and_stack(void **state)
{
    const otr_CrashReport *report = server_fake_report(0);

    (void)state;
    make_bundle(false, 48);
    boot_and_install();
    crash_at(PLACE);
    await_reports(1);
    assert_int_equal(report->origin, otr_CrashOrigin_CRASH_OF_APP);
    assert_true(report->boot_id == server_fake_hello()->boot_id);
    assert_true(report->device_us != 0 && report->device_us < port_clock_us());
    assert_string_equal(report->app_sid, app.app_sid);
    assert_int_equal(report->microvisor_number, BOOT_FAKE_NUMBER);
    assert_int_equal(report->crash.cause, otr_CrashCause_CRASH_MEM_FAULT);
    assert_int_equal(report->crash.pc, PLACE);
    assert_int_equal(report->crash.restart_in_ms, 50);
    assert_int_equal(report->crash.count, 1);
    assert_int_equal(report->registers.size, 68);
    assert_registers(report->registers.bytes, PLACE);
    assert_int_equal(report->stack.size, 48);
    for (uint32_t i = 0; i < 48; i++)
        assert_int_equal(report->stack.bytes[i], (uint8_t)(PLACE + i));
    device_fake_boot();
    device_fake_run_ms(20000);
    assert_int_equal(server_fake_report_count(), 1);
}

static void with_a_key_only_its_owner_reads_it(void **state)
{
    uint8_t key[65], id[8], sealed[600];
    const struct port_hpke_purpose purpose = { "outrigger-crash-v1", 18, id, 8 };
    const otr_CrashReport *report = server_fake_report(0);

    (void)state;
    make_bundle(true, 48);
    boot_and_install();
    crash_at(PLACE);
    await_reports(1);
    assert_int_equal(report->registers.size + report->stack.size, 0);
    assert_int_equal(report->sealed.size, 65 + 68 + 48 + 16);
    for (int i = 0; i < 8; i++)
        id[i] = (uint8_t)(report->report_id >> (56 - 8 * i));
    memcpy(sealed, report->sealed.bytes, report->sealed.size);
    crypto_fake_point(9, key);
    assert_int_equal(port_hpke_open(key, key, &purpose, sealed, report->sealed.size), 0);
    assert_registers(sealed + 65, PLACE);
}

static void a_bundle_that_says_nothing_gets_registers_only(void **state)
{
    (void)state;
    boot_and_install();
    crash_at(PLACE);
    await_reports(1);
    assert_int_equal(server_fake_report(0)->registers.size, 68);
    assert_int_equal(server_fake_report(0)->stack.size, 0);
}

static void without_server_reports_wait_over_power_cuts(void **state)
{
    (void)state;
    make_bundle(false, 16);
    boot_and_install();
    server_fake_faults()->unreachable = true;
    server_fake_disconnect();
    for (uint32_t i = 0; i < 3; i++) {
        crash_at(PLACE + i);
        device_fake_boot();
    }
    server_fake_faults()->unreachable = false;
    await_reports(3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(server_fake_report(i)->crash.pc, PLACE + i);
        assert_string_equal(server_fake_report(i)->app_sid, app.app_sid);
    }
}

static void a_report_that_is_not_taken_is_sent_once_in_each_session(void **state)
{
    (void)state;
    make_bundle(false, 16);
    boot_and_install();
    server_fake_take_reports(false);
    crash_at(PLACE);
    crash_at(PLACE + 1);
    await_reports(1);
    device_fake_run_ms(60000);
    assert_int_equal(server_fake_report_count(), 1);
    server_fake_disconnect();
    await_reports(2);
    assert_true(server_fake_report(1)->report_id == server_fake_report(0)->report_id);
    server_fake_take_reports(true);
    server_fake_disconnect();
    await_reports(4);
    assert_true(server_fake_report(2)->report_id == server_fake_report(0)->report_id);
    assert_int_equal(server_fake_report(3)->crash.pc, PLACE + 1);
}

static void an_acknowledgement_of_something_else_is_ignored(void **state)
{
    otr_ServerMessage ack = { .which_body = otr_ServerMessage_crash_ack_tag };

    (void)state;
    boot_and_install();
    server_fake_take_reports(false);
    crash_at(PLACE);
    await_reports(1);
    ack.body.crash_ack.report_id = server_fake_report(0)->report_id ^ 2;
    server_fake_send(&ack);
    device_fake_run_ms(1000);
    assert_int_equal(server_fake_hellos(), 1);
    server_fake_disconnect();
    await_reports(2);
}

static void a_crash_loop_is_told_in_full_and_kept_in_part(void **state)
{
    (void)state;
    make_bundle(false, 16);
    boot_and_install();
    for (uint32_t i = 0; i < 30; i++)
        crash_at(PLACE + i);
    await_reports(CRASH_BURST);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_CRASH, "application crashed"), 30);
    assert_int_equal(
        server_fake_count_logs(otr_LogKind_LOG_MICROVISOR,
                               "too many crashes: from now on a report is kept every 30 minutes at most"),
        1);
}

static void the_microvisors_last_words_are_delivered_by_its_next_start(void **state)
{
    static struct port_crash crash;
    const otr_CrashReport *report = server_fake_report(0);

    (void)state;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 20000));
    crash = (struct port_crash){
        .boot_id = board_fake_run_name(),
        .device_us = 5000000,
        .microvisor_number = 99,
        .fault = { .cause = otr_CrashCause_CRASH_WATCHDOG, .pc = 0x10012344u, .registers_known = true },
        .stack_words = 2,
        .stack = { 0x10010001u, 0 }
    };
    assert_true(crash.boot_id == server_fake_hello()->boot_id);
    board_fake_crash(&crash);
    device_fake_boot();
    assert_null(port_crash_last());
    device_fake_boot(); /* the record is in flash by now */
    await_reports(1);
    assert_int_equal(report->origin, otr_CrashOrigin_CRASH_OF_MICROVISOR);
    assert_true(report->boot_id == crash.boot_id && report->boot_id != server_fake_hello()->boot_id);
    assert_int_equal(report->microvisor_number, 99);
    assert_int_equal(report->crash.cause, otr_CrashCause_CRASH_WATCHDOG);
    assert_int_equal(report->crash.pc, 0x10012344u);
    assert_int_equal(report->stack.size, 8);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "microvisor crashed in its last run"),
                     0);
}

/* Also before it has an identity: the factory reads the console. */
static void last_words_are_told_on_console_and_log(void **state)
{
    static struct port_crash crash;

    (void)state;
    board_fake_crash(&crash);
    device_fake_boot();
    assert_non_null(strstr(board_fake_console(), "crash of microvisor report=kept dropped=0"));
    assert_true(device_fake_run(is_connected, 20000));
    device_fake_run_ms(1000);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "microvisor crashed in its last run"),
                     1);
}

static void a_board_without_room_goes_on(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_CRASH, 0);
    device_fake_new(true, 1);
    boot_and_install();
    crash_at(PLACE);
    device_fake_run_ms(5000);
    assert_int_equal(server_fake_report_count(), 0);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_CRASH, "application crashed"), 1);
    assert_true(is_running());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_crash_is_reported_once_with_registers_and_stack, new_device),
        cmocka_unit_test_setup(with_a_key_only_its_owner_reads_it, new_device),
        cmocka_unit_test_setup(a_bundle_that_says_nothing_gets_registers_only, new_device),
        cmocka_unit_test_setup(without_server_reports_wait_over_power_cuts, new_device),
        cmocka_unit_test_setup(a_report_that_is_not_taken_is_sent_once_in_each_session, new_device),
        cmocka_unit_test_setup(an_acknowledgement_of_something_else_is_ignored, new_device),
        cmocka_unit_test_setup(a_crash_loop_is_told_in_full_and_kept_in_part, new_device),
        cmocka_unit_test_setup(the_microvisors_last_words_are_delivered_by_its_next_start, new_device),
        cmocka_unit_test_setup(last_words_are_told_on_console_and_log, new_device),
        cmocka_unit_test_setup(a_board_without_room_goes_on, new_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
