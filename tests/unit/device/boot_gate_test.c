/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before the jump: it opens for the whole list of yes and for nothing else (G1, G2 of core/boot/boot_gate.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/boot/boot_gate.h"

#define ANSWERS (BOOT_STEPS * BOOT_ROUNDS)
#define ADDRESS 0x10010201u

struct answer {
    enum boot_step step;
    uint32_t round;
    uint32_t word;
};

/* The right list, in the order in which it is given. */
static void right_list(struct answer list[ANSWERS])
{
    for (uint32_t i = 0; i < ANSWERS; i++) {
        enum boot_step step = (enum boot_step)(i / BOOT_ROUNDS);
        list[i] = (struct answer){ step, i % BOOT_ROUNDS, BOOT_YES(step) };
    }
}

static void give(const struct answer *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t back = boot_gate_answer(list[i].step, list[i].round, list[i].word);
        for (int step = 0; step <= BOOT_STEPS; step++) {
            assert_int_not_equal(back, BOOT_YES(step));
        }
    }
}

static uint32_t unsealed(void)
{
    return boot_gate_seal(ADDRESS) + boot_gate[0] + boot_gate[1];
}

static void assert_closed(void)
{
    assert_int_equal(boot_gate_is_open(), BOOT_NO(BOOT_STEPS));
    assert_int_not_equal(unsealed(), ADDRESS);
}

static void the_whole_list_opens_it(void **state)
{
    struct answer list[ANSWERS];

    (void)state;
    right_list(list);
    assert_closed(); /* as after a reset */
    for (int again = 0; again < 2; again++) {
        boot_gate_close();
        for (uint32_t count = 0; count < ANSWERS; count++) {
            assert_closed();
            give(list + count, 1);
        }
        assert_int_equal(boot_gate_is_open(), BOOT_YES(BOOT_STEPS));
        assert_int_equal(unsealed(), ADDRESS);
    }
}

/* Every decision skipped in turn, given twice, or given another answer, in one round or in both. */
static void one_other_answer_leaves_it_closed(void **state)
{
    struct answer list[ANSWERS];

    (void)state;
    right_list(list);
    for (uint32_t i = 0; i < ANSWERS; i++) {
        boot_gate_close();
        give(list, i);
        give(list + i + 1, ANSWERS - i - 1);
        assert_closed();
        boot_gate_close();
        give(list, i + 1);
        give(list + i, ANSWERS - i);
        assert_closed();
        const uint32_t words[] = { 0, 1, UINT32_MAX, BOOT_NO(list[i].step), BOOT_YES(list[i].step + 1) };
        for (uint32_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
            for (uint32_t both = 0; both < 2; both++) {
                right_list(list);
                list[i].word = words[w];
                list[(i - i % 2) + (i % 2 ^ both)].word = words[w];
                boot_gate_close();
                give(list, ANSWERS);
                assert_closed();
            }
        }
        right_list(list);
    }
}

static void one_exchanged_pair_leaves_it_closed(void **state)
{
    struct answer list[ANSWERS];

    (void)state;
    for (uint32_t a = 0; a < ANSWERS; a++) {
        for (uint32_t b = a + 1; b < ANSWERS; b++) {
            right_list(list);
            if (list[a].round != list[b].round) {
                continue; /* each round has an order of its own */
            }
            struct answer kept = list[a];
            list[a] = list[b];
            list[b] = kept;
            boot_gate_close();
            give(list, ANSWERS);
            assert_closed();
        }
    }
}

static void a_missing_step_leaves_it_closed(void **state)
{
    struct answer list[ANSWERS];

    (void)state;
    right_list(list);
    for (uint32_t i = 0; i < ANSWERS; i += BOOT_ROUNDS) {
        boot_gate_close();
        give(list, i);
        give(list + i + BOOT_ROUNDS, ANSWERS - i - BOOT_ROUNDS);
        assert_closed();
    }
}

static void one_flipped_bit_leaves_it_closed(void **state)
{
    struct answer list[ANSWERS];

    (void)state;
    right_list(list);
    for (uint32_t bit = 0; bit < 64; bit++) {
        boot_gate_close();
        give(list, ANSWERS);
        boot_gate[bit / 32] ^= 1u << bit % 32;
        assert_closed();
    }
}

static int bits(uint32_t word)
{
    return __builtin_popcount(word);
}

static void words_are_far_apart(void **state)
{
    (void)state;
    for (int a = 0; a <= BOOT_STEPS; a++) {
        assert_in_range(bits(BOOT_YES(a)), 12, 20);
        for (int b = 0; b < a; b++) {
            assert_in_range(bits(BOOT_YES(a) ^ BOOT_YES(b)), 12, 20);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_list_opens_it),
        cmocka_unit_test(one_other_answer_leaves_it_closed),
        cmocka_unit_test(one_exchanged_pair_leaves_it_closed),
        cmocka_unit_test(a_missing_step_leaves_it_closed),
        cmocka_unit_test(one_flipped_bit_leaves_it_closed),
        cmocka_unit_test(words_are_far_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
