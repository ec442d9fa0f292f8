/* SPDX-License-Identifier: Apache-2.0 */
/* Words on UART0 before the microvisor runs. */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

#include <stdint.h>

void boot_console_open(void);
void boot_console_text(const char *text);
void boot_console_number(uint32_t value);

#endif
