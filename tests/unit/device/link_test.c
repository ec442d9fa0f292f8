/* SPDX-License-Identifier: Apache-2.0 */
/* The link machine: the way up, backoff, heartbeat, dead peer, Bye; and random events against its invariants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/link/link_fsm.h"
#include "proto/limits.h"

static struct link_fsm fsm;
static uint64_t now_us;
static uint32_t random_number;

static uint32_t give(enum link_event event, uint32_t value)
{
    struct link_input input = { event, value, random_number, now_us };

    return link_fsm_step(&fsm, &input);
}

static int fresh(void **state)
{
    (void)state;
    link_fsm_init(&fsm);
    now_us = 1000;
    random_number = UINT32_MAX;
    return 0;
}

static void go_up(uint32_t heartbeat_ms)
{
    assert_int_equal(give(LINK_ENABLE, 0), LINK_OPEN);
    assert_int_equal(give(LINK_STREAM_UP, 0), LINK_SEND_HELLO);
    assert_int_equal(give(LINK_WELCOME, heartbeat_ms), 0);
    assert_int_equal(fsm.state, LINK_UP);
}

static void does_nothing_when_off(void **state)
{
    (void)state;
    for (int event = LINK_DISABLE; event <= LINK_RESUME; event++)
        assert_int_equal(give((enum link_event)event, 1), 0);
    assert_true(link_fsm_due_us(&fsm) == UINT64_MAX);
}

/* L5. */
static void rests_only_from_up_and_until_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(give(LINK_ENABLE, 0), LINK_OPEN);
    assert_int_equal(give(LINK_REST, 0), 0);
    assert_int_equal(give(LINK_STREAM_UP, 0), LINK_SEND_HELLO);
    assert_int_equal(give(LINK_REST, 0), 0);
    assert_int_equal(give(LINK_WELCOME, 10000), 0);
    assert_int_equal(give(LINK_RESUME, 0), 0);
    assert_int_equal(give(LINK_REST, 0), LINK_CLOSE); /* L1 */
    assert_int_equal(fsm.state, LINK_RESTING);
    assert_true(link_fsm_due_us(&fsm) == UINT64_MAX);
    now_us += 86400000000ull;
    for (int event = LINK_TIMER; event <= LINK_REST; event++)
        assert_int_equal(give((enum link_event)event, 1), 0);
    assert_int_equal(fsm.state, LINK_RESTING);
    assert_int_equal(give(LINK_RESUME, 0), LINK_OPEN);
    assert_int_equal(fsm.state, LINK_OPENING);
    assert_int_equal(give(LINK_STREAM_LOST, 0), LINK_CLOSE);
    assert_in_range(link_fsm_due_us(&fsm) - now_us, 0, LINK_BACKOFF_MIN_MS * 1000); /* it had been welcomed */
}

static void backoff_doubles_to_its_ceiling(void **state)
{
    uint64_t ceiling_ms = LINK_BACKOFF_MIN_MS;

    (void)state;
    give(LINK_ENABLE, 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(give(LINK_STREAM_LOST, 0), LINK_CLOSE);
        assert_in_range(link_fsm_due_us(&fsm) - now_us, (ceiling_ms - 1) * 1000, ceiling_ms * 1000);
        now_us = link_fsm_due_us(&fsm) - 1;
        assert_int_equal(give(LINK_TIMER, 0), 0);
        now_us++;
        assert_int_equal(give(LINK_TIMER, 0), LINK_OPEN);
        ceiling_ms = ceiling_ms * 2 < LINK_BACKOFF_MAX_MS ? ceiling_ms * 2 : LINK_BACKOFF_MAX_MS;
    }
    random_number = 0; /* full jitter: may be at once */
    give(LINK_STREAM_LOST, 0);
    assert_true(link_fsm_due_us(&fsm) == now_us);
}

static void a_welcomed_session_resets_backoff(void **state)
{
    (void)state;
    give(LINK_ENABLE, 0);
    for (int i = 0; i < 5; i++) {
        give(LINK_STREAM_LOST, 0);
        now_us = link_fsm_due_us(&fsm);
        give(LINK_TIMER, 0);
    }
    give(LINK_STREAM_UP, 0);
    give(LINK_WELCOME, 1000);
    give(LINK_STREAM_LOST, 0);
    assert_true(link_fsm_due_us(&fsm) - now_us <= LINK_BACKOFF_MIN_MS * 1000);
}

static void opening_and_greeting_time_out(void **state)
{
    (void)state;
    give(LINK_ENABLE, 0);
    now_us += LINK_OPEN_TIMEOUT_MS * 1000ull;
    assert_int_equal(give(LINK_TIMER, 0), LINK_CLOSE);
    now_us = link_fsm_due_us(&fsm);
    give(LINK_TIMER, 0);
    give(LINK_STREAM_UP, 0);
    now_us += LINK_WELCOME_TIMEOUT_MS * 1000ull - 1;
    assert_int_equal(give(LINK_TIMER, 0), 0);
    now_us++;
    assert_int_equal(give(LINK_TIMER, 0), LINK_CLOSE);
}

static void bye_sets_the_least_wait(void **state)
{
    (void)state;
    go_up(1000);
    random_number = 0;
    assert_int_equal(give(LINK_BYE, 5000), LINK_CLOSE);
    assert_true(link_fsm_due_us(&fsm) == now_us + 5000000);
}

static void bye_waits_an_hour_at_most(void **state)
{
    (void)state;
    go_up(1000);
    random_number = 0;
    assert_int_equal(give(LINK_BYE, UINT32_MAX), LINK_CLOSE);
    assert_true(link_fsm_due_us(&fsm) == now_us + BYE_RETRY_MAX_MS * 1000ull);
}

static void second_welcome_closes(void **state)
{
    (void)state;
    go_up(1000);
    assert_int_equal(give(LINK_WELCOME, 1000), LINK_CLOSE);
}

/* Runs UP for a time in which each side speaks as told; returns the number of pings, or -1 when it closed. */
static int run_up(uint64_t for_us, bool hears, bool sends)
{
    uint64_t end_us = now_us + for_us;
    int pings = 0;

    while (now_us < end_us) {
        uint32_t actions;

        now_us += 10000;
        if (hears)
            give(LINK_HEARD, 0);
        if (sends)
            give(LINK_SENT, 0);
        actions = give(LINK_TIMER, 0);
        if (actions & LINK_CLOSE)
            return -1;
        if (actions & LINK_SEND_PING) {
            pings++;
            give(LINK_SENT, 0);
        }
    }
    return pings;
}

static void pings_when_either_side_is_silent(void **state)
{
    (void)state;
    go_up(1000);
    assert_int_equal(run_up(10000000, true, true), 0);
    assert_in_range(run_up(10000000, true, false), 10, 12);
    assert_in_range(run_up(2000000, false, true), 2, 2); /* talks, hears nothing: asks */
}

static void gives_up_after_two_and_a_half_heartbeats_of_silence(void **state)
{
    (void)state;
    go_up(1000);
    assert_in_range(run_up(2480000, false, true), 2, 3);
    assert_int_equal(run_up(30000, false, true), -1);
    assert_int_equal(fsm.state, LINK_WAITING);
}

static void disable_closes_what_is_open(void **state)
{
    (void)state;
    go_up(1000);
    assert_int_equal(give(LINK_DISABLE, 0), LINK_CLOSE);
    assert_int_equal(give(LINK_ENABLE, 0), LINK_OPEN);
}

static bool has_stream(enum link_state state)
{
    return state == LINK_OPENING || state == LINK_GREETING || state == LINK_UP;
}

/* L1, L2 and L4 under a million random events. */
static void invariants_hold_under_random_events(void **state)
{
    uint32_t seed = 5;
    uint32_t hellos = 0;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        enum link_state before = fsm.state;
        uint32_t actions;

        seed = seed * 1664525u + 1013904223u;
        random_number = seed;
        now_us += (seed >> 12) % 3000000;
        actions = give((enum link_event)((seed >> 8) % 9), 200 + (seed >> 4) % 100000);
        assert_int_equal((actions & LINK_CLOSE) != 0, has_stream(before) && !has_stream(fsm.state));
        assert_int_equal((actions & LINK_OPEN) != 0, !has_stream(before) && has_stream(fsm.state));
        if (actions & LINK_OPEN)
            hellos = 0;
        if (actions & LINK_SEND_HELLO)
            assert_int_equal(++hellos, 1);
        assert_false((actions & LINK_SEND_PING) != 0 && fsm.state != LINK_UP);
        if (fsm.state == LINK_UP)
            assert_true(link_fsm_due_us(&fsm) <= fsm.last_tx_us + fsm.heartbeat_ms * 1000ull ||
                        link_fsm_due_us(&fsm) <= fsm.last_ping_us + fsm.heartbeat_ms * 1000ull);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(does_nothing_when_off, fresh),
        cmocka_unit_test_setup(rests_only_from_up_and_until_it_is_told, fresh),
        cmocka_unit_test_setup(backoff_doubles_to_its_ceiling, fresh),
        cmocka_unit_test_setup(a_welcomed_session_resets_backoff, fresh),
        cmocka_unit_test_setup(opening_and_greeting_time_out, fresh),
        cmocka_unit_test_setup(bye_sets_the_least_wait, fresh),
        cmocka_unit_test_setup(bye_waits_an_hour_at_most, fresh),
        cmocka_unit_test_setup(second_welcome_closes, fresh),
        cmocka_unit_test_setup(pings_when_either_side_is_silent, fresh),
        cmocka_unit_test_setup(gives_up_after_two_and_a_half_heartbeats_of_silence, fresh),
        cmocka_unit_test_setup(disable_closes_what_is_open, fresh),
        cmocka_unit_test_setup(invariants_hold_under_random_events, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
