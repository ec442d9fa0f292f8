/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of ours that run in the non-secure state, for what secure code cannot do from outside.
 *
 * The application can overwrite them; they are written anew before each use for our purposes, and damage it
 * does to the return from a system call is its own.
 */
#ifndef MPS2_AN505_NS_TRAMPOLINE_H
#define MPS2_AN505_NS_TRAMPOLINE_H

#include "ports/mps2_an505/memory_map.h"

#define TRAMPOLINE_BX_LR (MAP_TRAMPOLINE + 0u) /* bx lr: an exception return when lr is an EXC_RETURN */
#define TRAMPOLINE_STORE (MAP_TRAMPOLINE + 4u) /* str r1, [r0]; bx lr */

void ns_trampoline_write(void);

#endif
