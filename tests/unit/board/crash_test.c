/* SPDX-License-Identifier: Apache-2.0 */
/* From fault registers to the reported cause; the register values are those that the emulator was seen to
 * deliver. */
#include "ports/mps2_an505/crash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire.pb.h"

static uint32_t cause_of(struct crash_facts facts)
{
    struct port_fault fault;

    facts.frame_good = true;
    crash_describe(&facts, &fault);
    return fault.cause;
}

static void causes_are_those_of_the_wire(void **state)
{
    (void)state;
    assert_int_equal(CAUSE_UNKNOWN, otr_CrashCause_CRASH_UNKNOWN);
    assert_int_equal(CAUSE_SECURE_VIOLATION, otr_CrashCause_CRASH_SECURE_VIOLATION);
    assert_int_equal(CAUSE_BUS_FAULT, otr_CrashCause_CRASH_BUS_FAULT);
    assert_int_equal(CAUSE_MEM_FAULT, otr_CrashCause_CRASH_MEM_FAULT);
    assert_int_equal(CAUSE_USAGE_FAULT, otr_CrashCause_CRASH_USAGE_FAULT);
    assert_int_equal(CAUSE_HARD_FAULT, otr_CrashCause_CRASH_HARD_FAULT);
    assert_int_equal(CAUSE_WATCHDOG, otr_CrashCause_CRASH_WATCHDOG);
    assert_int_equal(CAUSE_BREAKPOINT, otr_CrashCause_CRASH_BREAKPOINT);
    assert_int_equal(CAUSE_BAD_STACK, otr_CrashCause_CRASH_BAD_STACK);
}

static void each_exception_has_its_cause(void **state)
{
    (void)state;
    assert_int_equal(cause_of((struct crash_facts){ .exception = 7, .sfsr = 8 }), CAUSE_SECURE_VIOLATION);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 6 }), CAUSE_USAGE_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 5, .cfsr_s = 0x8200 }), CAUSE_BUS_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 4 }), CAUSE_MEM_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 99 }), CAUSE_UNKNOWN);
}

static void escalated_faults_keep_their_cause(void **state)
{
    const uint32_t forced = 1u << 30;

    (void)state;
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .sfsr = 1 }),
                     CAUSE_SECURE_VIOLATION);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .cfsr_ns = 1u << 16 }),
                     CAUSE_USAGE_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .cfsr_ns = 0x82 }),
                     CAUSE_MEM_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .cfsr_s = 0x8200 }),
                     CAUSE_BUS_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .insn = 0xBE01 }),
                     CAUSE_BREAKPOINT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = 2, .insn = 0xBE01 }),
                     CAUSE_HARD_FAULT);
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced }), CAUSE_HARD_FAULT);
}

static void an_unreadable_frame_is_a_bad_stack(void **state)
{
    struct crash_facts facts = { .exception = 7, .sfsr = 0x48, .sfar = 0x38000FE0u };
    struct port_fault fault;

    (void)state;
    crash_describe(&facts, &fault);
    assert_int_equal(fault.cause, CAUSE_BAD_STACK);
    assert_int_equal(fault.address, 0x38000FE0u);
    assert_int_equal(fault.secure_fault_status, 0x48);
}

static void assert_address(const struct crash_facts *facts, bool known, uint32_t address)
{
    struct port_fault fault;

    crash_describe(facts, &fault);
    assert_int_equal(fault.address_known, known);
    assert_int_equal(fault.address, address);
}

static void addresses_only_when_valid(void **state)
{
    struct crash_facts facts = { .frame_good = true, .bfar = 1, .sfar = 2, .mmfar_ns = 3 };

    (void)state;
    assert_address(&facts, false, 0);
    facts.cfsr_ns = 1u << 7;
    assert_address(&facts, true, 3);
    facts.cfsr_s = 1u << 15;
    assert_address(&facts, true, 1);
    facts.sfsr = 1u << 6;
    assert_address(&facts, true, 2);
    facts.sfar = 0;
    assert_address(&facts, true, 0);
}

static void own_faults_are_judged_by_the_own_status(void **state)
{
    const uint32_t forced = 1u << 30, usage = 1u << 16;
    struct port_fault fault;

    (void)state;
    assert_int_equal(cause_of((struct crash_facts){ .exception = 3, .hfsr = forced, .cfsr_s = usage }),
                     CAUSE_HARD_FAULT);
    assert_int_equal(
        cause_of((struct crash_facts){ .own = true, .exception = 3, .hfsr = forced, .cfsr_s = usage }),
        CAUSE_USAGE_FAULT);
    assert_int_equal(
        cause_of((struct crash_facts){ .own = true, .exception = 3, .hfsr = forced, .cfsr_ns = usage }),
        CAUSE_HARD_FAULT);
    crash_describe(&(struct crash_facts){ .own = true, .cfsr_s = 1, .cfsr_ns = 2 }, &fault);
    assert_int_equal(fault.fault_status, 1);
}

/* Not small numbers, not pointers to data, not the word behind the last instruction. */
static void only_addresses_of_code_pass_the_mask(void **state)
{
    static const uint32_t masked[] = { 0,           1,           0xff,        0x1000ffffu, 0x10020000u,
                                       0x10020001u, 0x38000000u, 0x00200000u, 0xffffffbdu, 0x5ec20000u };

    (void)state;
    assert_int_equal(crash_word_mask(0x10010000u, 0x10010000u, 0x10020000u), 0x10010000u);
    assert_int_equal(crash_word_mask(0x10012345u, 0x10010000u, 0x10020000u), 0x10012345u);
    assert_int_equal(crash_word_mask(0x1001ffffu, 0x10010000u, 0x10020000u), 0x1001ffffu);
    for (unsigned i = 0; i < sizeof(masked) / sizeof(masked[0]); i++)
        assert_int_equal(crash_word_mask(masked[i], 0x10010000u, 0x10020000u), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_those_of_the_wire),
        cmocka_unit_test(each_exception_has_its_cause),
        cmocka_unit_test(escalated_faults_keep_their_cause),
        cmocka_unit_test(an_unreadable_frame_is_a_bad_stack),
        cmocka_unit_test(addresses_only_when_valid),
        cmocka_unit_test(own_faults_are_judged_by_the_own_status),
        cmocka_unit_test(only_addresses_of_code_pass_the_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
