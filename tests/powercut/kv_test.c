/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key/value store with the power cut at each flash operation of a sequence of puts and deletes, once or twice.
 *
 * Checked after each cut (numbers as in core/kv/kv.h):
 *  K1 what was acknowledged before the cut is there; K2 the operation that was cut is seen wholly or not at all, other keys
 *  are unchanged; K4 the store can be written again; K5 and alignment: flash_fake_violation().
 * POWERCUT_CASES (default 2,000) bounds the number of random double cuts; single cuts are exhaustive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kv/kv.h"
#include "port/port_status.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

#define KEYS     6u
#define TEARINGS 4u

/* What the store must hold, or may hold for the key of the operation that was cut. */
struct model {
    bool present;
    uint32_t length;
    uint8_t fill;
};

static struct model acknowledged[KEYS], attempted;
static uint32_t attempted_key;
static uint32_t random_state;
static uint64_t cases;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static uint32_t random_length(void)
{
    static const uint32_t lengths[] = { 0, 1, 15, 16, 17, 97, 300, 1993, KV_VALUE_MAX_BYTES };

    return lengths[next_random() % (sizeof(lengths) / sizeof(lengths[0]))];
}

static void one_operation(void)
{
    static uint8_t value[KV_VALUE_MAX_BYTES];
    int status;

    attempted_key = 1 + next_random() % (KEYS - 1);
    attempted.present = next_random() % 5 != 0;
    attempted.length = random_length();
    attempted.fill = (uint8_t)next_random();
    memset(value, attempted.fill, attempted.length);
    if (attempted.present)
        status = kv_put((enum kv_key)attempted_key, value, attempted.length);
    else
        status = kv_delete((enum kv_key)attempted_key);
    assert_int_equal(status, 0);
    acknowledged[attempted_key] = attempted;
    attempted_key = 0;
}

static bool holds(uint32_t key, const struct model *model)
{
    static uint8_t value[KV_VALUE_MAX_BYTES];
    int length = kv_get((enum kv_key)key, value, sizeof(value));

    if (!model->present)
        return length == PORT_ENOENT;
    if (length != (int)model->length)
        return false;
    for (int i = 0; i < length; i++)
        if (value[i] != model->fill)
            return false;
    return true;
}

static void check(const char *where, uint64_t cut, uint32_t seed)
{
    for (uint32_t key = 1; key < KEYS; key++) {
        if (key == attempted_key && holds(key, &attempted)) {
            acknowledged[key] = attempted;
            continue;
        }
        if (!holds(key, &acknowledged[key]))
            fail_msg("%s: key %u breaks %s after a cut at operation %llu (seed %u)", where, key,
                     key == attempted_key ? "K2" : "K1", (unsigned long long)cut, seed);
    }
    attempted_key = 0;
    if (flash_fake_violation() != NULL)
        fail_msg("%s: K5 %s (cut %llu, seed %u)", where, flash_fake_violation(), (unsigned long long)cut,
                 seed);
}

static void run_sequence(uint32_t operations)
{
    for (uint32_t i = 0; i < operations; i++)
        one_operation();
}

/* Runs the sequence of the seed with a cut; the counter lives in memory that a jump leaves alone. True if it was cut. */
static bool run_cut(uint32_t operations, uint64_t cut, uint32_t seed)
{
    jmp_buf power;

    if (setjmp(power) != 0)
        return true;
    flash_fake_cut(cut, seed, &power);
    if (kv_mount() != 0)
        fail_msg("mount failed");
    run_sequence(operations);
    flash_fake_cut(0, 0, NULL);
    return false;
}

static void start(uint32_t seed)
{
    flash_fake_reset(true);
    random_state = seed;
    memset(acknowledged, 0, sizeof(acknowledged));
    attempted_key = 0;
}

static void mount_and_check(const char *where, uint64_t cut, uint32_t seed)
{
    flash_fake_restart();
    assert_int_equal(kv_mount(), 0);
    check(where, cut, seed);
}

static void single_cuts(void **state)
{
    (void)state;
    for (uint32_t tearing = 0; tearing < TEARINGS; tearing++) {
        for (uint64_t cut = 1;; cut++) {
            start(77);
            if (!run_cut(120, cut, (uint32_t)cut * 31 + tearing))
                break;
            cases++;
            mount_and_check("single", cut, tearing);
            run_sequence(40); /* K4 */
            mount_and_check("single, written again", cut, tearing);
        }
    }
}

static void repeated_cuts(void **state)
{
    const char *limit = getenv("POWERCUT_CASES"), *other = getenv("POWERCUT_SEED");
    uint64_t wanted = limit != NULL ? strtoull(limit, NULL, 10) : 2000;
    uint32_t first = other != NULL ? (uint32_t)strtoul(other, NULL, 10) : 13;

    (void)state;
    start(1);
    for (uint64_t i = 0; i < wanted; i++) {
        uint32_t seed = (uint32_t)i * 7919u + first;

        if (i % 50 == 0)
            start(seed);
        if (!run_cut(60, 1 + next_random() % 12, seed))
            continue;
        cases++;
        mount_and_check("repeated", i, seed);
    }
}

/* A cut in each operation of a mount that itself compacts, again and again: the store is never lost. */
static void cuts_of_every_mount(void **state)
{
    uint32_t cut;

    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        start(seed);
        assert_false(run_cut(30, 0, 0));
        assert_true(run_cut(30, 5, seed));
        for (cut = 1; run_cut(0, cut, seed + cut); cut++) {
            cases++;
            flash_fake_restart();
        }
        mount_and_check("mount", cut, seed);
    }
    printf("# kv: %llu power cuts\n", (unsigned long long)cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_cuts),
        cmocka_unit_test(repeated_cuts),
        cmocka_unit_test(cuts_of_every_mount),
    };

    board_fake_reset(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
