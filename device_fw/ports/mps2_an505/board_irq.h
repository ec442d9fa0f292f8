/* SPDX-License-Identifier: Apache-2.0 */
/* The microvisor's own (secure) interrupts. All have one priority: none interrupts another. */
#ifndef MPS2_AN505_BOARD_IRQ_H
#define MPS2_AN505_BOARD_IRQ_H

#include <stdint.h>

/* Forgets what was pending and lets the line through. Its handler stands in start.c's vector table. */
void irq_enable(uint32_t line);

#endif
