/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated board for tests of the core: clock, console, entropy, LED, watchdog, critical sections. */
#ifndef BOARD_FAKE_H
#define BOARD_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_crash.h"

/* Clock at 1 s, empty console, entropy from the seed, no critical section. */
void board_fake_reset(uint32_t seed);

/* The clock is what the test says. */
void board_fake_set_time_us(uint64_t now_us);
void board_fake_add_time_us(uint64_t us);

/* Text that port_console_read hands out next. */
void board_fake_type(const char *text);

/* What was written to the console since the last call of board_fake_console_clear; NUL-terminated, the end when long. */
const char *board_fake_console(void);
void board_fake_console_clear(void);

/* Why the microvisor started, until the next reset of the board. */
void board_fake_set_reset_reason(uint32_t reason);

/* Entropy fails from now on (or not). */
void board_fake_entropy_dead(bool dead);

/* The last run ended with this crash (borrowed; NULL: it did not), until it is forgotten. Survives board_fake_reset(). */
void board_fake_crash(const struct port_crash *crash);
uint64_t board_fake_run_name(void); /* what port_crash_name() was told last */

bool board_fake_led(void);
uint32_t board_fake_wakes(void);
bool board_fake_in_critical(void);

#endif
