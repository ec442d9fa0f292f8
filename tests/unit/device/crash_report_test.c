/* SPDX-License-Identifier: Apache-2.0 */
/* From fault to report: registers, stack within the windows, sealing. Invariants as in core/crash/crash_report.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/crash/crash_report.h"
#include "port/port_hpke.h"
#include "port/port_status.h"
#include "proto/limits.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/ns_fake.h"

#define REGISTER_BYTES 68u

static otr_CrashReport report;
static struct port_fault fault;
static uint8_t key[65];

static int new_fault(void **state)
{
    (void)state;
    board_fake_reset(3);
    ns_fake_reset();
    crypto_fake_point(9, key);
    memset(&report, 0, sizeof(report));
    fault = (struct port_fault){ .cause = otr_CrashCause_CRASH_BUS_FAULT,
                                 .sp = NS_FAKE_RAM + 0x100,
                                 .lr = 114,
                                 .pc = 115,
                                 .xpsr = 116,
                                 .address = 0x40000000u,
                                 .address_known = true,
                                 .fault_status = 7,
                                 .secure_fault_status = 8,
                                 .registers_known = true };
    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++)
        fault.r[i] = 100 + i;
    for (uint32_t i = 0; i < NS_FAKE_RAM_SIZE; i++)
        ns_fake_ram()[i] = (uint8_t)(i * 7 + (i >> 8));
    return 0;
}

static void assert_registers(const uint8_t *bytes)
{
    for (uint32_t i = 0; i < CRASH_REGISTER_WORDS; i++)
        assert_int_equal(bytes_get_u32(bytes + 4 * i), i == 13 ? fault.sp : 100 + i);
}

static void take(const uint8_t *sealed_to, uint32_t stack_bytes)
{
    const struct crash_wish wish = { sealed_to, stack_bytes };

    memset(&report, 0, sizeof(report));
    assert_int_equal(crash_report_take(&report, &fault, &wish), 0);
    assert_true(report.report_id != 0);
}

static void what_is_known_is_described(void **state)
{
    otr_Crash crash = { .count = 5 };

    (void)state;
    crash_report_describe(&fault, &crash);
    assert_int_equal(crash.cause, otr_CrashCause_CRASH_BUS_FAULT);
    assert_int_equal(crash.pc, 115);
    assert_int_equal(crash.lr, 114);
    assert_int_equal(crash.xpsr, 116);
    assert_true(crash.address_known);
    assert_int_equal(crash.address, 0x40000000u);
    assert_int_equal(crash.fault_status, 7);
    assert_int_equal(crash.secure_fault_status, 8);
    assert_int_equal(crash.count, 0);
}

static void registers_and_as_much_stack_as_wanted(void **state)
{
    static const uint32_t wanted[] = { 0, 3, 4, 64, 511, 512, 513, 65536, UINT32_MAX };

    (void)state;
    for (uint32_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        uint32_t bytes = wanted[i] < CRASH_STACK_MAX_BYTES ? wanted[i] / 4 * 4 : CRASH_STACK_MAX_BYTES;

        take(NULL, wanted[i]);
        assert_int_equal(report.registers.size, REGISTER_BYTES);
        assert_registers(report.registers.bytes);
        assert_int_equal(report.stack.size, bytes);
        assert_memory_equal(report.stack.bytes, ns_fake_ram() + 0x100, bytes);
        assert_int_equal(report.sealed.size, 0);
    }
}

/* O2: up to the end of a window, and nothing when sp is in none. */
static void a_stack_ends_where_its_window_does(void **state)
{
    static const uint32_t nowhere[] = {
        0,           2,           NS_FAKE_RAM - 4, NS_FAKE_RAM + NS_FAKE_RAM_SIZE,
        0x38000000u, 0xe000ed00u, UINT32_MAX,      UINT32_MAX - 2
    };

    (void)state;
    for (uint32_t left = 0; left < 600; left++) {
        uint32_t bytes = left / 4 * 4 < CRASH_STACK_MAX_BYTES ? left / 4 * 4 : CRASH_STACK_MAX_BYTES;

        fault.sp = NS_FAKE_RAM + NS_FAKE_RAM_SIZE - left;
        take(NULL, CRASH_STACK_MAX_BYTES);
        assert_int_equal(report.stack.size, bytes);
        assert_memory_equal(report.stack.bytes, ns_fake_ram() + NS_FAKE_RAM_SIZE - left, bytes);
    }
    for (uint32_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        fault.sp = nowhere[i];
        take(NULL, CRASH_STACK_MAX_BYTES);
        assert_int_equal(report.stack.size, 0);
        assert_registers(report.registers.bytes);
    }
}

static void with_a_key_everything_is_sealed(void **state)
{
    uint8_t id[8];
    const struct port_hpke_purpose purpose = { "outrigger-crash-v1", 18, id, 8 };
    const uint8_t *text = report.sealed.bytes + 65;

    (void)state;
    take(key, 100);
    assert_int_equal(report.registers.size + report.stack.size, 0);
    assert_int_equal(report.sealed.size, 65 + REGISTER_BYTES + 100 + 16);
    for (int i = 0; i < 8; i++)
        id[i] = (uint8_t)(report.report_id >> (56 - 8 * i));
    assert_int_equal(port_hpke_open(key, key, &purpose, report.sealed.bytes, report.sealed.size), 0);
    assert_registers(text);
    assert_memory_equal(text + REGISTER_BYTES, ns_fake_ram() + 0x100, 100);
    take(key, CRASH_STACK_MAX_BYTES);
    assert_int_equal(report.sealed.size, CRASH_SEALED_MAX_BYTES);
}

/* O1: neither without entropy ... */
static void without_entropy_there_is_no_report(void **state)
{
    const struct crash_wish wish = { key, 100 };

    (void)state;
    board_fake_entropy_dead(true);
    assert_int_equal(crash_report_take(&report, &fault, &wish), PORT_EIO);
    assert_int_equal(report.registers.size + report.stack.size + report.sealed.size, 0);
}

static void unknown_registers_are_left_out(void **state)
{
    (void)state;
    fault.registers_known = false;
    for (uint32_t i = 0; i < 2; i++) {
        take(i == 0 ? NULL : key, 100);
        assert_int_equal(report.registers.size + report.stack.size + report.sealed.size, 0);
    }
}

static void ids_differ(void **state)
{
    uint64_t first;

    (void)state;
    take(NULL, 0);
    first = report.report_id;
    take(NULL, 0);
    assert_true(report.report_id != first);
}

static void the_microvisors_own_report_has_what_the_board_kept(void **state)
{
    static struct port_crash crash;

    (void)state;
    crash = (struct port_crash){
        .boot_id = 11, .device_us = 12, .microvisor_number = 13, .fault = fault, .stack_words = 5
    };
    for (uint32_t i = 0; i < PORT_CRASH_STACK_WORDS; i++)
        crash.stack[i] = 0x10010000u + i;
    memset(&report, 0xee, sizeof(report));
    assert_int_equal(crash_report_own(&report, &crash), 0);
    assert_int_equal(report.origin, otr_CrashOrigin_CRASH_OF_MICROVISOR);
    assert_true(report.report_id != 0 && report.boot_id == 11 && report.device_us == 12);
    assert_int_equal(report.microvisor_number, 13);
    assert_int_equal(report.crash.pc, 115);
    assert_registers(report.registers.bytes);
    assert_int_equal(report.stack.size, 20);
    assert_int_equal(bytes_get_u32(report.stack.bytes + 16), 0x10010004u);
    assert_int_equal(report.sealed.size, 0);
    assert_string_equal(report.app_sid, "");
    crash.fault.registers_known = false;
    assert_int_equal(crash_report_own(&report, &crash), 0);
    assert_int_equal(report.registers.size + report.stack.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_known_is_described, new_fault),
        cmocka_unit_test_setup(registers_and_as_much_stack_as_wanted, new_fault),
        cmocka_unit_test_setup(a_stack_ends_where_its_window_does, new_fault),
        cmocka_unit_test_setup(with_a_key_everything_is_sealed, new_fault),
        cmocka_unit_test_setup(without_entropy_there_is_no_report, new_fault),
        cmocka_unit_test_setup(unknown_registers_are_left_out, new_fault),
        cmocka_unit_test_setup(ids_differ, new_fault),
        cmocka_unit_test_setup(the_microvisors_own_report_has_what_the_board_kept, new_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
