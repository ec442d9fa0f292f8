/* SPDX-License-Identifier: Apache-2.0 */
/* From fault registers to the cause that is reported. Pure. */
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
    CAUSE_BREAKPOINT = 7,
    CAUSE_BAD_STACK = 8
};

struct crash_facts {
    uint32_t exception;       /* number of the secure exception that was taken */
    uint32_t cfsr_s, cfsr_ns; /* of both worlds */
    uint32_t hfsr, sfsr;
    uint32_t bfar, sfar, mmfar_ns;
    bool frame_good; /* the application's frame could be read: pc, lr, xpsr are valid */
    uint32_t pc, lr, xpsr;
    uint16_t insn; /* halfword at pc, 0 when it cannot be read */
};

void crash_describe(const struct crash_facts *facts, struct port_ns_fault *out);

#endif
