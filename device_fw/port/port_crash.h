/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the microvisor's last run ended, when it was by a fault of its own or by the watchdog: kept in memory that survives
 * the reset, not power loss.
 *
 * Invariant P1: nothing of it is key material. Registers and stack words are kept only where they are addresses inside the
 * microvisor's code; every other word of r, lr and the stack reads 0.
 */
#ifndef PORT_CRASH_H
#define PORT_CRASH_H

#include <stdint.h>

#include "port/port_fault.h"

#define PORT_CRASH_STACK_WORDS 128u

struct port_crash {
    uint64_t boot_id;           /* what port_crash_name() was told in that run, 0: it ended before */
    uint64_t device_us;         /* since its start */
    uint32_t microvisor_number; /* of the microvisor that ran */
    struct port_fault fault;
    uint32_t stack_words; /* from fault.sp upwards */
    uint32_t stack[PORT_CRASH_STACK_WORDS];
};

/* Names this run, for the crash that may end it. */
void port_crash_name(uint64_t boot_id);

/* The crash that ended the last run, valid until it is forgotten; NULL: there was none, or the board cannot tell. */
const struct port_crash *port_crash_last(void);

/* It has been recorded elsewhere. */
void port_crash_forget(void);

#endif
