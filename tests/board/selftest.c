/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in for the core in the board's self-test image: obeys one-line commands on the console, so that
 * tests/e2e/board_test.py can drive every part of the board, and answers the test application's system calls.
 *
 * A command is answered by one line `ok ...` or `err ...`. The commands are the table at the end.
 */
#include "port/port_boot.h"
#include "port/port_clock.h"
#include "port/port_crash.h"
#include "port/port_console.h"
#include "port/port_critical.h"
#include "port/port_entropy.h"
#include "port/port_flash.h"
#include "port/port_main.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_status.h"
#include "port/port_syscall.h"
#include "board/scenario.h"
#include "board/selftest.h"

#include <stdlib.h>
#include <string.h>

#define LINE_CHARS_MAX   5000u /* longer than a provisioning line */
#define ARGUMENTS_MAX    4u
#define STATUS_REFUSED   2u /* MV_STATUS_PARAMETERFAULT */
#define IDLE_US          60000000u
#define SELFTEST_BOOT_ID 77u
/* ResetReason of wire.proto. */
#define RESET_REMOTE_MICROVISOR 1u

extern const uint8_t test_app_start[], test_app_end[];

static char line[LINE_CHARS_MAX + 1];
static uint32_t line_chars;
static volatile uint32_t posts;
static volatile uint32_t slow_rounds;
static uint32_t steps;
static volatile uint32_t waits;

/* ---- system calls ---- */

static uint32_t call_copy(uint32_t from, uint32_t to)
{
    uint8_t bytes[16];

    if (port_ns_read(from, bytes, sizeof(bytes)) != PORT_OK ||
        port_ns_write(to, bytes, sizeof(bytes)) != PORT_OK) {
        return STATUS_REFUSED;
    }
    return 0;
}

static uint32_t call_slow(uint32_t rounds)
{
    for (uint32_t i = 0; i < rounds; i++) {
        slow_rounds++;
    }
    return rounds;
}

/* The mark says since when this very call waits. */
static uint32_t call_wait(const uint32_t args[4])
{
    uint32_t mark = port_syscall_mark();

    if (mark == 0) {
        mark = steps + 1u;
        waits++;
    }
    if (steps + 1u - mark >= args[0]) {
        return args[1] + args[2] + args[3];
    }
    port_syscall_mark_set(mark);
    return PORT_SYSCALL_AGAIN;
}

uint32_t port_syscall(uint32_t slot, const uint32_t args[4], bool from_handler)
{
    switch (slot) {
    case TEST_CALL_SUM:
        return args[0] + args[1] + args[2] + args[3];
    case TEST_CALL_POST:
        return ++posts;
    case TEST_CALL_SLOW:
        return call_slow(args[0]);
    case TEST_CALL_COPY:
        return call_copy(args[0], args[1]);
    case TEST_CALL_ORIGIN:
        return from_handler;
    case TEST_CALL_WAIT:
        return call_wait(args);
    default:
        return slot;
    }
}

/* ---- console ---- */

void selftest_text(const char *text)
{
    port_console_write(text, (uint32_t)strlen(text));
}

void selftest_number(const char *name, uint32_t value)
{
    char digits[11];
    uint32_t i = sizeof(digits);

    digits[--i] = '\0';
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    selftest_text(" ");
    selftest_text(name);
    selftest_text("=");
    selftest_text(&digits[i]);
}

/* ---- commands ---- */

#define SCENARIO_NAME(name) #name,
static const char *const scenario_names[SCENARIO_COUNT] = { SCENARIOS(SCENARIO_NAME) };

static bool shared_write(uint32_t word, uint32_t value)
{
    return port_ns_write(SHARED_BASE + 4u * word, &value, sizeof(value)) == PORT_OK;
}

static bool do_load(const char *const args[])
{
    (void)args;
    uint32_t bytes = (uint32_t)(test_app_end - test_app_start);

    port_ns_stop(true);
    return port_ns_load(0, test_app_start, bytes) == PORT_OK && port_ns_load_finish(bytes) == PORT_OK;
}

static bool do_run(const char *const args[])
{
    uint32_t scenario = 0;

    while (scenario < SCENARIO_COUNT && strcmp(args[1], scenario_names[scenario]) != 0) {
        scenario++;
    }
    port_ns_stop(false);
    for (uint32_t word = 0; word < SHARED_WORDS; word++) {
        (void)shared_write(word, 0);
    }
    posts = 0;
    waits = 0;
    return scenario < SCENARIO_COUNT && shared_write(SHARED_SCENARIO, scenario) && port_ns_start() == PORT_OK;
}

static bool do_again(const char *const args[])
{
    (void)args;
    port_ns_stop(false);
    return port_ns_start() == PORT_OK;
}

static bool do_stop(const char *const args[])
{
    port_ns_stop(strcmp(args[1], "wipe") == 0);
    return true;
}

static bool do_state(const char *const args[])
{
    struct port_fault fault = { 0 };
    enum port_ns_state state = port_ns_state(); /* before the fault: it never says "faulted" without one */

    (void)args;
    (void)port_ns_fault(&fault); /* all zero when there is none */
    selftest_number("state", state);
    selftest_number("cause", fault.cause);
    selftest_number("pc", fault.pc);
    selftest_number("lr", fault.lr);
    selftest_number("address", fault.address);
    selftest_number("cfsr", fault.fault_status);
    selftest_number("sfsr", fault.secure_fault_status);
    selftest_number("posts", posts);
    selftest_number("waits", waits);
    selftest_number("us", (uint32_t)port_clock_us());
    return true;
}

/* All of them, from the fault or from where a running application lost the core, and the words above its stack
 * pointer as far as they can be read. */
static bool do_registers(const char *const args[])
{
    struct port_fault fault;
    uint32_t word;

    (void)args;
    if (port_ns_fault(&fault) != PORT_OK && port_ns_place(&fault) != PORT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++) {
        selftest_number("r", fault.r[i]);
    }
    selftest_number("sp", fault.sp);
    selftest_number("lr", fault.lr);
    selftest_number("pc", fault.pc);
    selftest_number("known", fault.registers_known);
    selftest_number("touched", fault.address_known);
    for (uint32_t i = 0; i < 16 && port_ns_read(fault.sp + 4u * i, &word, sizeof(word)) == PORT_OK; i++) {
        selftest_number("s", word);
    }
    return true;
}

/* The microvisor's last words, those that are not masked one by one. */
static bool do_last(const char *const args[])
{
    const struct port_crash *crash = port_crash_last();
    uint32_t masked = 0;

    (void)args;
    if (crash == NULL) {
        return false;
    }
    selftest_number("cause", crash->fault.cause);
    selftest_number("pc", crash->fault.pc);
    selftest_number("sp", crash->fault.sp);
    selftest_number("boot", (uint32_t)crash->boot_id);
    selftest_number("known", crash->fault.registers_known);
    selftest_number("w", crash->fault.lr);
    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++) {
        selftest_number("w", crash->fault.r[i]);
    }
    for (uint32_t i = 0; i < crash->stack_words; i++) {
        masked += crash->stack[i] == 0;
        if (crash->stack[i] != 0) {
            selftest_number("s", crash->stack[i]);
        }
    }
    selftest_number("masked", masked);
    port_crash_forget();
    return true;
}

/* All words as they were at one instant: tests compare them with each other. */
static bool do_shared(const char *const args[])
{
    uint32_t words[SHARED_WORDS];
    bool read;

    (void)args;
    port_critical_enter();
    read = port_ns_read(SHARED_BASE, words, sizeof(words)) == PORT_OK;
    port_critical_leave();
    for (uint32_t word = 0; read && word < SHARED_WORDS; word++)
        selftest_number("w", words[word]);
    return read;
}

static bool do_pend(const char *const args[])
{
    return port_ns_irq_pend((uint32_t)strtoul(args[1], NULL, 0)) == PORT_OK;
}

/* Keeps the thread busy for so many ms of its own time, as TLS arithmetic does; prints the wall time it took.
 */
static bool do_burn(const char *const args[])
{
    uint32_t rounds = (uint32_t)strtoul(args[1], NULL, 0);
    uint64_t start_us = port_clock_us();

    for (volatile uint32_t i = 0; i < rounds; i++) {
    }
    selftest_number("us", (uint32_t)(port_clock_us() - start_us));
    return true;
}

/* Within one critical section no system call may come through. */
static bool do_critical(const char *const args[])
{
    uint32_t rounds = (uint32_t)strtoul(args[1], NULL, 0);

    port_critical_enter();
    uint32_t before = posts;
    for (volatile uint32_t i = 0; i < rounds; i++) {
    }
    uint32_t inside = posts - before;
    port_critical_leave();
    for (volatile uint32_t i = 0; i < rounds; i++) {
    }
    selftest_number("inside", inside);
    selftest_number("outside", posts - before);
    return true;
}

static bool do_entropy(const char *const args[])
{
    static uint8_t bytes[1024];
    uint32_t ones = 0;

    (void)args;
    if (port_entropy_get(bytes, sizeof(bytes)) != PORT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < sizeof(bytes) * 8u; i++) {
        ones += bytes[i / 8u] >> (i % 8u) & 1u;
    }
    selftest_number("ones", ones);
    selftest_number("first",
                    (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]);
    return true;
}

static bool do_slot(const char *const args[])
{
    uint32_t keys = 0;

    (void)args;
    while (port_boot_root_key(keys) != 0) {
        keys++;
    }
    selftest_number("slot", port_boot_area());
    selftest_number("keys", keys);
    return true;
}

static bool do_reason(const char *const args[])
{
    (void)args;
    selftest_number("reason", port_reset_reason());
    selftest_number("steps", steps);
    return true;
}

static bool do_restart(const char *const args[])
{
    (void)args;
    port_restart(RESET_REMOTE_MICROVISOR);
}

/* With words in registers and on the stack that must not leave the device: 0x5EC20000 to 0x5EC2000F, and small ones. */
static bool do_crash(const char *const args[])
{
    volatile uint32_t secrets[16];

    (void)args;
    for (uint32_t i = 0; i < 16; i++) {
        secrets[i] = i % 2 == 0 ? 0x5EC20000u + i : i;
    }
    __asm volatile(
        "mov r0, %0\n mov r3, %0\n mov r4, %0\n mov r11, %0\n mov r12, %0\n mov lr, %0\n udf #3" ::"r"(
            secrets[0])
        : "r0", "r3", "r4", "r11", "r12", "lr", "memory");
    return secrets[1] == 0;
}

/* Runs out of stack. */
static bool do_overflow(const char *const args[])
{
    volatile uint32_t secrets[64];

    for (uint32_t i = 0; i < 64; i++) {
        secrets[i] = 0x5EC20000u;
    }
    return secrets[0] != 0 && do_overflow(args) && secrets[1] == 0;
}

static bool do_hang(const char *const args[])
{
    (void)args;
    for (volatile bool forever = true; forever;) {
    }
    return false;
}

/* Sum of the characters of a long argument: nothing of a long line was lost. */
static bool do_echo(const char *const args[])
{
    uint32_t sum = 0;

    for (const char *c = args[1]; *c != '\0'; c++) {
        sum = sum * 31u + (uint8_t)*c;
    }
    selftest_number("chars", (uint32_t)strlen(args[1]));
    selftest_number("sum", sum);
    return true;
}

static const struct {
    const char *name;
    bool (*function)(const char *const args[]);
} commands[] = {
    { "load", do_load },           { "run", do_run },       { "again", do_again },
    { "stop", do_stop },           { "state", do_state },   { "shared", do_shared },
    { "pend", do_pend },           { "burn", do_burn },     { "critical", do_critical },
    { "flash", selftest_flash },   { "tcp", selftest_tcp }, { "fuzz", selftest_fuzz },
    { "entropy", do_entropy },     { "reason", do_reason }, { "restart", do_restart },
    { "slot", do_slot },           { "crash", do_crash },   { "hang", do_hang },
    { "echo", do_echo },           { "last", do_last },     { "overflow", do_overflow },
    { "registers", do_registers },
};

/* Cuts the line at its blanks. */
static void line_split(const char *args[ARGUMENTS_MAX])
{
    uint32_t count = 0;
    bool in_word = false;

    for (char *c = line; *c != '\0'; c++) {
        if (*c == ' ') {
            *c = '\0';
            in_word = false;
        } else if (!in_word && count < ARGUMENTS_MAX) {
            args[count++] = c;
            in_word = true;
        }
    }
}

static void line_obey(void)
{
    const char *args[ARGUMENTS_MAX] = { "", "", "", "" };

    line_split(args);
    for (uint32_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(args[0], commands[i].name) == 0) {
            selftest_text(args[0]);
            selftest_text(commands[i].function(args) ? " ok\n" : " err\n");
            return;
        }
    }
    selftest_text("unknown err\n");
}

void microvisor_init(void)
{
    selftest_text("selftest ready");
    selftest_number("reason", port_reset_reason());
    selftest_text("\n");
    port_crash_name(SELFTEST_BOOT_ID);
}

uint64_t microvisor_step(void)
{
    char chars[64];
    uint32_t count;

    steps++;
    while ((count = port_console_read(chars, sizeof(chars))) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (chars[i] == '\n') {
                line[line_chars] = '\0';
                line_chars = 0;
                line_obey();
            } else if (line_chars < LINE_CHARS_MAX) {
                line[line_chars++] = chars[i];
            }
        }
    }
    uint64_t fuzz_us = selftest_fuzz_step();
    uint64_t idle_us = port_clock_us() + IDLE_US;
    return selftest_tcp_step() ? 0 : fuzz_us < idle_us ? fuzz_us : idle_us;
}
