/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tester: the test application of a factory image. Tries clock and memory, says on the factory's console how each went, and
 * ends the test: 0 when all is well, else a bit per part that failed. A product's tester would try its sensors and radios.
 */
#include <stdbool.h>
#include <stdint.h>

#include "apps/line.h"
#include "cortex_m33.h"
#include "mv_syscalls.h"

#ifndef TESTER_FAILS
#define TESTER_FAILS 0 /* a device that is broken on purpose: bits that are reported anyway */
#endif

#define DEVICE_ID_CHARS 34u
#define MEMORY_WORDS    8192u
#define CLOCK_STEP_US   2000u
#define CLOCK_LOOPS_MAX 50000000u

enum tester_part { TESTER_CLOCK = 1, TESTER_MEMORY = 2 };

static uint8_t log_buffer[1024] __attribute__((aligned(512)));
static volatile uint32_t memory[MEMORY_WORDS];

static void line_send(const struct line *line)
{
    (void)mvTestLog((const uint8_t *)line->text, (uint16_t)line->len); /* the result counts, not the words */
}

static void say_device(void)
{
    struct line line = { .len = 0 };
    uint8_t id[DEVICE_ID_CHARS];

    line_text(&line, "tester");
    if (mvGetDeviceId(id, sizeof id) == MV_STATUS_OKAY) {
        line_text(&line, " device=");
        line_bytes(&line, (const char *)id, sizeof id);
    }
    line_send(&line);
}

static void say(const char *part, bool good)
{
    struct line line = { .len = 0 };

    line_text(&line, "tester ");
    line_text(&line, part);
    line_text(&line, good ? " ok" : " FAILED");
    line_send(&line);
}

/* Does time pass? */
static bool clock_is_good(void)
{
    uint64_t start_us = 0, now_us = 0;

    if (mvGetMicroseconds(&start_us) != MV_STATUS_OKAY) {
        return false;
    }
    for (uint32_t i = 0; i < CLOCK_LOOPS_MAX && now_us < start_us + CLOCK_STEP_US; i++) {
        if (mvGetMicroseconds(&now_us) != MV_STATUS_OKAY || now_us < start_us) {
            return false;
        }
    }
    return now_us >= start_us + CLOCK_STEP_US;
}

/* Each word holds its own address, then the opposite. */
static bool memory_is_good(void)
{
    for (uint32_t flip = 0;; flip = UINT32_MAX) {
        for (uint32_t i = 0; i < MEMORY_WORDS; i++) {
            memory[i] = (uint32_t)(uintptr_t)&memory[i] ^ flip;
        }
        for (uint32_t i = 0; i < MEMORY_WORDS; i++) {
            if (memory[i] != ((uint32_t)(uintptr_t)&memory[i] ^ flip)) {
                return false;
            }
        }
        if (flip != 0) {
            return true;
        }
    }
}

int main(void)
{
    uint32_t failed = TESTER_FAILS;

    if (mvTestLoggingInit(log_buffer, sizeof log_buffer) == MV_STATUS_OKAY) {
        say_device();
        failed |= clock_is_good() ? 0 : TESTER_CLOCK;
        say("clock", (failed & TESTER_CLOCK) == 0);
        failed |= memory_is_good() ? 0 : TESTER_MEMORY;
        say("memory", (failed & TESTER_MEMORY) == 0);
        (void)mvTestingComplete(failed);
    }
    for (;;) { /* not under test, or the microvisor is about to end it */
        cortex_wait();
    }
}
