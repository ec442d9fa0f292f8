/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system call with every kind of pointer that an application must not pass.
 *
 * One line per slot: `slot=N status=a,b,c,...`, in the order of bad_pointers; the last line, `bad pointers:
 * done`, counts the calls. The application then still runs: a call that wrote through one of these pointers
 * would have destroyed something.
 */
#include "apps/line.h"
#include "apps/rogue/rogue.h"
#include "board.h"
#include "mv_syscalls.h"

#define SLOT_HOLE_1 20u /* two slots of the table were never given to a call */
#define SLOT_HOLE_2 71u
#define SLOTS       74u

static const uint32_t bad_pointers[] = {
    0x00000004u,        /* nothing there */
    0x10010000u,        /* secure code */
    0x38000000u,        /* secure RAM */
    0x80000000u,        /* flash behind the microvisor */
    0xE000ED08u,        /* processor's own registers: pass the range check of CMSE alone */
    BOARD_CODE_ADDRESS, /* own code: not writable */
    BOARD_RAM_ADDRESS + BOARD_RAM_BYTES - 2,   /* begins in own RAM, ends outside */
    BOARD_RAM_ADDRESS - 2,                     /* ends in own RAM, begins outside */
    BOARD_CODE_ADDRESS + BOARD_CODE_BYTES - 2, /* the same for code */
    0xFFFFFFFEu,                               /* wraps round */
};

/* All calls have at most four word arguments, in r0 to r3; those that take fewer ignore the rest. */
typedef enum MvStatus (*any_call)(uint32_t, uint32_t, uint32_t, uint32_t);

static any_call call_of_slot(uint32_t slot)
{
    uint32_t page = (uint32_t)mvEnableFastInterrupt; /* slot 0 */

    return (any_call)(page + 8u * slot);
}

static uint32_t call_with_all(uint32_t slot)
{
    struct line line = { .len = 0 };
    uint32_t calls = 0;

    line_text(&line, "slot=");
    line_number(&line, slot);
    line_text(&line, " status=");
    for (uint32_t i = 0; i < sizeof bad_pointers / sizeof bad_pointers[0]; i++) {
        uint32_t bad = bad_pointers[i];

        line_text(&line, i > 0 ? "," : "");
        line_number(&line, call_of_slot(slot)(bad, 34, bad, bad)); /* 34: what mvGetDeviceId wants */
        (void)call_of_slot(slot)(bad, bad, bad, bad);              /* sizes as wild as the pointers */
        calls += 2;
    }
    rogue_log(&line);
    return calls;
}

void rogue_call_everything(void)
{
    struct line line = { .len = 0 };
    uint32_t calls = 0;

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (slot != SLOT_HOLE_1 && slot != SLOT_HOLE_2) {
            calls += call_with_all(slot);
        }
    }
    line_text(&line, "bad pointers: done calls=");
    line_number(&line, calls);
    rogue_log(&line);
}
