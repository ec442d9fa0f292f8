/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello: says who it is, then counts. The smallest useful application.
 *
 * SysTick wakes it ten times a second; between two ticks it sleeps, so that the microvisor and the machine
 * can, too.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cortex_m33.h"
#include "apps/line.h"
#include "mv_syscalls.h"

#ifndef APP_VERSION
#define APP_VERSION 1
#endif

#define TICKS_PER_SECOND 10u
#define DEVICE_ID_CHARS  34u

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static volatile uint32_t ticks;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

static void line_send(const struct line *line)
{
    /* Best effort: a line that finds no room, or logging disabled, is lost, and the next one is tried again.
     */
    (void)mvServerLog((const uint8_t *)line->text, (uint16_t)line->len);
}

static void say_hello(void)
{
    struct line line = { .len = 0 };
    uint8_t id[DEVICE_ID_CHARS];

    line_text(&line, "hello v");
    line_number(&line, APP_VERSION);
    if (mvGetDeviceId(id, sizeof id) == MV_STATUS_OKAY) {
        line_text(&line, " device=");
        line_bytes(&line, (const char *)id, sizeof id);
    }
    line_send(&line);
}

static void count(uint32_t number)
{
    struct line line = { .len = 0 };

    line_text(&line, "hello v");
    line_number(&line, APP_VERSION);
    line_text(&line, " count=");
    line_number(&line, number);
    line_send(&line);
}

static bool start(void)
{
    uint32_t hclk_hz;

    if (mvServerLoggingInit(log_buffer, sizeof log_buffer) != MV_STATUS_OKAY ||
        mvGetHClk(&hclk_hz) != MV_STATUS_OKAY) {
        return false;
    }
    cortex_systick_start(hclk_hz / TICKS_PER_SECOND);
    return true;
}

int main(void)
{
    uint32_t counted = 0;

    if (!start()) {
        __builtin_trap(); /* reported as a crash: there is no other way to say so without a log */
    }
    say_hello();
    for (;;) {
        cortex_wait();
        if (ticks / TICKS_PER_SECOND != counted) {
            counted = ticks / TICKS_PER_SECOND;
            count(counted);
        }
    }
}
