/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry for all fault exceptions. Every fault is taken to the secure state.
 *
 * Whose fault is it? The application's, if it held the core and no secure handler was active underneath. The
 * EXC_RETURN value and the stacked registers say nothing about that: after a forged exception return they
 * hold what the application chose. A fault of secure code ends in a reset; nothing the application does may
 * lead there.
 */
#include "ports/mps2_an505/fault.h"

#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/crash.h"
#include "ports/mps2_an505/crash_page.h"
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/ns_app.h"
#include "ports/mps2_an505/ns_frame.h"
#include "ports/mps2_an505/panic_line.h"
#include "ports/mps2_an505/power.h"
#include "ports/mps2_an505/syscall_trap.h"
#include "ports/mps2_an505/world.h"

#include <string.h>

#define EXC_NMI    2u
#define EXC_HARD   3u
#define EXC_SECURE 7u

uint32_t fault_handle(uint32_t exc_return, uint32_t exception, const uint32_t *secure_frame,
                      const uint32_t r4_r11[8]);
_Noreturn void fault_unexpected(uint32_t exception);

static uint32_t own_active_bit(uint32_t exception)
{
    static const uint32_t bits[] = {
        [3] = 1u << 2, [4] = 1u << 0, [5] = 1u << 1, [6] = 1u << 3, [7] = 1u << 4
    };

    return exception < sizeof(bits) / sizeof(bits[0]) ? bits[exception] : 0;
}

static bool secure_handler_is_active(uint32_t exception)
{
    uint32_t active = REG32(SCB_SHCSR) & SHCSR_ACTIVE_MASK & ~own_active_bit(exception);

    for (uint32_t word = 0; word < IRQ_WORDS; word++) {
        active |= REG32(NVIC_IABR(word)) & ~isolation_app_irqs(word);
    }
    return active != 0;
}

/* Reads the sticky registers and clears them for the next fault. */
static void facts_take(struct crash_facts *facts, uint32_t exception)
{
    facts->exception = exception;
    facts->cfsr_s = REG32(SCB_CFSR);
    facts->cfsr_ns = REG32(SCB_CFSR + SCS_NS);
    facts->hfsr = REG32(SCB_HFSR);
    facts->sfsr = REG32(SCB_SFSR);
    facts->bfar = REG32(SCB_BFAR);
    facts->sfar = REG32(SCB_SFAR);
    facts->mmfar_ns = REG32(SCB_MMFAR + SCS_NS);
    REG32(SCB_CFSR) = facts->cfsr_s;
    REG32(SCB_CFSR + SCS_NS) = facts->cfsr_ns;
    REG32(SCB_HFSR) = facts->hfsr;
    REG32(SCB_SFSR) = facts->sfsr;
    REG32(SCB_DFSR) = REG32(SCB_DFSR);
}

static uint16_t app_insn(uint32_t pc)
{
    bool readable = pc % 2 == 0 && (ns_window_is_code(pc, 2) || ns_window_is_ram(pc, 2));

    return readable ? *(const volatile uint16_t *)pc : 0;
}

/* Returns the EXC_RETURN to leave with. A fatal fault leaves with a canonical value, never the one given: an
 * application's forged one would fault again for ever. The world switch is pending then, so nothing of the
 * application is executed. */
static uint32_t app_fault(uint32_t exc_return, struct crash_facts *facts, const uint32_t r4_r11[8])
{
    struct port_fault report = { 0 };

    facts->frame_good = ns_frame_registers(exc_return, r4_r11, &report);
    facts->insn = facts->frame_good ? app_insn(report.pc) : 0;
    crash_describe(facts, &report);
    ns_app_faulted(&report);
    return EXC_RETURN_THREAD_NS;
}

/* INVEP alone says that the application was executing: secure code that goes astray raises other bits.
 *
 * From handlers of the highest priority, or with PRIMASK_NS set, the emulator delivers the SecureFault
 * escalated: it compares its priority as if PRIS applied to it. The bits of the fault are the same. */
static bool system_call_take(uint32_t exc_return, uint32_t exception)
{
    bool escalated = exception == EXC_HARD && REG32(SCB_HFSR) == HFSR_FORCED;

    if ((exception != EXC_SECURE && !escalated) || REG32(SCB_SFSR) != SFSR_INVEP) {
        return false;
    }
    struct ns_frame *frame = ns_frame_get(exc_return);
    if (frame == 0 || !syscall_trap_take(frame, exc_return)) {
        return false;
    }
    REG32(SCB_SFSR) = SFSR_INVEP;
    REG32(SCB_HFSR) = HFSR_FORCED;
    return true;
}

/* Registers of secure code from its exception frame; false when it was not pushed, or is in neither of the stacks: then
 * what stands there is anything. */
static bool own_registers(const uint32_t *frame, const uint32_t r4_r11[8], bool pushed,
                          struct port_fault *out)
{
    memcpy(&out->r[4], r4_r11, 8 * sizeof(uint32_t));
    out->registers_known = true;
    out->sp = (uint32_t)frame;
    if (!pushed || world_stack_end(out->sp, sizeof(struct ns_frame)) == 0) {
        return false;
    }
    memcpy(out->r, frame, 4 * sizeof(uint32_t));
    out->r[12] = frame[4];
    out->lr = frame[5];
    out->pc = frame[6];
    out->xpsr = frame[7];
    out->sp += sizeof(struct ns_frame) + ((out->xpsr & XPSR_PADDED) != 0 ? 4u : 0);
    return true;
}

/* The end: keeps what is known for the next start, and says it on the console. */
_Noreturn static void last_words(const char *what, struct port_fault *fault, enum power_reason reason)
{
    crash_page_write(fault, world_stack_end(fault->sp, 0));

    const struct panic_field fields[] = {
        { "cause", fault->cause },
        { "pc", fault->pc },
        { "lr", fault->lr },
        { "sp", fault->sp },
        { "xpsr", fault->xpsr },
        { "cfsr", fault->fault_status },
        { "sfsr", fault->secure_fault_status },
        { "address", fault->address },
        { "shcsr", REG32(SCB_SHCSR) },
        { "app_current", world_app_is_current() },
    };

    panic_line(what, fields, sizeof(fields) / sizeof(fields[0]));
    power_reset(reason);
}

_Noreturn static void own_fault(struct crash_facts *facts, const uint32_t *frame, const uint32_t r4_r11[8])
{
    struct port_fault report = { 0 };

    facts->own = true;
    facts->frame_good = own_registers(frame, r4_r11, (facts->cfsr_s & CFSR_UNSTACKED) == 0, &report);
    crash_describe(facts, &report);
    last_words("microvisor.fault", &report, POWER_REASON_CRASH);
}

/* The watchdog's first period ended: the thread did not kick for that long. What counts is where it is, running or
 * waiting for the core. */
_Noreturn static void watchdog_bite(const uint32_t *frame, const uint32_t *r4_r11)
{
    struct port_fault report = { .cause = CAUSE_WATCHDOG };

    if (world_app_is_current()) {
        frame = world_thread_frame(&r4_r11);
    }
    (void)own_registers(frame, r4_r11, true, &report); /* what is not known stays 0 */
    last_words("microvisor.watchdog", &report, POWER_REASON_WATCHDOG);
}

/* Called by fault_entry (start.S) with the secure stack pointer that the exception used. */
uint32_t fault_handle(uint32_t exc_return, uint32_t exception, const uint32_t *secure_frame,
                      const uint32_t r4_r11[8])
{
    struct crash_facts facts = { 0 };

    if (exception == EXC_NMI) {
        watchdog_bite(secure_frame, r4_r11);
    }
    if (world_app_is_current() && system_call_take(exc_return, exception)) {
        return exc_return;
    }
    facts_take(&facts, exception);
    if (world_app_is_current() && !secure_handler_is_active(exception)) {
        return app_fault(exc_return, &facts, r4_r11);
    }
    own_fault(&facts, secure_frame, r4_r11);
}

void fault_unexpected(uint32_t exception)
{
    fault_panic("exception.unexpected", exception);
}

void fault_panic(const char *what, uint32_t detail)
{
    struct port_fault report = { .pc = (uint32_t)__builtin_return_address(0),
                                 .sp = (uint32_t)__builtin_frame_address(0),
                                 .registers_known = true };
    const struct panic_field field = { "detail", detail };

    panic_line(what, &field, 1);
    last_words("microvisor.panic", &report, POWER_REASON_CRASH);
}
