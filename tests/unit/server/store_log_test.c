/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines in the store: once per line, in order, trimmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

static struct store *s;
static struct store_device dev;

static int setup(void **state)
{
    (void)state;
    struct store_device existing;
    folder_make();
    s = folder_store();
    memset(&dev, 0, sizeof(dev));
    strcpy(dev.sid, "UV00000000000000000000000000000001");
    strcpy(dev.account_sid, TEST_ACCOUNT);
    assert_int_equal(store_device_create(s, &dev, &existing), ST_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

static void put(uint64_t boot_id, uint32_t seq, const char *type, const char *text, int64_t at_us)
{
    struct store_log line = { .boot_id = boot_id, .seq = seq, .received_us = at_us, .device_us = 5 };
    strcpy(line.device_sid, dev.sid);
    strcpy(line.type, type);
    strcpy(line.text, text);
    assert_int_equal(store_log_put(s, &line, 1), ST_OK);
}

static struct store_log got[16];

static uint32_t list(int64_t after, bool newest_first, const char *type, uint32_t limit)
{
    uint32_t n = 99;
    assert_int_equal(store_log_list(s, dev.sid, after, newest_first, type, limit, got, &n), ST_OK);
    return n;
}

static void test_lines_are_stored_once(void **state)
{
    (void)state;
    const uint64_t boot = UINT64_MAX - 3;
    put(boot, 1, "app_logging", "one", 10);
    put(boot, 1, "app_logging", "one", 11);
    put(boot, 2, "app_logging", "two", 12);
    put(1, 1, "app_logging", "other boot", 13);
    put(0, 0, "connection", "connected", 14);
    put(0, 0, "connection", "connected", 15); /* the server's own lines are not compared */
    assert_int_equal(list(0, false, "", 16), 5);
    assert_string_equal(got[0].text, "one");
    assert_true(got[0].boot_id == boot);
    assert_int_equal(got[0].received_us, 10);
    assert_string_equal(got[0].device_sid, dev.sid);
    assert_string_equal(got[2].text, "other boot");
}

static void test_lines_of_unknown_devices_are_skipped(void **state)
{
    (void)state;
    struct store_log line = { .boot_id = 1, .seq = 1 };
    strcpy(line.device_sid, "UVffffffffffffffffffffffffffffffff");
    assert_int_equal(store_log_put(s, &line, 1), ST_OK);
    uint32_t n = 9;
    assert_int_equal(store_log_list(s, line.device_sid, 0, false, "", 16, got, &n), ST_OK);
    assert_int_equal(n, 0);
}

static void test_pages_both_ways(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 5; i++) {
        put(1, i, i % 2 ? "app_logging" : "ota_update", "text", i);
    }
    assert_int_equal(list(0, false, "", 2), 2);
    assert_int_equal(got[0].seq, 1);
    assert_int_equal(list(got[1].id, false, "", 2), 2);
    assert_int_equal(got[0].seq, 3);
    assert_int_equal(list(0, true, "", 2), 2);
    assert_int_equal(got[0].seq, 5);
    assert_int_equal(list(got[1].id, true, "", 9), 3);
    assert_int_equal(got[2].seq, 1);
    assert_int_equal(list(0, false, "ota_update", 9), 2);
    assert_int_equal(got[1].seq, 4);
    assert_int_equal(list(got[1].id, false, "ota_update", 9), 0);
}

static void test_trim(void **state)
{
    (void)state;
    uint32_t deleted = 99;
    for (uint32_t i = 1; i <= 10; i++) {
        put(1, i, "app_logging", "text", i * 100);
    }
    assert_int_equal(store_log_trim(s, 301, 100, 100, &deleted), ST_OK); /* by age: 1, 2, 3 */
    assert_int_equal(deleted, 3);
    assert_int_equal(store_log_trim(s, 0, 5, 1, &deleted), ST_OK); /* by number, but only one at a time */
    assert_int_equal(deleted, 1);
    while (deleted > 0) {
        assert_int_equal(store_log_trim(s, 0, 5, 1, &deleted), ST_OK);
    }
    assert_int_equal(store_log_trim(s, 0, 5, 100, &deleted), ST_OK);
    assert_int_equal(list(0, false, "", 16), 5);
    assert_int_equal(got[0].seq, 6);
    int64_t last = got[4].id;
    assert_int_equal(store_log_trim(s, INT64_MAX, 5, 100, &deleted), ST_OK);
    assert_int_equal(list(0, false, "", 16), 0);
    put(1, 11, "app_logging", "text", 9); /* cursors stay good when everything was deleted */
    assert_int_equal(list(last, false, "", 16), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines_are_stored_once),
        TEST(test_lines_of_unknown_devices_are_skipped),
        TEST(test_pages_both_ways),
        TEST(test_trim),
    };
    return cmocka_run_group_tests_name("store_log", tests, NULL, NULL);
}
