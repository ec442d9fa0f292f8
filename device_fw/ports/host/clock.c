/* SPDX-License-Identifier: Apache-2.0 */
/* port_clock on CLOCK_MONOTONIC, from the first call on. The frequencies are those of the emulated board. */
#include "port/port_clock.h"

#include <time.h>

#define BOARD_HZ 20000000u

static uint64_t monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock exists on every Linux */
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t port_clock_us(void)
{
    static uint64_t start_us;

    if (start_us == 0) {
        start_us = monotonic_us();
    }
    return monotonic_us() - start_us;
}

void port_clock_rates(struct port_clock_rates *out)
{
    *out = (struct port_clock_rates){
        .sysclk_hz = BOARD_HZ, .hclk_hz = BOARD_HZ, .pclk1_hz = BOARD_HZ, .pclk2_hz = BOARD_HZ
    };
}
