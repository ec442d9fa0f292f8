/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of both worlds, and the end of the microvisor when the fault is its own. */
#ifndef MPS2_AN505_FAULT_H
#define MPS2_AN505_FAULT_H

#include <stdint.h>

/* Prints one line and resets the board; RESET_MICROVISOR_CRASH is the next start's reason. Any context. */
_Noreturn void fault_panic(const char *what, uint32_t detail);

#endif
