/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated application's world for tests of the core: a code window, RAM, interrupts, faults on demand. */
#ifndef NS_FAKE_H
#define NS_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_ns.h"
#include "tests/unit/device/flash_fake.h"

#define NS_FAKE_CODE     0x00200000u
#define NS_FAKE_RAM      0x28200000u
#define NS_FAKE_RAM_SIZE 0x8000u
#define NS_FAKE_IRQ_MIN  64u
#define NS_FAKE_IRQ_MAX  71u
#define NS_FAKE_SP       (NS_FAKE_RAM + 0x4000u)
#define NS_FAKE_PLACE    0x00200400u /* where it is while it runs */

void ns_fake_reset(void);

/* The code window and the RAM as bytes. */
uint8_t *ns_fake_code(void);
uint8_t *ns_fake_ram(void);

/* Starts so far; the next start is refused when told so. */
uint32_t ns_fake_starts(void);
void ns_fake_refuse_start(bool refuse);

/* The running application faults: r0 to r12 are 100 to 112, lr is 114, sp is NS_FAKE_SP until it is given another value. */
void ns_fake_fault(uint32_t cause, uint32_t pc);
void ns_fake_sp(uint32_t sp);

/* How often an interrupt was pended. */
uint32_t ns_fake_pended(uint32_t irq);

/* What port_syscall_mark answers: of the call that is made next. */
void ns_fake_call_mark(uint32_t mark);

/* Called at each start, before it counts; may be NULL. */
void ns_fake_on_start(void (*on_start)(void));

#endif
