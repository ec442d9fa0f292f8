/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classifying a fault (DDI0553 B3.9, D1.2), and masking words of secure code.
 *
 * Faults that the application does not handle itself escalate to the secure HardFault, because BFHFNMINS is
 * 0; the cause then stands in the non-secure CFSR. Must not touch registers: host tests link this file.
 *
 * Why only addresses of code pass the mask: any other word of the microvisor's registers and stacks may be a piece of
 * a key or of what a cipher makes of it, small numbers and pointers into tables included. Instructions are public, and
 * a word of a key falls among them by chance once in 2^14.
 */
#include "ports/mps2_an505/crash.h"

#include "ports/mps2_an505/board_regs.h"

#include <stddef.h>

#define CFSR_MEM_MASK   0x000000FFu
#define CFSR_BUS_MASK   0x0000FF00u
#define CFSR_USAGE_MASK 0xFFFF0000u
#define INSN_BKPT       0xBE00u
#define INSN_BKPT_MASK  0xFF00u

enum { EXC_HARD = 3, EXC_MEM = 4, EXC_BUS = 5, EXC_USAGE = 6, EXC_SECURE = 7 };

/* Fault status of the world that has faulted. */
static uint32_t cfsr(const struct crash_facts *facts)
{
    return facts->own ? facts->cfsr_s : facts->cfsr_ns;
}

static uint32_t hard_fault_cause(const struct crash_facts *facts)
{
    if (facts->sfsr != 0) {
        return CAUSE_SECURE_VIOLATION;
    }
    if ((cfsr(facts) & CFSR_USAGE_MASK) != 0) {
        return CAUSE_USAGE_FAULT;
    }
    if ((cfsr(facts) & CFSR_MEM_MASK) != 0) {
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

/* The address that was touched; NULL when none is known. */
static const uint32_t *address(const struct crash_facts *facts)
{
    if ((facts->sfsr & SFSR_SFARVALID) != 0) {
        return &facts->sfar;
    }
    if (((facts->cfsr_s | facts->cfsr_ns) & CFSR_BFARVALID) != 0) {
        return &facts->bfar;
    }
    return (facts->cfsr_ns & CFSR_MMARVALID) != 0 ? &facts->mmfar_ns : NULL;
}

void crash_describe(const struct crash_facts *facts, struct port_fault *out)
{
    const uint32_t *touched = address(facts);

    out->cause = cause(facts);
    out->address_known = touched != NULL;
    out->address = touched != NULL ? *touched : 0;
    out->fault_status = cfsr(facts) != 0 ? cfsr(facts) : facts->cfsr_s;
    out->secure_fault_status = facts->sfsr;
}

uint32_t crash_word_mask(uint32_t word, uint32_t code_start, uint32_t code_end)
{
    return word >= code_start && word < code_end ? word : 0;
}
