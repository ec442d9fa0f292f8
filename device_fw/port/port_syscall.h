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

/* slot: 0 .. PORT_SYSCALL_SLOTS-1. args: r0 to r3. from_handler: called from one of the application's exception
 * handlers. Returns an enum MvStatus. */
uint32_t port_syscall(uint32_t slot, const uint32_t args[4], bool from_handler);

#endif
