/* SPDX-License-Identifier: Apache-2.0 */
/* Restarting the device, the watchdog of the microvisor, the system LED and what the board is. */
#ifndef PORT_POWER_H
#define PORT_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* Why the microvisor started; values of ResetReason in wire.proto. */
uint32_t port_reset_reason(void);

/* Resets the whole device. The next start is told the reason. Does not return. */
_Noreturn void port_restart(uint32_t reason);

/* Proves that the microvisor's thread lives; without it for port_watchdog_ms() the board resets. */
void port_watchdog_kick(void);
uint32_t port_watchdog_ms(void); /* 0: the board has none */

/* Short lower-case name of the board, e.g. "mps2_an505". */
const char *port_board_name(void);

void port_led(bool on);

#endif
