/* SPDX-License-Identifier: Apache-2.0 */
/* From fault registers to the cause that is reported, and what of the microvisor's own words may be reported. Pure. */
#ifndef MPS2_AN505_CRASH_H
#define MPS2_AN505_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_ns.h"

/* Values of CrashCause in wire.proto. */
enum crash_cause {
    CAUSE_UNKNOWN = 0,
    CAUSE_SECURE_VIOLATION = 1,
    CAUSE_BUS_FAULT = 2,
    CAUSE_MEM_FAULT = 3,
    CAUSE_USAGE_FAULT = 4,
    CAUSE_HARD_FAULT = 5,
    CAUSE_WATCHDOG = 6,
    CAUSE_BREAKPOINT = 7,
    CAUSE_BAD_STACK = 8
};

struct crash_facts {
    bool own;                 /* secure code has faulted, not the application */
    uint32_t exception;       /* number of the secure exception that was taken */
    uint32_t cfsr_s, cfsr_ns; /* of both worlds */
    uint32_t hfsr, sfsr;
    uint32_t bfar, sfar, mmfar_ns;
    bool frame_good; /* the frame of what has faulted could be read */
    uint16_t insn;   /* halfword at its pc, 0 when it cannot be read */
};

/* Fills in everything of *out but the registers. */
void crash_describe(const struct crash_facts *facts, struct port_fault *out);

/* The word, if it is an address in [code_start, code_end), with or without Thumb bit; else 0. */
uint32_t crash_word_mask(uint32_t word, uint32_t code_start, uint32_t code_end);

#endif
