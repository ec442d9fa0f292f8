/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time and the frequencies that applications may ask for. */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H

#include <stdint.h>

/* Microseconds since the microvisor started; never goes back, does not stop while the application sleeps.
 * May be called from any context, system calls included. */
uint64_t port_clock_us(void);

struct port_clock_rates {
    uint32_t sysclk_hz;
    uint32_t hclk_hz;
    uint32_t pclk1_hz;
    uint32_t pclk2_hz;
};

void port_clock_rates(struct port_clock_rates *out);

#endif
