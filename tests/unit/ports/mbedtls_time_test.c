/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar that certificates are checked with, against the C library's; and a device whose entropy source
 * is dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdint.h>
#include <time.h>

#include "port/port_crypto.h"
#include "port/port_entropy.h"
#include "port/port_status.h"
#include "port/port_stream.h"

/* mbedTLS asks for it by this name (MBEDTLS_PLATFORM_GMTIME_R_ALT). */
struct tm *mbedtls_platform_gmtime_r(const int64_t *unix_s, struct tm *out);

static int entropy_status = PORT_EIO;

int port_entropy_get(void *buf, uint32_t len)
{
    uint8_t *out = buf;

    for (uint32_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(i * 37 + 5);
    }
    return entropy_status;
}

static void assert_same_day(int64_t unix_s)
{
    time_t libc_s = (time_t)unix_s;
    struct tm expected;
    struct tm actual;

    gmtime_r(&libc_s, &expected);
    assert_ptr_equal(mbedtls_platform_gmtime_r(&unix_s, &actual), &actual);
    assert_int_equal(actual.tm_year, expected.tm_year);
    assert_int_equal(actual.tm_mon, expected.tm_mon);
    assert_int_equal(actual.tm_mday, expected.tm_mday);
    assert_int_equal(actual.tm_hour, expected.tm_hour);
    assert_int_equal(actual.tm_min, expected.tm_min);
    assert_int_equal(actual.tm_sec, expected.tm_sec);
}

static void calendar_agrees_with_the_c_library(void **state)
{
    (void)state;
    /* Every day from 1970 to 2199 at a wandering time of day. */
    for (int64_t day = 0; day < 84000; day++) {
        assert_same_day(day * 86400 + day * 7919 % 86400);
    }
    assert_same_day(951782399);  /* 2000-02-28 23:59:59 */
    assert_same_day(951782400);  /* 2000-02-29 */
    assert_same_day(4107542400); /* 2100-03-01: 2100 has no leap day */
}

static void without_entropy_nothing_works_and_with_it_everything(void **state)
{
    static const struct port_stream_identity identity = { .host = "127.0.0.1", .server_name = "x" };
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t der[512];

    (void)state;
    entropy_status = PORT_EIO;
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_EIO);
    assert_int_equal(port_p256_csr(private_key, public_key, "x", der, sizeof der), PORT_EIO);
    assert_int_equal(port_stream_open(&identity, 0), PORT_EIO);
    assert_string_equal(port_stream_error(), "no entropy");
    entropy_status = PORT_OK;
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
    assert_true(port_p256_csr(private_key, public_key, "x", der, sizeof der) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_agrees_with_the_c_library),
        cmocka_unit_test(without_entropy_nothing_works_and_with_it_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
