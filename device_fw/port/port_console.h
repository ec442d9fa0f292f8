/* SPDX-License-Identifier: Apache-2.0 */
/* The serial port for people and for provisioning (PROTOCOL.md section 8). */
#ifndef PORT_CONSOLE_H
#define PORT_CONSOLE_H

#include <stdint.h>

/* Writes len bytes; may block until the UART has taken them. */
void port_console_write(const char *text, uint32_t len);

/* Takes at most len received bytes without waiting: count (0 = none). */
uint32_t port_console_read(char *buf, uint32_t len);

#endif
