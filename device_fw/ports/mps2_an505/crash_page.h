/* SPDX-License-Identifier: Apache-2.0 */
/* The microvisor's last words in RAM that survives a reset; port_crash.h reads them. */
#ifndef MPS2_AN505_CRASH_PAGE_H
#define MPS2_AN505_CRASH_PAGE_H

#include <stdint.h>

#include "port/port_fault.h"

/* Keeps a fault of secure code and the stack above its sp, up to stack_end. Masks words of *fault as P1 of port_crash.h says, so
 * that what is printed of it afterwards is masked, too. Any context, interrupts masked or not. */
void crash_page_write(struct port_fault *fault, uint32_t stack_end);

#endif
