/* SPDX-License-Identifier: Apache-2.0 */
/* Resetting the board with a reason that survives in retained RAM, and the watchdog. */
#ifndef MPS2_AN505_POWER_H
#define MPS2_AN505_POWER_H

#include <stdint.h>

/* Values of ResetReason in wire.proto. */
enum power_reason {
    POWER_REASON_COLD = 0,
    POWER_REASON_RESTART = 1,
    POWER_REASON_CRASH = 4,
    POWER_REASON_WATCHDOG = 5
};

/* Takes the last reset's reason out of retained RAM and starts the watchdog. */
void power_start(void);

_Noreturn void power_reset(enum power_reason reason);

#endif
