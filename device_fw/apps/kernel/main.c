/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel: an application on its own preemptive kernel. Two threads count under one mutex and log; a third
 * computes without yielding, which shows preemption: without it the other two would be silent meanwhile.
 */
#include "kernel.h"

#include "apps/line.h"
#include "mv_syscalls.h"

#define PERIODS_PER_SECOND 20u
#define BUSY_PERIODS       3u
#define STACK_BYTES        2048u

static uint8_t log_buffer[4096] __attribute__((aligned(512)));
static uint64_t stacks[3][STACK_BYTES / 8];
static struct kernel_mutex mutex;
static uint32_t counted; /* under mutex */
static volatile uint32_t spins;

/* Reads, sleeps and writes back inside the lock: without a working mutex the two threads lose counts. */
static void count_and_log(const char *name)
{
    struct line line = { .len = 0 };
    uint32_t seen;

    kernel_lock(&mutex);
    seen = counted;
    kernel_sleep(1);
    counted = seen + 1;
    line_text(&line, "kernel thread=");
    line_text(&line, name);
    line_text(&line, " count=");
    line_number(&line, counted);
    line_text(&line, spins > 0 ? " preempted=yes" : " preempted=no");
    (void)mvServerLog((const uint8_t *)line.text, (uint16_t)line.len); /* best effort */
    kernel_unlock(&mutex);
}

static void thread_a(void)
{
    for (;;) {
        count_and_log("a");
        kernel_sleep(PERIODS_PER_SECOND);
    }
}

static void thread_b(void)
{
    for (;;) {
        count_and_log("b");
        kernel_sleep(PERIODS_PER_SECOND / 2);
    }
}

/* Never yields while it is busy; half of the time it rests, so that the board can sleep, too. */
static void thread_busy(void)
{
    for (;;) {
        uint32_t until = kernel_periods() + BUSY_PERIODS;

        while ((int32_t)(kernel_periods() - until) < 0) {
            spins++;
        }
        kernel_sleep(BUSY_PERIODS);
    }
}

int main(void)
{
    uint32_t hclk_hz;

    if (mvServerLoggingInit(log_buffer, sizeof log_buffer) != MV_STATUS_OKAY ||
        mvGetHClk(&hclk_hz) != MV_STATUS_OKAY || kernel_thread_add(thread_a, stacks[0], STACK_BYTES) != 0 ||
        kernel_thread_add(thread_b, stacks[1], STACK_BYTES) != 0 ||
        kernel_thread_add(thread_busy, stacks[2], STACK_BYTES) != 0) {
        __builtin_trap();
    }
    kernel_start(hclk_hz / PERIODS_PER_SECOND);
}
