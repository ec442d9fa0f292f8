/* SPDX-License-Identifier: Apache-2.0 */
/* The one-shot timer behind tickless sleep: calls world_wake() when it expires. */
#ifndef MPS2_AN505_ALARM_H
#define MPS2_AN505_ALARM_H

#include <stdbool.h>
#include <stdint.h>

/* Longest single sleep. Shorter than the watchdog's period, and than the time in which the counter of the
 * clock wraps. */
#define ALARM_SLEEP_MAX_US 2000000u

/* Arms it for the time, or for ALARM_SLEEP_MAX_US from now if that is earlier. False: the time has passed. */
bool alarm_set(uint64_t deadline_us);
void alarm_clear(void);

/* Starts the clock and makes the alarm's interrupt known. Before anything that uses time. */
void clock_start(void);

/* Interrupt handler. */
void alarm_isr(void);

#endif
