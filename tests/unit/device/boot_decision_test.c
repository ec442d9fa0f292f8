/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot decision over all combinations of two trailers, two images and falls, against E1 to E6 of core/boot/boot_decision.h as a
 * second, slower writing of the rules; and its answers at the gate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/boot/boot_decision.h"
#include "core/boot/boot_gate.h"
#include "port/port_status.h"
#include "tests/unit/device/flash_fake.h"

#define SLOT_BYTES (2u * PORT_FLASH_SECTOR_BYTES)
#define A          PORT_FLASH_MICROVISOR_A
#define B          PORT_FLASH_MICROVISOR_B

/* What a slot can be like. */
enum life { BLANK, EMPTIED, IDENTIFIED, PENDING, TRIED, USED_UP, CONFIRMED, CONFIRMED_LATE, REFUSED, LIVES };

static bool image_good[BOOT_SLOTS];
static uint32_t judged[BOOT_SLOTS], falls;

static void setup_flash(void)
{
    flash_fake_resize(A, SLOT_BYTES);
    flash_fake_resize(B, SLOT_BYTES);
    flash_fake_reset(false);
    memset(judged, 0, sizeof(judged));
    falls = 0;
}

static uint32_t judge(void *context, enum port_flash_area slot)
{
    assert_ptr_equal(context, judged);
    judged[slot]++;
    for (int step = BOOT_STEP_HEADER; step <= BOOT_STEP_VECTORS; step++) {
        for (uint32_t round = 0; round < BOOT_ROUNDS; round++) {
            (void)boot_gate_answer((enum boot_step)step, round, BOOT_YES(step));
        }
    }
    return image_good[slot] ? BOOT_YES(BOOT_STEP_SIGNATURE) : 1u;
}

static struct boot_decision decide(void)
{
    return boot_decision_make(judge, judged, falls);
}

static void count_tries(enum port_flash_area slot, uint32_t tries)
{
    while (tries-- > 0) {
        assert_int_equal(boot_trailer_count_try(slot), PORT_OK);
    }
}

static void live(enum port_flash_area slot, enum life life, uint32_t sequence)
{
    static const uint8_t manifest[SHA256_BYTES] = { 9 };

    if (life == BLANK) {
        return;
    }
    assert_int_equal(boot_trailer_erase(slot), PORT_OK);
    if (life == EMPTIED) {
        return;
    }
    assert_int_equal(boot_trailer_identify(slot, sequence, manifest), PORT_OK);
    if (life == IDENTIFIED) {
        return;
    }
    assert_int_equal(boot_trailer_mark(slot, BOOT_MARK_PENDING), PORT_OK);
    count_tries(slot, life == TRIED ? 1 : life == USED_UP || life == CONFIRMED_LATE ? BOOT_TRIES_MAX : 0);
    if (life == CONFIRMED || life == CONFIRMED_LATE || life == REFUSED) {
        assert_int_equal(boot_trailer_mark(slot, BOOT_MARK_CONFIRMED), PORT_OK);
    }
    if (life == REFUSED) {
        assert_int_equal(boot_trailer_mark(slot, BOOT_MARK_REFUSED), PORT_OK);
    }
}

static bool on_trial(enum life life)
{
    return life == PENDING || life == TRIED;
}

static bool may_start(enum port_flash_area slot, enum life life)
{
    return on_trial(life) || life == CONFIRMED || life == CONFIRMED_LATE || (life == BLANK && slot == A);
}

/* E6: both are confirmed, and the newer one falls: now it is the turn of the older one. */
static bool turn_of_older(const enum life lives[BOOT_SLOTS], uint32_t fallen)
{
    return may_start(A, lives[A]) && may_start(B, lives[B]) && !on_trial(lives[A]) && !on_trial(lives[B]) &&
           ((fallen >= BOOT_FALLS_MAX && fallen < 2 * BOOT_FALLS_MAX) || fallen >= 3 * BOOT_FALLS_MAX);
}

/* The rules once more: the slot that must be started, PORT_FLASH_AREA_COUNT for recovery. */
static enum port_flash_area expected(const enum life lives[BOOT_SLOTS], const uint32_t sequences[BOOT_SLOTS],
                                     uint32_t fallen)
{
    bool can[BOOT_SLOTS];
    uint32_t age[BOOT_SLOTS];

    for (int i = 0; i < 2; i++) {
        can[i] = may_start((enum port_flash_area)i, lives[i]) && image_good[i];
        age[i] = lives[i] == BLANK ? 0 : sequences[i];
    }
    if (!can[A] || !can[B]) {
        return can[A] ? A : can[B] ? B : PORT_FLASH_AREA_COUNT;
    }
    bool a_first = age[A] != age[B] ? age[A] > age[B] : !on_trial(lives[A]) || on_trial(lives[B]);
    return a_first != turn_of_older(lives, fallen) ? A : B;
}

static void check(const enum life lives[BOOT_SLOTS], const uint32_t sequences[BOOT_SLOTS], uint32_t fallen)
{
    struct boot_trailer before[BOOT_SLOTS], after;

    setup_flash();
    for (int i = 0; i < 2; i++) {
        live((enum port_flash_area)i, lives[i], sequences[i]);
        assert_int_equal(boot_trailer_read((enum port_flash_area)i, &before[i]), PORT_OK);
    }
    falls = fallen;
    struct boot_decision decision = decide();
    enum port_flash_area slot = expected(lives, sequences, fallen);
    assert_int_equal(decision.slot, slot); /* E1, E3, E4, E6 */
    for (int i = 0; i < 2; i++) {
        bool tried = slot == (enum port_flash_area)i && on_trial(lives[i]);
        assert_int_equal(boot_trailer_read((enum port_flash_area)i, &after), PORT_OK);
        assert_int_equal(after.tries, before[i].tries + tried); /* E2, and no other try is counted */
        assert_true(judged[i] <= 1);                            /* E5 */
        assert_true(judged[i] == 0 || may_start((enum port_flash_area)i, lives[i]));
    }
    if (slot == PORT_FLASH_AREA_COUNT) {
        assert_int_equal(decision.role, BOOT_ROLE_NONE);
        assert_int_not_equal(boot_gate_is_open(), BOOT_YES(BOOT_STEPS));
    } else {
        assert_int_equal(decision.role, on_trial(lives[slot]) ? BOOT_ROLE_TRIAL : BOOT_ROLE_CONFIRMED);
        assert_int_equal(boot_gate_is_open(), BOOT_YES(BOOT_STEPS));
    }
    assert_null(flash_fake_violation());
}

static void all_combinations(void **state)
{
    static const uint32_t fallen[] = {
        0, BOOT_FALLS_MAX - 1, BOOT_FALLS_MAX, 2 * BOOT_FALLS_MAX - 1, 2 * BOOT_FALLS_MAX, 3 * BOOT_FALLS_MAX
    };

    (void)state;
    for (uint32_t i = 0; i < LIVES * LIVES * 3 * 4; i++) {
        const enum life lives[] = { (enum life)(i % LIVES), (enum life)(i / LIVES % LIVES) };
        const uint32_t order = i / LIVES / LIVES;
        const uint32_t sequences[] = { 5 + (order % 3 == 1), 5 + (order % 3 == 2) };

        image_good[A] = order / 3 % 2 != 0;
        image_good[B] = order / 6 != 0;
        for (uint32_t j = 0; j < sizeof(fallen) / sizeof(fallen[0]); j++) {
            check(lives, sequences, fallen[j]);
        }
    }
}

/* A new microvisor that never confirms: on trial three times, then the old one for ever. */
static void a_trial_ends_by_itself(void **state)
{
    (void)state;
    setup_flash();
    image_good[A] = image_good[B] = true;
    live(B, PENDING, 1);
    for (uint32_t start = 0; start < BOOT_TRIES_MAX; start++) {
        assert_int_equal(decide().slot, B);
    }
    for (uint32_t start = 0; start < 3; start++) {
        struct boot_decision decision = decide();
        assert_int_equal(decision.slot, A);
        assert_int_equal(decision.role, BOOT_ROLE_CONFIRMED);
    }
}

/* E6: nothing is written for a turn, however often it changes. */
static void turns_write_nothing(void **state)
{
    uint8_t before[BOOT_SLOTS][SLOT_BYTES];

    (void)state;
    setup_flash();
    image_good[A] = image_good[B] = true;
    live(B, CONFIRMED, 1);
    memcpy(before[A], flash_fake_bytes(A), SLOT_BYTES);
    memcpy(before[B], flash_fake_bytes(B), SLOT_BYTES);
    for (falls = 0; falls < 20 * BOOT_FALLS_MAX; falls++) {
        assert_int_equal(decide().slot, falls / BOOT_FALLS_MAX % 2 == 0 ? B : A);
    }
    assert_memory_equal(flash_fake_bytes(A), before[A], SLOT_BYTES);
    assert_memory_equal(flash_fake_bytes(B), before[B], SLOT_BYTES);
}

static void fail_each(enum port_flash_area area)
{
    (void)area;
    flash_fake_fail(1);
}

/* E2: a try that cannot be counted is no start; the other slot is started. */
static void no_try_without_a_durable_count(void **state)
{
    (void)state;
    setup_flash();
    image_good[A] = image_good[B] = true;
    live(B, PENDING, 1);
    flash_fake_watch(fail_each);
    assert_int_equal(decide().slot, A);
    flash_fake_watch(NULL);
    assert_int_equal(decide().slot, B);
}

static void an_unreadable_trailer_gives_no_role(void **state)
{
    (void)state;
    setup_flash();
    image_good[A] = image_good[B] = true;
    live(B, CONFIRMED, 1);
    flash_fake_poison(B, SLOT_BYTES - PORT_FLASH_SECTOR_BYTES);
    assert_int_equal(decide().slot, B);
    flash_fake_poison(B, SLOT_BYTES - PORT_FLASH_SECTOR_BYTES / 2);
    assert_int_equal(decide().slot, A);
    flash_fake_poison(A, SLOT_BYTES - PORT_FLASH_SECTOR_BYTES);
    assert_int_equal(decide().role, BOOT_ROLE_NONE); /* not blank any more */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_combinations),
        cmocka_unit_test(a_trial_ends_by_itself),
        cmocka_unit_test(turns_write_nothing),
        cmocka_unit_test(no_try_without_a_durable_count),
        cmocka_unit_test(an_unreadable_trailer_gives_no_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
