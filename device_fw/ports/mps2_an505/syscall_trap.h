/* SPDX-License-Identifier: Apache-2.0 */
/* The door from the application: recognises a system call in a fault. */
#ifndef MPS2_AN505_SYSCALL_TRAP_H
#define MPS2_AN505_SYSCALL_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "ports/mps2_an505/ns_frame.h"

/* True: the application had jumped to a slot of the system-call page; the call is done, its result stands in
 * the frame, and the frame returns to the caller. False: frame untouched, this was no system call. */
bool syscall_trap_take(struct ns_frame *frame, uint32_t exc_return);

#endif
