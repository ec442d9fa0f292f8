/* SPDX-License-Identifier: Apache-2.0 */
/* Resetting the board with a reason that survives in retained RAM, and the watchdog. */
#ifndef MPS2_AN505_POWER_H
#define MPS2_AN505_POWER_H

#include <stdint.h>

#define POWER_WATCHDOG_MS                                                                                    \
    10000u /* without a kick; boot0 starts it with this, so that it covers the start, too */
#define POWER_WATCHDOG_MS_MAX 200000u /* what 32 bits can count */

/* Values of ResetReason in wire.proto. */
enum power_reason {
    POWER_REASON_COLD = 0,
    POWER_REASON_RESTART = 1,
    POWER_REASON_CRASH = 4,
    POWER_REASON_WATCHDOG = 5
};

/* Takes the last reset's reason out of retained RAM and starts the watchdog. */
void power_start(void);

/* Starts the watchdog, or starts it again: an NMI after ms, at most POWER_WATCHDOG_MS_MAX, and a reset after as long again. */
void power_watchdog_start(uint32_t ms);

/* Resets by a crash or the watchdog are counted in retained RAM until they are forgotten; power that fails forgets them, too. */
_Noreturn void power_reset(enum power_reason reason);
uint32_t power_falls(void);
void power_falls_forget(void);

#endif
