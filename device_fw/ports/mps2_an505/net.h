/* SPDX-License-Identifier: Apache-2.0 */
/* The board's network: one Ethernet interface with an address from DHCP. port_tcp.h is on top of it (tcp.c).
 */
#ifndef MPS2_AN505_NET_H
#define MPS2_AN505_NET_H

#include <stdbool.h>
#include <stdint.h>

void net_start(void);

/* Takes received frames and runs due timers. Thread only. */
void net_poll(void);

/* port_clock_us() time of the next timer, or now when frames are waiting. */
uint64_t net_due(void);

/* Whether the interface has an address. */
bool net_is_up(void);

/* For the TCP/IP stack: unpredictable numbers for ports and sequence numbers. */
uint32_t net_random(void);
_Noreturn void net_stack_failed(uint32_t line);

/* Interrupt handler. */
void net_isr(void);

#endif
