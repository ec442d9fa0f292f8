/* SPDX-License-Identifier: Apache-2.0 */
/* Words on UART 0 before the microvisor runs, and what is said there to boot0 in recovery. */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

#include <stdint.h>

void boot_console_open(void);
void boot_console_text(const char *text);
void boot_console_number(uint32_t value);

/* Waits until all that was said has left. */
void boot_console_flush(void);

/* Switches the receiver on; from then on boot_console_wait() sleeps until a character is there. */
void boot_console_listen(void);
char boot_console_wait(void);

#endif
