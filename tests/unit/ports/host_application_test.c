/* SPDX-License-Identifier: Apache-2.0 */
/* The host's scripted application makes the system calls that its script says, inside its windows, and
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_ns.h"
#include "port/port_status.h"
#include "port/port_syscall.h"
#include "ports/host/host.h"
#include "ports/host/memory.h"

/* What the application did: one line per system call, and log text. */
static char calls[4096];
static unsigned wakes;
static uint64_t now_us;

uint64_t port_clock_us(void)
{
    return now_us;
}

void port_wake(void)
{
    wakes++;
}

static void note(const char *text)
{
    size_t used = strlen(calls);

    (void)snprintf(calls + used, sizeof calls - used, "%s\n", text);
}

static uint32_t note_log(const uint32_t args[4])
{
    char text[1100] = "log ";

    assert_true(args[1] <= 1024);
    assert_int_equal(port_ns_read(args[0], text + 4, args[1]), PORT_OK);
    note(text);
    return 0;
}

/* Has to wait args[0] times, and counts by its mark. */
static uint32_t note_wait(const uint32_t args[4])
{
    uint32_t waited = port_syscall_mark();

    note(waited == 0 ? "asked" : "asked again");
    if (waited == args[0]) {
        return 33;
    }
    port_syscall_mark_set(waited + 1);
    return PORT_SYSCALL_AGAIN;
}

uint32_t port_syscall(uint32_t slot, const uint32_t args[4], bool from_handler)
{
    static const char id[] = "UV00112233445566778899aabbccddeeff";
    uint64_t us = 123456;
    char text[64];

    assert_false(from_handler);
    switch (slot) {
    case 37:
        return note_log(args);
    case 5:
        return port_ns_write(args[0], id, args[1]) == PORT_OK ? 0 : 2;
    case 2:
        return port_ns_write(args[0], &us, sizeof us) == PORT_OK ? 0 : 2;
    case 70:
        return note_wait(args);
    default:
        (void)snprintf(text, sizeof text, "call %u %x %x %x %x", slot, args[0], args[1], args[2], args[3]);
        note(text);
        return slot == 36 ? 0 : 10;
    }
}

static int start(const char *script)
{
    port_ns_stop(true);
    calls[0] = '\0';
    wakes = 0;
    now_us = 1000;
    assert_int_equal(port_ns_load(0, script, (uint32_t)strlen(script)), PORT_OK);
    assert_int_equal(port_ns_load_finish((uint32_t)strlen(script)), PORT_OK);
    return port_ns_start();
}

static void only_scripts_start(void **state)
{
    (void)state;
    assert_int_equal(start(""), PORT_EINVAL);
    assert_int_equal(start("#!outrigger"), PORT_EINVAL);
    assert_int_equal(start("\x00\x00\x28\x28"), PORT_EINVAL);
    assert_int_equal(port_ns_state(), PORT_NS_OFF);
    assert_int_equal(start("#!outrigger-host\n"), PORT_OK);
    assert_int_equal(port_ns_start(), PORT_EINVAL);
    assert_int_equal(port_ns_load(0, "x", 1), PORT_EINVAL);
    assert_int_equal(port_ns_state(), PORT_NS_RUNNING);
}

static void log_lines_are_system_calls_with_addresses(void **state)
{
    (void)state;
    assert_int_equal(
        start("#!outrigger-host\n# comment\n\nlog id %d n %n us %u 100%%\ncall 27 1 0x10\nlog status %s"),
        PORT_OK);
    assert_true(host_application_run() == UINT64_MAX);
    assert_string_equal(calls, "call 36 28200000 1000 0 0\n"
                               "log id UV00112233445566778899aabbccddeeff n 1 us 123456 100%\n"
                               "call 27 1 10 0 0\n"
                               "log status 10\n");
}

static void sleeping_waits_for_the_clock(void **state)
{
    (void)state;
    assert_int_equal(start("#!outrigger-host\nlog a\nsleep 5\nlog b\n"), PORT_OK);
    assert_true(host_application_run() == 6000);
    assert_null(strstr(calls, "log b"));
    now_us = 5999;
    assert_true(host_application_run() == 6000);
    now_us = 6000;
    assert_true(host_application_run() == UINT64_MAX);
    assert_non_null(strstr(calls, "log b"));
}

static void a_call_that_must_wait_is_made_again(void **state)
{
    (void)state;
    assert_int_equal(start("#!outrigger-host\nlog a\ncall 70 2\nlog status %s\ncall 70 1\n"), PORT_OK);
    assert_true(host_application_run() == now_us); /* the microvisor has its turn, then the script at once */
    assert_true(host_application_run() == now_us);
    assert_string_equal(calls, "call 36 28200000 1000 0 0\nlog a\nasked\nasked again\n");
    assert_true(host_application_run() == now_us);
    assert_true(host_application_run() == UINT64_MAX);
    assert_string_equal(calls, "call 36 28200000 1000 0 0\nlog a\nasked\nasked again\nasked again\n"
                               "log status 33\nasked\nasked again\n");
}

static void loops_end_or_do_not(void **state)
{
    (void)state;
    assert_int_equal(start("#!outrigger-host\nlog a\nloop\nlog b\nrepeat 2\nlog c\n"), PORT_OK);
    assert_true(host_application_run() == UINT64_MAX);
    assert_string_equal(calls, "call 36 28200000 1000 0 0\nlog a\nlog b\nlog b\nlog b\nlog c\n");
    assert_int_equal(start("#!outrigger-host\nloop\nrepeat\n"), PORT_OK);
    assert_true(host_application_run() != UINT64_MAX); /* gives its turn up although it never sleeps */
}

static void crashes_are_faults_with_a_place(void **state)
{
    struct port_fault fault;
    char said;

    (void)state;
    assert_int_equal(start("#!outrigger-host\nlog a\ncrash 1\nlog b\n"), PORT_OK);
    assert_int_equal(port_ns_fault(&fault), PORT_ENOENT);
    assert_true(host_application_run() == UINT64_MAX);
    assert_int_equal(port_ns_state(), PORT_NS_FAULTED);
    assert_int_equal(wakes, 1);
    assert_int_equal(port_ns_fault(&fault), PORT_OK);
    assert_int_equal(fault.cause, 1);
    assert_int_equal(fault.pc, MEMORY_CODE_ADDRESS + strlen("#!outrigger-host\nlog a\n"));
    assert_int_equal(fault.r[1], 1);
    assert_int_equal(port_ns_read(fault.sp, &said, 1), PORT_OK);
    assert_int_equal(said, 'a');
    assert_null(strstr(calls, "log b"));
    assert_int_equal(start("#!outrigger-host\nno such verb\n"), PORT_OK);
    assert_true(host_application_run() == UINT64_MAX);
    assert_int_equal(port_ns_fault(&fault), PORT_OK);
    assert_int_equal(fault.cause, 9);
}

static void a_stopped_application_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(start("#!outrigger-host\nloop\nlog a\nrepeat\n"), PORT_OK);
    port_ns_stop(false);
    calls[0] = '\0';
    assert_true(host_application_run() == UINT64_MAX);
    assert_string_equal(calls, "");
}

static void memory_ends_at_its_windows(void **state)
{
    const uint32_t ram_end = MEMORY_RAM_ADDRESS + MEMORY_RAM_BYTES;
    const uint32_t code_end = MEMORY_CODE_ADDRESS + MEMORY_CODE_BYTES;
    uint8_t buf[8];

    (void)state;
    assert_int_equal(start("#!outrigger-host\n"), PORT_OK);
    assert_true(port_ns_writable(ram_end - 8, 8));
    assert_false(port_ns_writable(ram_end - 8, 9));
    assert_false(port_ns_writable(MEMORY_RAM_ADDRESS - 1, 2));
    assert_false(port_ns_writable(MEMORY_RAM_ADDRESS, 0xffffffffu));
    assert_false(port_ns_writable(MEMORY_CODE_ADDRESS, 1));
    assert_true(port_ns_readable(code_end - 8, 8));
    assert_false(port_ns_readable(code_end - 8, 9));
    assert_false(port_ns_readable(0xfffffffcu, 8));
    assert_false(port_ns_readable(0, 1));
    assert_int_equal(port_ns_write(MEMORY_CODE_ADDRESS, buf, 1), PORT_EINVAL);
    assert_int_equal(port_ns_read(code_end - 8, buf, sizeof buf), PORT_OK);
    assert_int_equal(buf[7], 0xff);
    assert_int_equal(port_ns_load(MEMORY_CODE_BYTES - 1, buf, 2), PORT_EINVAL);
}

static void ram_is_wiped_at_every_start(void **state)
{
    uint8_t byte = 7;

    (void)state;
    assert_int_equal(start("#!outrigger-host\n"), PORT_OK);
    assert_int_equal(port_ns_write(MEMORY_RAM_ADDRESS + 9999, &byte, 1), PORT_OK);
    port_ns_stop(true);
    assert_int_equal(port_ns_start(), PORT_OK);
    assert_int_equal(port_ns_read(MEMORY_RAM_ADDRESS + 9999, &byte, 1), PORT_OK);
    assert_int_equal(byte, 0);
}

static void any_text_is_harmless(void **state)
{
    uint32_t random = 12345;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        char script[300] = "#!outrigger-host\n";
        size_t at = strlen(script);

        while (at < sizeof script - 1) {
            static const char letters[] = "log sleep call crash loop repeat %d%s%\n0x9 \n\xff\n#";

            random = random * 1664525u + 1013904223u;
            script[at++] = letters[(random >> 8) % (sizeof letters - 1)];
        }
        script[at] = '\0';
        assert_int_equal(start(script), PORT_OK);
        for (unsigned turn = 0; turn < 4; turn++) {
            (void)host_application_run();
            now_us += 1000000;
            calls[0] = '\0';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_scripts_start),
        cmocka_unit_test(log_lines_are_system_calls_with_addresses),
        cmocka_unit_test(sleeping_waits_for_the_clock),
        cmocka_unit_test(a_call_that_must_wait_is_made_again),
        cmocka_unit_test(loops_end_or_do_not),
        cmocka_unit_test(crashes_are_faults_with_a_place),
        cmocka_unit_test(a_stopped_application_does_nothing),
        cmocka_unit_test(memory_ends_at_its_windows),
        cmocka_unit_test(ram_is_wiped_at_every_start),
        cmocka_unit_test(any_text_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
