/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory, peripherals and interrupts belong to the application: set up once, never changed. */
#ifndef MPS2_AN505_ISOLATION_H
#define MPS2_AN505_ISOLATION_H

#include <stdint.h>

/* Sets SAU, MPC, PPC, interrupt targets, exception priorities. Everything was secure before (reset). */
void isolation_start(void);

/* Bit n of word w: interrupt line 32 * w + n belongs to the application. */
uint32_t isolation_app_irqs(uint32_t word);

#endif
