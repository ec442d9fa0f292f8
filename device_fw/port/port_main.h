/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core seen from a board's main function. Implemented by core/monitor, called by ports.
 *
 *   board set-up; microvisor_init(); for (;;) wait_until(microvisor_step());
 */
#ifndef PORT_MAIN_H
#define PORT_MAIN_H

#include <stdint.h>

/* Once, after the board is set up. Mounts the stores, measures and starts the application. */
void microvisor_init(void);

/* Does all work that is due, without waiting. Returns the port_clock_us() time of the next work; the board calls again
 * then, or earlier after a network, console or application event or port_wake(). */
uint64_t microvisor_step(void);

#endif
