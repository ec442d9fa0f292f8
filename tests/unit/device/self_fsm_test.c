/* SPDX-License-Identifier: Apache-2.0 */
/* The machine of the microvisor's own update: each path of its diagram, retries, trial; random events against its invariants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/self/self_fsm.h"

static struct self_fsm fsm;
static struct self_input input;

static int fresh(void **state)
{
    (void)state;
    self_fsm_init(&fsm, false);
    input = (struct self_input){ .now_us = 1000 };
    return 0;
}

static uint32_t give(enum self_event event)
{
    input.event = event;
    return self_fsm_step(&fsm, &input);
}

static void assert_entered(enum self_event event, enum self_state state)
{
    assert_int_equal(give(event), SELF_DROP_FETCH | SELF_ENTER);
    assert_int_equal(fsm.state, state);
}

static void fail_with(otr_UpdateError error)
{
    input.error = error;
    assert_entered(SELF_EV_FAIL, SELF_FAILED);
    assert_int_equal(fsm.error, error);
}

static void the_whole_path(void **state)
{
    (void)state;
    assert_entered(SELF_EV_WANT, SELF_MANIFEST);
    assert_int_equal(self_fsm_phase(&fsm), otr_UpdatePhase_UPDATE_MANIFEST);
    assert_entered(SELF_EV_GOT, SELF_IMAGE);
    assert_int_equal(self_fsm_phase(&fsm), otr_UpdatePhase_UPDATE_STAGING);
    assert_entered(SELF_EV_GOT, SELF_CHECK);
    assert_entered(SELF_EV_GOT, SELF_READY);
    assert_int_equal(self_fsm_phase(&fsm), otr_UpdatePhase_UPDATE_READY);
    assert_int_equal(give(SELF_EV_GOT), 0);
    assert_entered(SELF_EV_LEAVE, SELF_RESTART);
    for (int event = SELF_EV_WANT; event <= SELF_EV_TIMEOUT; event++)
        assert_int_equal(give((enum self_event)event), 0); /* nothing stops the restart */
    assert_int_equal(fsm.state, SELF_RESTART);
}

static void a_trial_ends_in_one_of_two_ways(void **state)
{
    (void)state;
    self_fsm_init(&fsm, true);
    assert_int_equal(self_fsm_phase(&fsm), otr_UpdatePhase_UPDATE_TRIAL);
    for (int event = SELF_EV_WANT; event < SELF_EV_WELCOME; event++)
        assert_int_equal(give((enum self_event)event), 0); /* V3 */
    assert_entered(SELF_EV_WELCOME, SELF_IDLE);
    self_fsm_init(&fsm, true);
    assert_entered(SELF_EV_TIMEOUT, SELF_RESTART);
}

static void welcome_and_timeout_are_for_trials(void **state)
{
    (void)state;
    assert_int_equal(give(SELF_EV_WELCOME), 0);
    assert_int_equal(give(SELF_EV_TIMEOUT), 0);
    give(SELF_EV_WANT);
    assert_int_equal(give(SELF_EV_WELCOME), 0);
    assert_int_equal(give(SELF_EV_LEAVE), 0);
    assert_int_equal(fsm.state, SELF_MANIFEST);
}

static void each_working_state_can_fail(void **state)
{
    (void)state;
    for (int steps = 0; steps < 3; steps++) {
        give(SELF_EV_WANT);
        for (int i = 0; i < steps; i++)
            give(SELF_EV_GOT);
        fail_with(otr_UpdateError_UPDATE_FLASH);
        assert_int_equal(give(SELF_EV_FAIL), 0);
        assert_int_equal(self_fsm_phase(&fsm), otr_UpdatePhase_UPDATE_FAILED);
    }
    assert_entered(SELF_EV_CANCEL, SELF_IDLE);
    assert_int_equal(give(SELF_EV_FAIL), 0);
}

static void retries_wait_longer_each_time(void **state)
{
    uint64_t wait_ms = SELF_RETRY_MIN_MS;

    (void)state;
    give(SELF_EV_WANT);
    for (int i = 0; i < 15; i++) {
        fail_with(otr_UpdateError_UPDATE_NOT_FOUND);
        assert_int_equal(fsm.retry_us, input.now_us + wait_ms * 1000);
        input.now_us = fsm.retry_us - 1;
        assert_int_equal(give(SELF_EV_RETRY), 0);
        input.now_us++;
        assert_entered(SELF_EV_RETRY, SELF_MANIFEST);
        wait_ms = wait_ms * 2 < SELF_RETRY_MAX_MS ? wait_ms * 2 : SELF_RETRY_MAX_MS;
    }
    assert_int_equal(wait_ms, SELF_RETRY_MAX_MS);
    give(SELF_EV_WANT); /* something else: patience is new */
    fail_with(otr_UpdateError_UPDATE_LAYER_HASH);
    assert_int_equal(fsm.retry_us, input.now_us + SELF_RETRY_MIN_MS * 1000ull);
}

static void final_failures_are_not_retried(void **state)
{
    static const otr_UpdateError errors[] = {
        otr_UpdateError_UPDATE_MANIFEST_FORMAT, otr_UpdateError_UPDATE_SIGNER_UNKNOWN,
        otr_UpdateError_UPDATE_SIGNATURE,       otr_UpdateError_UPDATE_ENCRYPTED,
        otr_UpdateError_UPDATE_RATCHET,         otr_UpdateError_UPDATE_BOARD,
        otr_UpdateError_UPDATE_IMAGE,           otr_UpdateError_UPDATE_TRIAL_FAILED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        give(SELF_EV_WANT);
        fail_with(errors[i]);
        assert_true(fsm.retry_us == UINT64_MAX);
        input.now_us = UINT64_MAX - 1;
        assert_int_equal(give(SELF_EV_RETRY), 0);
        input.now_us = 1000;
    }
    assert_entered(SELF_EV_WANT, SELF_MANIFEST);
}

static void what_was_refused_before_is_not_begun(void **state)
{
    (void)state;
    input.error = otr_UpdateError_UPDATE_TRIAL_FAILED;
    assert_entered(SELF_EV_REFUSED, SELF_FAILED);
    assert_int_equal(fsm.error, otr_UpdateError_UPDATE_TRIAL_FAILED);
    assert_true(fsm.retry_us == UINT64_MAX);
}

/* V1: CHECK comes only from IMAGE, IMAGE only from MANIFEST, READY only from CHECK; V2; V3. */
static void assert_allowed(enum self_state from, enum self_state to, enum self_event event)
{
    if (to == SELF_IMAGE)
        assert_true(from == SELF_MANIFEST && event == SELF_EV_GOT);
    if (to == SELF_CHECK)
        assert_true(from == SELF_IMAGE && event == SELF_EV_GOT);
    if (to == SELF_READY)
        assert_true(from == SELF_CHECK && event == SELF_EV_GOT);
    if (to == SELF_RESTART)
        assert_true((from == SELF_READY && event == SELF_EV_LEAVE) ||
                    (from == SELF_TRIAL && event == SELF_EV_TIMEOUT));
    if (from == SELF_TRIAL)
        assert_true(event == SELF_EV_WELCOME || event == SELF_EV_TIMEOUT);
    assert_true(to != SELF_TRIAL && from != SELF_RESTART);
}

static void random_events_keep_the_invariants(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        enum self_state from = fsm.state;
        enum self_event event;

        random = random * 1664525u + 1013904223u;
        event = (enum self_event)((random >> 8) % (SELF_EV_TIMEOUT + 1));
        input.error = (otr_UpdateError)((random >> 16) % 17);
        input.now_us += random >> 20;
        if (give(event) != 0)
            assert_allowed(from, fsm.state, event);
        else
            assert_int_equal(fsm.state, from);
        if (fsm.state == SELF_RESTART)
            self_fsm_init(&fsm, (random & 1) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_whole_path, fresh),
        cmocka_unit_test_setup(a_trial_ends_in_one_of_two_ways, fresh),
        cmocka_unit_test_setup(welcome_and_timeout_are_for_trials, fresh),
        cmocka_unit_test_setup(each_working_state_can_fail, fresh),
        cmocka_unit_test_setup(retries_wait_longer_each_time, fresh),
        cmocka_unit_test_setup(final_failures_are_not_retried, fresh),
        cmocka_unit_test_setup(what_was_refused_before_is_not_begun, fresh),
        cmocka_unit_test_setup(random_events_keep_the_invariants, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
