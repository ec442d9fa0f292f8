/* SPDX-License-Identifier: Apache-2.0 */
/* What the device believes about the time: a server whose clock is wrong must not shut it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/server_fake.h"
#include "tests/unit/device/stream_fake.h"

static int new_device(void **state)
{
    (void)state;
    device_fake_new(true, 1);
    return 0;
}

static bool is_connected(void)
{
    return server_fake_connected();
}

static void welcome_with_time(uint64_t unix_s)
{
    server_fake_faults()->wall_time_us = unix_s * 1000000u + 1;
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    device_fake_run_ms(100);
    server_fake_faults()->wall_time_us = 0;
}

static void reconnects(void)
{
    server_fake_disconnect();
    device_fake_run_ms(100);
    assert_true(device_fake_run(is_connected, 10000));
}

static void a_time_outside_the_certificates_validity_is_not_believed(void **state)
{
    static const uint64_t wrong_s[] = { 0, 1, STREAM_FAKE_FROM_S - 1, STREAM_FAKE_UNTIL_S + 1,
                                        253402300799u };

    (void)state;
    for (unsigned i = 0; i < sizeof(wrong_s) / sizeof(wrong_s[0]); i++) {
        welcome_with_time(wrong_s[i]);
        reconnects();
        assert_in_range(stream_fake.unix_s, 1700000000u, STREAM_FAKE_UNTIL_S);
    }
}

static void a_wrong_time_that_was_believed_is_forgotten_after_a_refusal(void **state)
{
    (void)state;
    welcome_with_time(STREAM_FAKE_UNTIL_S);
    device_fake_run_ms(3000); /* past the certificate's end */
    server_fake_disconnect();
    device_fake_run_ms(15000);
    assert_true(server_fake_connected());
    reconnects(); /* the clock is right again and counts */
    assert_in_range(stream_fake.unix_s, 1700000000u, STREAM_FAKE_UNTIL_S);
}

static void the_time_floor_leaves_half_of_the_certificates_validity(void **state)
{
    (void)state;
    welcome_with_time(STREAM_FAKE_UNTIL_S - 1);
    device_fake_boot();
    assert_true(device_fake_run(is_connected, 5000));
    assert_int_equal(stream_fake.unix_s, STREAM_FAKE_FROM_S + (STREAM_FAKE_UNTIL_S - STREAM_FAKE_FROM_S) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_time_outside_the_certificates_validity_is_not_believed, new_device),
        cmocka_unit_test_setup(a_wrong_time_that_was_believed_is_forgotten_after_a_refusal, new_device),
        cmocka_unit_test_setup(the_time_floor_leaves_half_of_the_certificates_validity, new_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
