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
#include "ports/mps2_an505/isolation.h"
#include "ports/mps2_an505/ns_app.h"
#include "ports/mps2_an505/ns_frame.h"
#include "ports/mps2_an505/panic_line.h"
#include "ports/mps2_an505/power.h"
#include "ports/mps2_an505/syscall_trap.h"
#include "ports/mps2_an505/world.h"

#define EXC_HARD   3u
#define EXC_SECURE 7u

uint32_t fault_handle(uint32_t exc_return, uint32_t exception, const uint32_t *secure_frame);
void fault_nmi(void);
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

static void facts_frame(struct crash_facts *facts, const struct ns_frame *frame)
{
    facts->frame_good = frame != 0;
    if (frame == 0) {
        return;
    }
    facts->pc = frame->pc;
    facts->lr = frame->lr;
    facts->xpsr = frame->xpsr;
    if (facts->pc % 2 == 0 && (ns_window_is_code(facts->pc, 2) || ns_window_is_ram(facts->pc, 2))) {
        facts->insn = *(const volatile uint16_t *)facts->pc;
    }
}

/* Returns the EXC_RETURN to leave with. A fatal fault leaves with a canonical value, never the one given: an
 * application's forged one would fault again for ever. The world switch is pending then, so nothing of the
 * application is executed. */
static uint32_t app_fault(uint32_t exc_return, struct crash_facts *facts)
{
    struct port_ns_fault report;

    facts_frame(facts, ns_frame_get(exc_return));
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

_Noreturn static void own_fault(const struct crash_facts *facts, uint32_t exc_return, const uint32_t *frame)
{
    const struct panic_field fields[] = {
        { "exception", facts->exception },
        { "exc_return", exc_return },
        { "pc", frame[6] },
        { "lr", frame[5] },
        { "xpsr", frame[7] },
        { "r0", frame[0] },
        { "cfsr", facts->cfsr_s },
        { "hfsr", facts->hfsr },
        { "sfsr", facts->sfsr },
        { "bfar", facts->bfar },
        { "frame", (uint32_t)frame },
        { "shcsr", REG32(SCB_SHCSR) },
        { "app_current", world_app_is_current() },
    };

    panic_line("microvisor.fault", fields, sizeof(fields) / sizeof(fields[0]));
    power_reset(POWER_REASON_CRASH);
}

/* Called by fault_entry (start.S) with the secure stack pointer that the exception used. */
uint32_t fault_handle(uint32_t exc_return, uint32_t exception, const uint32_t *secure_frame)
{
    struct crash_facts facts = { 0 };

    if (world_app_is_current() && system_call_take(exc_return, exception)) {
        return exc_return;
    }
    facts_take(&facts, exception);
    if (world_app_is_current() && !secure_handler_is_active(exception)) {
        return app_fault(exc_return, &facts);
    }
    own_fault(&facts, exc_return, secure_frame);
}

/* The watchdog's first period ended: the thread did not kick for that long. */
void fault_nmi(void)
{
    const struct panic_field field = { "app_current", world_app_is_current() };

    panic_line("microvisor.watchdog", &field, 1);
    power_reset(POWER_REASON_WATCHDOG);
}

void fault_unexpected(uint32_t exception)
{
    fault_panic("exception.unexpected", exception);
}

void fault_panic(const char *what, uint32_t detail)
{
    const struct panic_field fields[] = {
        { "detail", detail },
        { "caller", (uint32_t)__builtin_return_address(0) },
    };

    panic_line(what, fields, 2);
    power_reset(POWER_REASON_CRASH);
}
