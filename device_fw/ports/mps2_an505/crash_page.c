/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of retained RAM that holds the microvisor's last words.
 *
 * Written by a fault handler just before the reset, so nothing here may fault: the stack slice was bounded by the caller.
 * A page counts only with its magic, which is written last, and the right sum: RAM is zero or anything after power-on.
 * The microvisor that reads it may be another one than wrote it: when the struct changes, so must the magic.
 */
#include "ports/mps2_an505/crash_page.h"

#include "port/port_boot.h"
#include "port/port_clock.h"
#include "port/port_crash.h"
#include "ports/mps2_an505/board_regs.h"
#include "ports/mps2_an505/crash.h"
#include "ports/mps2_an505/memory_map.h"

#include <stddef.h>

#define PAGE_MAGIC 0x4352534Fu

struct crash_page {
    uint32_t magic;
    uint32_t sum; /* of the words of crash */
    struct port_crash crash;
};

_Static_assert(sizeof(struct crash_page) <= MAP_CRASH_PAGE_BYTES, "the page holds it");
_Static_assert(sizeof(struct port_crash) % sizeof(uint32_t) == 0, "it is summed by words");

extern const uint8_t board_code_end[]; /* behind the last instruction, microvisor.ld */

static uint64_t run;

static struct crash_page *page(void)
{
    return (struct crash_page *)MAP_CRASH_PAGE;
}

static uint32_t sum(void)
{
    const uint32_t *words = (const uint32_t *)&page()->crash;
    uint32_t total = 0;

    for (uint32_t i = 0; i < sizeof(struct port_crash) / sizeof(uint32_t); i++) {
        total = (total << 1 | total >> 31) + words[i];
    }
    return total;
}

static uint32_t masked(uint32_t word)
{
    return crash_word_mask(word, MAP_MICROVISOR_CODE, (uint32_t)board_code_end);
}

static uint32_t stack_copy(uint32_t *out, uint32_t from, uint32_t end)
{
    uint32_t words = 0;

    while (words < PORT_CRASH_STACK_WORDS && from < end) {
        out[words++] = masked(*(const uint32_t *)from);
        from += sizeof(uint32_t);
    }
    return words;
}

void crash_page_write(struct port_fault *fault, uint32_t stack_end)
{
    struct port_crash *crash = &page()->crash;

    for (uint32_t i = 0; i < PORT_FAULT_GENERAL_REGISTERS; i++) {
        fault->r[i] = masked(fault->r[i]);
    }
    fault->lr = masked(fault->lr);
    page()->magic = 0;
    *crash = (struct port_crash){ .boot_id = run,
                                  .device_us = port_clock_us(),
                                  .microvisor_number = port_boot_build()->number,
                                  .fault = *fault };
    crash->stack_words = stack_copy(crash->stack, fault->sp, stack_end);
    page()->sum = sum();
    board_barrier();
    page()->magic = PAGE_MAGIC;
    board_barrier();
}

void port_crash_name(uint64_t boot_id)
{
    run = boot_id;
}

const struct port_crash *port_crash_last(void)
{
    if (page()->magic != PAGE_MAGIC || page()->sum != sum() ||
        page()->crash.stack_words > PORT_CRASH_STACK_WORDS) {
        return NULL;
    }
    return &page()->crash;
}

void port_crash_forget(void)
{
    page()->magic = 0;
}
