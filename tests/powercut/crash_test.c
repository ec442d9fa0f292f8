/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash store with the power cut at each flash operation of a sequence of adds and acknowledgements, once or many times.
 *
 * Checked after each cut (numbers as in core/crash/crash_store.h):
 *  C1 what was kept and not acknowledged waits, if it is among the newest; C2 the add that was cut is seen wholly or not at
 *  all; C3 what was acknowledged does not come back, unless the erase of its sector was cut; C4 oldest first; C5 and alignment:
 *  flash_fake_violation(), and the store can be written again.
 * POWERCUT_CASES (default 2,000) bounds the number of random repeated cuts; single cuts are exhaustive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/crash/crash_record.h"
#include "core/crash/crash_store.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

#define SECTORS     3u
#define SURE        ((SECTORS - 1) * CRASH_SLOTS) /* of the newest, that C1 speaks of on an area this small */
#define REPORTS_MAX 4096u
#define TEARINGS    4u
#define FIRST_ID    1000u

enum fate { NEVER, ATTEMPTED, KEPT, FINISHING, FINISHED };

static struct {
    enum fate fates[REPORTS_MAX];
    uint32_t count; /* numbers used */
    bool erase_was_cut;
} model;

static struct flash_fake_state saved;
static uint32_t random_state, start;
static uint64_t cases, now_us;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static const otr_CrashReport *numbered(uint32_t n)
{
    static otr_CrashReport report;

    memset(&report, 0, sizeof(report));
    report.report_id = FIRST_ID + n;
    report.has_crash = true;
    report.crash.pc = n;
    report.stack.size = (pb_size_t)(n * 37 % (sizeof(report.stack.bytes) + 1));
    memset(report.stack.bytes, (int)n, report.stack.size);
    return &report;
}

static void add(void)
{
    uint32_t n = model.count++;

    now_us += CRASH_INTERVAL_MS * 1000ull;
    model.fates[n] = ATTEMPTED;
    assert_int_equal(crash_store_add(numbered(n), now_us), CRASH_KEPT);
    model.fates[n] = KEPT;
}

static void finish_oldest(void)
{
    static otr_CrashReport oldest;
    uint32_t n;

    if (!crash_store_oldest(&oldest))
        return;
    n = (uint32_t)(oldest.report_id - FIRST_ID);
    model.fates[n] = FINISHING;
    crash_store_ack(oldest.report_id);
    model.fates[n] = FINISHED;
}

static void run_sequence(uint32_t operations)
{
    for (uint32_t i = 0; i < operations; i++) {
        if (next_random() % 5 < 3)
            add();
        else
            finish_oldest();
    }
}

static void broken(const char *rule, uint32_t n, uint64_t cut, uint32_t seed)
{
    fail_msg("report %u breaks %s after a cut at operation %llu (seed %u)", n, rule, (unsigned long long)cut,
             seed);
}

static bool must_wait(uint32_t n)
{
    return model.fates[n] == KEPT && model.count - n <= SURE;
}

static bool may_wait(uint32_t n)
{
    return model.fates[n] != NEVER && (model.fates[n] != FINISHED || model.erase_was_cut);
}

/* Empties the store, which is put back afterwards, and compares. */
static void check(uint64_t cut, uint32_t seed)
{
    static otr_CrashReport found;
    uint32_t next = 0;

    flash_fake_state_copy(&saved, flash_fake_state());
    while (crash_store_oldest(&found)) {
        uint32_t n = (uint32_t)(found.report_id - FIRST_ID);
        const otr_CrashReport *wanted = numbered(n);

        if (n < next || n >= model.count)
            broken("C4 (order)", n, cut, seed);
        if (found.stack.size != wanted->stack.size ||
            memcmp(found.stack.bytes, wanted->stack.bytes, wanted->stack.size) != 0 || found.crash.pc != n)
            broken("C2 (seen in part)", n, cut, seed);
        for (; next < n; next++)
            if (must_wait(next))
                broken("C1 (lost)", next, cut, seed);
        if (!may_wait(n))
            broken("C3 (came back)", n, cut, seed);
        next = n + 1;
        crash_store_ack(found.report_id);
    }
    for (; next < model.count; next++)
        if (must_wait(next))
            broken("C1 (lost)", next, cut, seed);
    if (flash_fake_violation() != NULL)
        fail_msg("C5 %s (cut %llu, seed %u)", flash_fake_violation(), (unsigned long long)cut, seed);
    flash_fake_state_copy(flash_fake_state(), &saved);
}

static void mount(void)
{
    crash_store_mount(++start, now_us);
}

/* An erase counts as cut until a sector has got its head after one. */
static void note_erase(const struct flash_fake_op *op)
{
    if (op->kind == FLASH_FAKE_ERASE)
        model.erase_was_cut = true;
    else if (op->kind == FLASH_FAKE_PROGRAM && memcmp(op->data, "OCR1", 4) == 0)
        model.erase_was_cut = false;
}

/* Runs a sequence with a cut in it; false when it came to its end before. Tearing decides what the cut leaves. */
static bool run_cut(uint32_t operations, uint64_t cut, uint32_t tearing)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut, tearing, &power);
    mount();
    run_sequence(operations);
    flash_fake_cut(0, 0, NULL);
    return false;
}

/* What was cut may be there or not from now on. */
static void settle(void)
{
    for (uint32_t n = 0; n < model.count; n++)
        if (model.fates[n] == FINISHING)
            model.fates[n] = ATTEMPTED;
}

static void restart_and_check(uint64_t cut, uint32_t seed)
{
    flash_fake_restart();
    mount();
    check(cut, seed);
    mount();
    settle();
}

static void new_flash(uint32_t seed)
{
    flash_fake_reset(false);
    flash_fake_observe(note_erase);
    memset(&model, 0, sizeof(model));
    random_state = seed;
    start = 0;
    now_us = 1;
}

static void single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            new_flash(77);
            if (!run_cut(120, cut, (uint32_t)cut * 31 + tearing))
                break;
            cases++;
            restart_and_check(cut, tearing);
            run_sequence(40);
            restart_and_check(cut, tearing);
        }
    }
}

static void repeated_cuts(void **state)
{
    const char *limit = getenv("POWERCUT_CASES"), *other = getenv("POWERCUT_SEED");
    uint64_t wanted = limit != NULL ? strtoull(limit, NULL, 10) : 2000;
    uint32_t first = other != NULL ? (uint32_t)strtoul(other, NULL, 10) : 13;

    (void)state;
    for (uint64_t i = 0; i < wanted; i++) {
        uint32_t seed = (uint32_t)i * 7919u + first;

        if (i % 50 == 0)
            new_flash(seed);
        if (!run_cut(60, 1 + next_random() % 12, seed))
            continue;
        cases++;
        restart_and_check(i, seed);
    }
    printf("# crash store: %llu power cuts\n", (unsigned long long)cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(repeated_cuts),
    };

    flash_fake_resize(PORT_FLASH_CRASH, SECTORS * PORT_FLASH_SECTOR_BYTES);
    board_fake_reset(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
