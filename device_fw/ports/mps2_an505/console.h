/* SPDX-License-Identifier: Apache-2.0 */
/* UART 0, as far as the board itself needs it (port_console.h is for the core). */
#ifndef MPS2_AN505_CONSOLE_H
#define MPS2_AN505_CONSOLE_H

#include <stdbool.h>

void console_start(void);

/* Waits a bounded time by polling, then drops the character. Any context. */
void console_put_polled(char c);

/* Whether received bytes wait for port_console_read. */
bool console_has_input(void);

/* Interrupt handler. */
void console_isr(void);

#endif
