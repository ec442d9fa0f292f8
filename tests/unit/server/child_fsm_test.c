/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a role's process, invariants F1 to F5 of main/child_fsm.h, with a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "main/child_fsm.h"

#define S INT64_C(1000000)

static struct child_fsm f;
static int64_t now;

static enum child_action step(enum child_event event)
{
    return child_fsm_step(&f, event, now);
}

static int setup(void **state)
{
    (void)state;
    child_fsm_init(&f);
    now = 1000 * S;
    return 0;
}

static void bring_up(void)
{
    step(CHILD_EV_RELEASE);
    assert_int_equal(step(CHILD_EV_TICK), CHILD_SPAWN);
    step(CHILD_EV_READY);
    assert_int_equal(f.state, CHILD_READY);
}

static void test_is_held_back_until_released(void **state)
{
    (void)state;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
    assert_int_equal(step(CHILD_EV_RELEASE), CHILD_NOTHING);
    assert_int_equal(step(CHILD_EV_TICK), CHILD_SPAWN);
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
    assert_int_equal(step(CHILD_EV_RELEASE), CHILD_NOTHING);
    assert_int_equal(f.state, CHILD_STARTING);
}

static void test_backoff_grows_and_is_forgotten(void **state)
{
    static const int64_t waits_ms[] = { 0, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000 };

    (void)state;
    bring_up();
    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
        step(CHILD_EV_EXITED);
        assert_int_equal(f.state, CHILD_DOWN);
        assert_int_equal(f.due_us, now + waits_ms[i] * 1000);
        if (waits_ms[i] > 0)
            assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
        now = f.due_us;
        assert_int_equal(step(CHILD_EV_TICK), CHILD_SPAWN);
        step(CHILD_EV_READY);
    }
    now += 30 * S;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
    step(CHILD_EV_EXITED);
    assert_int_equal(f.due_us, now); /* quiet again: at once */
}

static void test_slow_start_is_killed(void **state)
{
    (void)state;
    step(CHILD_EV_RELEASE);
    step(CHILD_EV_TICK);
    now += 60 * S - 1;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
    now += 1;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_KILL);
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING); /* once */
    step(CHILD_EV_EXITED);
    assert_int_equal(f.state, CHILD_DOWN);
}

static void test_stop_waits_then_kills(void **state)
{
    (void)state;
    bring_up();
    assert_int_equal(step(CHILD_EV_STOP), CHILD_TERM);
    assert_int_equal(step(CHILD_EV_STOP), CHILD_NOTHING);
    now += 5 * S - 1;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
    now += 1;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_KILL);
    step(CHILD_EV_EXITED);
    assert_int_equal(f.state, CHILD_GONE);
}

static void test_stop_without_process(void **state)
{
    (void)state;
    step(CHILD_EV_STOP);
    assert_int_equal(f.state, CHILD_GONE);
    setup(NULL);
    bring_up();
    step(CHILD_EV_EXITED);
    step(CHILD_EV_STOP);
    assert_int_equal(f.state, CHILD_GONE);
    now += 100 * S;
    assert_int_equal(step(CHILD_EV_TICK), CHILD_NOTHING);
}

/* Random events: never two processes at once, none after STOP, and TERM or KILL only to a process that is
 * there. */
static void test_random_events_keep_the_invariants(void **state)
{
    (void)state;
    srand(20260131);
    for (int round = 0; round < 2000; round++) {
        bool running = false, stopped = false;

        setup(NULL);
        for (int i = 0; i < 200; i++) {
            enum child_event event = (enum child_event)(rand() % 5);

            if (event == CHILD_EV_STOP && rand() % 20 != 0)
                event = CHILD_EV_TICK;
            if (event == CHILD_EV_EXITED && !running)
                continue; /* the kernel reports only what ran */
            now += (int64_t)(rand() % 4) * 7 * S;
            switch (step(event)) {
            case CHILD_SPAWN:
                assert_false(running);
                assert_false(stopped);
                running = true;
                break;
            case CHILD_TERM:
            case CHILD_KILL:
                assert_true(running);
                break;
            case CHILD_NOTHING:
                break;
            }
            running = running && event != CHILD_EV_EXITED;
            stopped = stopped || event == CHILD_EV_STOP;
            assert_int_equal(running, f.state == CHILD_STARTING || f.state == CHILD_READY ||
                                          f.state == CHILD_STOPPING);
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(child_state_name(CHILD_HELD), "held");
    assert_string_equal(child_state_name(CHILD_GONE), "gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_is_held_back_until_released, setup),
        cmocka_unit_test_setup(test_backoff_grows_and_is_forgotten, setup),
        cmocka_unit_test_setup(test_slow_start_is_killed, setup),
        cmocka_unit_test_setup(test_stop_waits_then_kills, setup),
        cmocka_unit_test_setup(test_stop_without_process, setup),
        cmocka_unit_test_setup(test_random_events_keep_the_invariants, setup),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
