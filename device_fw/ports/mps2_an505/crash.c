/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classifying the application's fault (DDI0553 B3.9, D1.2).
 *
 * Faults that the application does not handle itself escalate to the secure HardFault, because BFHFNMINS is
 * 0; the cause then stands in the non-secure CFSR. Must not touch registers: host tests link this file.
 */
#include "ports/mps2_an505/crash.h"

#include "ports/mps2_an505/board_regs.h"

#define CFSR_MEM_MASK   0x000000FFu
#define CFSR_BUS_MASK   0x0000FF00u
#define CFSR_USAGE_MASK 0xFFFF0000u
#define INSN_BKPT       0xBE00u
#define INSN_BKPT_MASK  0xFF00u

enum { EXC_HARD = 3, EXC_MEM = 4, EXC_BUS = 5, EXC_USAGE = 6, EXC_SECURE = 7 };

static uint32_t hard_fault_cause(const struct crash_facts *facts)
{
    if (facts->sfsr != 0) {
        return CAUSE_SECURE_VIOLATION;
    }
    if ((facts->cfsr_ns & CFSR_USAGE_MASK) != 0) {
        return CAUSE_USAGE_FAULT;
    }
    if ((facts->cfsr_ns & CFSR_MEM_MASK) != 0) {
        return CAUSE_MEM_FAULT;
    }
    if (((facts->cfsr_ns | facts->cfsr_s) & CFSR_BUS_MASK) != 0) {
        return CAUSE_BUS_FAULT;
    }
    if ((facts->hfsr & HFSR_VECTTBL) == 0 && (facts->insn & INSN_BKPT_MASK) == INSN_BKPT) {
        return CAUSE_BREAKPOINT;
    }
    return CAUSE_HARD_FAULT;
}

static uint32_t cause(const struct crash_facts *facts)
{
    if (!facts->frame_good) {
        return CAUSE_BAD_STACK;
    }
    switch (facts->exception) {
    case EXC_HARD:
        return hard_fault_cause(facts);
    case EXC_MEM:
        return CAUSE_MEM_FAULT;
    case EXC_BUS:
        return CAUSE_BUS_FAULT;
    case EXC_USAGE:
        return CAUSE_USAGE_FAULT;
    case EXC_SECURE:
        return CAUSE_SECURE_VIOLATION;
    default:
        return CAUSE_UNKNOWN;
    }
}

static uint32_t address(const struct crash_facts *facts)
{
    if ((facts->sfsr & SFSR_SFARVALID) != 0) {
        return facts->sfar;
    }
    if (((facts->cfsr_s | facts->cfsr_ns) & CFSR_BFARVALID) != 0) {
        return facts->bfar;
    }
    return (facts->cfsr_ns & CFSR_MMARVALID) != 0 ? facts->mmfar_ns : 0;
}

void crash_describe(const struct crash_facts *facts, struct port_ns_fault *out)
{
    *out = (struct port_ns_fault){
        .cause = cause(facts),
        .pc = facts->pc,
        .lr = facts->lr,
        .xpsr = facts->xpsr,
        .address = address(facts),
        .fault_status = facts->cfsr_ns != 0 ? facts->cfsr_ns : facts->cfsr_s,
        .secure_fault_status = facts->sfsr,
    };
}
