/* SPDX-License-Identifier: Apache-2.0 */
/* Why and where a program ended, the application or the microvisor itself: what a board can tell of a fault. */
#ifndef PORT_FAULT_H
#define PORT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_FAULT_GENERAL_REGISTERS 13u

struct port_fault {
    uint32_t cause; /* of CrashCause in wire.proto */
    /* At the fault. Of a stack that could not be read (CRASH_BAD_STACK) sp and r4 to r11 are known, the rest is 0. */
    uint32_t r[PORT_FAULT_GENERAL_REGISTERS];
    uint32_t sp, lr, pc, xpsr;
    uint32_t address;             /* that was touched, when address_known */
    uint32_t fault_status;        /* CFSR of the faulting world */
    uint32_t secure_fault_status; /* SFSR */
    bool address_known;
    bool registers_known; /* false: the board knows pc at most */
};

#endif
