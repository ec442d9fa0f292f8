/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the microvisor's thread that no system call may interleave with. They do not nest and are short. */
#ifndef PORT_CRITICAL_H
#define PORT_CRITICAL_H

void port_critical_enter(void);
void port_critical_leave(void);

/* Makes the microvisor's thread run soon (its next step is due now). Any context. */
void port_wake(void);

#endif
