/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter: an application that runs on a battery. It measures once a second and does not need the network for it: having asked for
 * it once and given it back, it lets the device go offline between the check-ins that its bundle asks for
 * (--minimum-check-in-time, --connection-grace-time). Its lines wait for the next one.
 */
#include <stdbool.h>
#include <stdint.h>

#include "apps/line.h"
#include "cortex_m33.h"
#include "mv_syscalls.h"

#define TICKS_PER_SECOND 10u

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static volatile uint32_t ticks;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

static bool start(void)
{
    static const struct MvRequestNetworkParams request = { .version = 1 };
    MvNetworkHandle network;
    uint32_t hclk_hz;

    if (mvServerLoggingInit(log_buffer, sizeof log_buffer) != MV_STATUS_OKAY ||
        mvGetHClk(&hclk_hz) != MV_STATUS_OKAY) {
        return false;
    }
    cortex_systick_start(hclk_hz / TICKS_PER_SECOND);
    return mvRequestNetwork(&request, &network) == MV_STATUS_OKAY &&
           mvReleaseNetwork(&network) == MV_STATUS_OKAY;
}

static void measure(uint32_t seconds)
{
    struct line line = { .len = 0 };
    enum MvNetworkReason reasons = 0;
    uint32_t handles = 0;

    (void)mvGetNetworkReasons(&reasons, &handles); /* cannot fail: both are ours */
    line_text(&line, "meter seconds=");
    line_number(&line, seconds);
    line_text(&line, " reasons=");
    line_number(&line, reasons);
    (void)mvServerLog((const uint8_t *)line.text, (uint16_t)line.len); /* best effort */
}

int main(void)
{
    uint32_t measured = 0;

    if (!start()) {
        __builtin_trap(); /* reported as a crash */
    }
    for (;;) {
        cortex_wait();
        if (ticks / TICKS_PER_SECOND != measured) {
            measured = ticks / TICKS_PER_SECOND;
            measure(measured);
        }
    }
}
