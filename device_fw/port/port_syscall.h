/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door from the application to the microvisor. Implemented by core/sys, called by the port's secure gateway.
 *
 * It runs in the application's context, with the world switch masked, and may interrupt the microvisor's thread at any
 * place outside port_critical sections: it must be short (microseconds), must not touch flash, network or crypto, and
 * hands anything longer to the thread by flags and port_wake().
 */
#ifndef PORT_SYSCALL_H
#define PORT_SYSCALL_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_SYSCALL_SLOTS 74u /* slots of the original's table, syscalls.md section 4.2 */

/* Returned instead of a status, which it never is: the call cannot be answered yet. The port wakes the thread, and lets the
 * application make the same call again, with the same arguments, when the thread has had a turn. The application's interrupts
 * go on meanwhile, so that other calls may come between. */
#define PORT_SYSCALL_AGAIN 0xffffffffu

/* Answered by the port, inside a call: what tells it from others with the same arguments. 0 when it is made for the first
 * time, else what was set before it returned PORT_SYSCALL_AGAIN (which must be done, to 0 or not). The application could
 * forge it, to its own harm. */
uint32_t port_syscall_mark(void);
void port_syscall_mark_set(uint32_t mark);

/* slot: 0 .. PORT_SYSCALL_SLOTS-1. args: r0 to r3. from_handler: called from one of the application's exception
 * handlers. Returns an enum MvStatus, or PORT_SYSCALL_AGAIN. */
uint32_t port_syscall(uint32_t slot, const uint32_t args[4], bool from_handler);

#endif
