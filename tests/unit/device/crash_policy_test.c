/* SPDX-License-Identifier: Apache-2.0 */
/* Restart times of a crashing application. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/monitor/crash_policy.h"

static void doubles_from_minimum_to_maximum(void **state)
{
    struct crash_policy policy;

    (void)state;
    crash_policy_init(&policy, 300, 1000);
    assert_int_equal(crash_policy_next_ms(&policy, 0), 300);
    assert_int_equal(crash_policy_next_ms(&policy, 1000), 600);
    assert_int_equal(crash_policy_next_ms(&policy, 1000), 1000);
    assert_int_equal(crash_policy_next_ms(&policy, 1000), 1000);
}

static void a_healthy_time_begins_again(void **state)
{
    struct crash_policy policy;

    (void)state;
    crash_policy_init(&policy, 300, 100000000);
    crash_policy_next_ms(&policy, 0);
    crash_policy_next_ms(&policy, 0);
    assert_int_equal(crash_policy_next_ms(&policy, CRASH_HEALTHY_MS * 1000ull - 1), 1200);
    assert_int_equal(crash_policy_next_ms(&policy, CRASH_HEALTHY_MS * 1000ull), 300);
    for (int i = 0; i < 10; i++)
        crash_policy_next_ms(&policy, 0); /* backoff is now far above a tenth of the healthy time */
    assert_int_equal(crash_policy_next_ms(&policy, CRASH_HEALTHY_MS * 1000ull), 614400);
    assert_int_equal(crash_policy_next_ms(&policy, 614400ull * 10000), 300);
}

static void what_the_bundle_does_not_say_is_sane(void **state)
{
    struct crash_policy policy;

    (void)state;
    crash_policy_init(&policy, 0, 0);
    assert_int_equal(policy.minimum_ms, CRASH_RESTART_MIN_MS);
    assert_int_equal(policy.maximum_ms, CRASH_RESTART_MAX_MS);
    crash_policy_init(&policy, 0, 200);
    assert_int_equal(crash_policy_next_ms(&policy, 0), 200);
    crash_policy_init(&policy, CRASH_RESTART_MAX_MS + 1, 0);
    assert_int_equal(crash_policy_next_ms(&policy, 0), CRASH_RESTART_MAX_MS + 1);
    assert_int_equal(crash_policy_next_ms(&policy, 0), CRASH_RESTART_MAX_MS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_from_minimum_to_maximum),
        cmocka_unit_test(a_healthy_time_begins_again),
        cmocka_unit_test(what_the_bundle_does_not_say_is_sane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
