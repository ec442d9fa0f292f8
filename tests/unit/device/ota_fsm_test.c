/* SPDX-License-Identifier: Apache-2.0 */
/* The update machine: each path of its diagram, retries, final errors; random events against its invariants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/ota/ota_fsm.h"

static struct ota_fsm fsm;
static struct ota_input input;

static int fresh(void **state)
{
    (void)state;
    ota_fsm_init(&fsm);
    input = (struct ota_input){ .has_staging = true, .now_us = 1000 };
    return 0;
}

static uint32_t give(enum ota_event event)
{
    input.event = event;
    return ota_fsm_step(&fsm, &input);
}

static void break_with(otr_UpdateError error)
{
    input.error = error;
    assert_int_equal(give(OTA_EV_FAIL), OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_FAILED);
}

static void assert_path(const enum ota_state *states, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t actions = give(OTA_EV_GOT);

        assert_int_equal(fsm.state, states[i]);
        assert_int_equal((actions & OTA_STOP_APP) != 0,
                         states[i] == OTA_INSTALL || (states[i] == OTA_WHOLE && !input.has_staging));
    }
}

static void paths(void **state)
{
    static const enum ota_state staged[] = { OTA_LISTS, OTA_PLAN, OTA_STAGE, OTA_INSTALL, OTA_IDLE };
    static const enum ota_state in_place[] = { OTA_LISTS, OTA_PLAN, OTA_INSTALL, OTA_IDLE };
    static const enum ota_state whole[] = {
        OTA_LISTS, OTA_WHOLE, OTA_PLAN, OTA_STAGE, OTA_INSTALL, OTA_IDLE
    };
    static const enum ota_state whole_in_place[] = { OTA_LISTS, OTA_WHOLE, OTA_PLAN, OTA_INSTALL, OTA_IDLE };

    (void)state;
    give(OTA_EV_WANT);
    assert_int_equal(fsm.state, OTA_MANIFEST);
    assert_path(staged, 5);
    give(OTA_EV_WANT);
    input.has_whole = true;
    assert_path(whole, 6);
    give(OTA_EV_WANT);
    input.has_staging = false;
    assert_path(whole_in_place, 5);
    give(OTA_EV_WANT);
    input.has_whole = false;
    assert_path(in_place, 4);
    give(OTA_EV_RESUME);
    assert_int_equal(fsm.state, OTA_PLAN);
}

/* U5. */
static void a_polite_update_waits_before_it_stops_the_application(void **state)
{
    static const enum ota_state polite[] = { OTA_STAGE, OTA_READY, OTA_INSTALL, OTA_IDLE };

    (void)state;
    input.polite = true;
    give(OTA_EV_RESUME);
    assert_path(polite, 4);
    assert_int_equal(ota_fsm_phase(&fsm, true), otr_UpdatePhase_UPDATE_IDLE);
    give(OTA_EV_RESUME);
    give(OTA_EV_GOT);
    give(OTA_EV_GOT);
    assert_int_equal(ota_fsm_phase(&fsm, true), otr_UpdatePhase_UPDATE_READY);
    assert_int_equal(give(OTA_EV_CANCEL), OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_IDLE);
}

static void retries_wait_longer_each_time(void **state)
{
    uint64_t wait_ms = OTA_RETRY_MIN_MS;

    (void)state;
    give(OTA_EV_WANT);
    for (int i = 0; i < 10; i++) {
        break_with(otr_UpdateError_UPDATE_NOT_FOUND);
        assert_true(fsm.retry_us == input.now_us + wait_ms * 1000);
        input.now_us = fsm.retry_us - 1;
        assert_int_equal(give(OTA_EV_RETRY), 0);
        input.now_us++;
        input.usable = i % 2 == 0;
        give(OTA_EV_RETRY);
        assert_int_equal(fsm.state, input.usable ? OTA_PLAN : OTA_MANIFEST);
        wait_ms = wait_ms * 2 < OTA_RETRY_MAX_MS ? wait_ms * 2 : OTA_RETRY_MAX_MS;
    }
    give(OTA_EV_WANT); /* something else: patience begins again */
    break_with(otr_UpdateError_UPDATE_FLASH);
    assert_true(fsm.retry_us == input.now_us + OTA_RETRY_MIN_MS * 1000);
}

static void what_the_same_bytes_would_meet_again_is_final(void **state)
{
    (void)state;
    for (int error = otr_UpdateError_UPDATE_MANIFEST_HASH; error <= otr_UpdateError_UPDATE_MICROVISOR_OLD;
         error++) {
        give(OTA_EV_WANT);
        break_with((otr_UpdateError)error);
        assert_int_equal(fsm.retry_us == UINT64_MAX, ota_error_is_final((otr_UpdateError)error));
    }
    assert_true(ota_error_is_final(otr_UpdateError_UPDATE_SIGNATURE));
    assert_false(ota_error_is_final(otr_UpdateError_UPDATE_LAYER_HASH));
}

static void a_repair_lets_the_application_run(void **state)
{
    (void)state;
    assert_int_equal(give(OTA_EV_REPAIR), OTA_ENTER | OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_REPAIR);
    assert_int_equal(give(OTA_EV_REPAIR), 0);
    break_with(otr_UpdateError_UPDATE_NOT_FOUND);
    input.now_us = fsm.retry_us;
    input.usable = true;
    assert_int_equal(give(OTA_EV_RETRY), OTA_ENTER | OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_REPAIR);
    assert_int_equal(give(OTA_EV_GOT), OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_IDLE);
    assert_false(fsm.repair);
    give(OTA_EV_WANT); /* an update is not interrupted by one */
    assert_int_equal(give(OTA_EV_REPAIR), 0);
    give(OTA_EV_CANCEL);
    give(OTA_EV_REPAIR);
    give(OTA_EV_WANT); /* but interrupts it */
    assert_int_equal(fsm.state, OTA_MANIFEST);
    assert_false(fsm.repair);
}

static void cancelled_is_idle(void **state)
{
    (void)state;
    give(OTA_EV_WANT);
    assert_int_equal(give(OTA_EV_CANCEL), OTA_DROP_FETCHES);
    assert_int_equal(fsm.state, OTA_IDLE);
    assert_int_equal(give(OTA_EV_GOT), 0);
    assert_int_equal(give(OTA_EV_FAIL), 0);
}

/* U1: the slot's states are never entered without stopping the application. */
static void invariants_hold_under_random_events(void **state)
{
    uint32_t seed = 11;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        enum ota_state before = fsm.state;
        uint32_t actions;
        bool writes;

        seed = seed * 1664525u + 1013904223u;
        input.has_staging = seed >> 31 != 0;
        input.has_whole = (seed >> 30 & 1) != 0;
        input.usable = (seed >> 29 & 1) != 0;
        input.error = (otr_UpdateError)(1 + (seed >> 20) % 12);
        input.now_us += (seed >> 8) % 20000000;
        actions = give((enum ota_event)((seed >> 12) % 7));
        writes = fsm.state == OTA_INSTALL || (fsm.state == OTA_WHOLE && !input.has_staging);
        if (actions & OTA_ENTER)
            assert_int_equal((actions & OTA_STOP_APP) != 0, writes);
        else
            assert_true(fsm.state == before || fsm.state == OTA_IDLE || fsm.state == OTA_FAILED);
        assert_true(fsm.state != OTA_FAILED || fsm.error != otr_UpdateError_UPDATE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(paths, fresh),
        cmocka_unit_test_setup(a_polite_update_waits_before_it_stops_the_application, fresh),
        cmocka_unit_test_setup(retries_wait_longer_each_time, fresh),
        cmocka_unit_test_setup(what_the_same_bytes_would_meet_again_is_final, fresh),
        cmocka_unit_test_setup(a_repair_lets_the_application_run, fresh),
        cmocka_unit_test_setup(cancelled_is_idle, fresh),
        cmocka_unit_test_setup(invariants_hold_under_random_events, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
