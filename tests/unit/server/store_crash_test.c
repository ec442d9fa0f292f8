/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports in the store: each once, the newest of a device, nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

#define OTHER_ACCOUNT "AC00000000000000000000000000000002"
#define KEEP          3u

static struct store *s;
static struct store_device dev, other;

static struct store_device device_add(unsigned char tag, const char *account)
{
    struct store_device d = { .created_us = clock_wall_us() }, existing;
    memset(d.key_sha256, tag, 32);
    sid_from_digest("UV", d.key_sha256, d.sid);
    strcpy(d.account_sid, account);
    assert_int_equal(store_device_create(s, &d, &existing), ST_OK);
    return d;
}

static int setup(void **state)
{
    static const unsigned char token[32] = { 7 };
    (void)state;
    folder_make();
    s = folder_store();
    assert_int_equal(store_account_create(s, OTHER_ACCOUNT, token), ST_OK);
    dev = device_add(1, TEST_ACCOUNT);
    other = device_add(2, OTHER_ACCOUNT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

static struct store_crash crash_make(uint64_t report_id)
{
    struct store_crash c;
    memset(&c, 0, sizeof(c)); /* padding too: whole structs are compared */
    c.report_id = report_id;
    c.received_us = 1000;
    c.boot_id = UINT64_MAX;
    c.device_us = 77;
    c.microvisor_number = 100;
    c.cause = 1;
    c.pc = 0xfffffffe;
    c.lr = 2;
    c.xpsr = 3;
    c.address = 0x30000000;
    c.address_known = true;
    c.fault_status = 5;
    c.secure_fault_status = 6;
    c.restart_in_ms = 7;
    c.count = 8;
    c.registers_len = sizeof(c.registers);
    c.stack_len = sizeof(c.stack);
    strcpy(c.device_sid, dev.sid);
    strcpy(c.app_sid, "KA00000000000000000000000000000009");
    memset(c.registers, 0x11, sizeof(c.registers));
    memset(c.stack, 0x22, sizeof(c.stack));
    return c;
}

static uint32_t list(const char *device_sid, struct store_crash *out, uint32_t limit)
{
    const struct store_page ask = { .limit = limit };
    uint32_t n = 99;
    assert_int_equal(store_crash_list(s, device_sid, &ask, out, &n), ST_OK);
    return n;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct store_crash c = crash_make(UINT64_MAX), out[2], again;
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    assert_int_equal(list(dev.sid, out, 2), 1);
    assert_true(sid_is(out[0].sid, "CR"));
    assert_true(out[0].position > 0);
    strcpy(c.sid, out[0].sid);
    c.position = out[0].position;
    assert_memory_equal(&out[0], &c, sizeof(c));
    assert_int_equal(store_crash_get(s, dev.sid, out[0].sid, &again), ST_OK);
    assert_memory_equal(&again, &c, sizeof(c));
    assert_int_equal(store_crash_get(s, other.sid, out[0].sid, &again), ST_NOT_FOUND);
    assert_int_equal(store_crash_get(s, dev.sid, "CRffffffffffffffffffffffffffffffff", &again), ST_NOT_FOUND);
    assert_int_equal(store_crash_get(s, dev.sid, "", &again), ST_NOT_FOUND);
    assert_int_equal(list(other.sid, out, 2), 0);
}

static void test_sealed(void **state)
{
    (void)state;
    struct store_crash c = crash_make(1), out;
    c.registers_len = c.stack_len = 0;
    c.sealed_len = CRASH_SEALED_MAX_BYTES;
    memset(c.sealed, 0x33, sizeof(c.sealed));
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    assert_int_equal(list(dev.sid, &out, 1), 1);
    assert_int_equal(out.sealed_len, CRASH_SEALED_MAX_BYTES);
    assert_memory_equal(out.sealed, c.sealed, sizeof(c.sealed));
    assert_int_equal(out.registers_len, 0);
    assert_int_equal(out.stack_len, 0);
}

static void test_each_report_once(void **state)
{
    (void)state;
    struct store_crash c = crash_make(5), out[3];
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    c.cause = 2; /* the acknowledgement was lost: whatever comes under this id is the same report */
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    assert_int_equal(list(dev.sid, out, 3), 1);
    assert_int_equal(out[0].cause, 1);
    strcpy(c.device_sid, other.sid); /* ids of devices are their own */
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    assert_int_equal(list(other.sid, out, 3), 1);
    strcpy(c.device_sid, "UVffffffffffffffffffffffffffffffff");
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK); /* unknown: skipped */
}

static void test_newest_are_kept(void **state)
{
    (void)state;
    struct store_crash out[10], theirs = crash_make(1);
    struct store_page ask = { .limit = 2 };
    uint32_t n;
    strcpy(theirs.device_sid, other.sid);
    assert_int_equal(store_crash_put(s, &theirs, KEEP), ST_OK);
    for (uint64_t id = 1; id <= 7; id++) {
        const struct store_crash c = crash_make(id);
        assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    }
    assert_int_equal(list(dev.sid, out, 10), KEEP);
    assert_int_equal(out[0].report_id, 7);
    assert_int_equal(out[2].report_id, 5);
    assert_int_equal(list(other.sid, out, 10), 1);
    assert_int_equal(store_crash_list(s, dev.sid, &ask, out, &n), ST_OK);
    ask.position = out[1].position;
    assert_int_equal(store_crash_list(s, dev.sid, &ask, out, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_int_equal(out[0].report_id, 5);
    ask.position = out[0].position;
    ask.backwards = true;
    assert_int_equal(store_crash_list(s, dev.sid, &ask, out, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_int_equal(out[0].report_id, 7);
}

/* A device may name what it likes, but learns nothing about other accounts, nor shows their apps as its own. */
static void test_app_of_another_account(void **state)
{
    (void)state;
    struct store_app app = { .manifest_bytes = 1, .created_us = 1, .updated_us = 1 };
    struct store_crash c = crash_make(1), out;
    sid_random("KA", app.sid);
    strcpy(app.account_sid, OTHER_ACCOUNT);
    assert_int_equal(store_app_create(s, &app, "x", NULL, 0), ST_OK);
    strcpy(c.app_sid, app.sid);
    assert_int_equal(store_crash_put(s, &c, KEEP), ST_OK);
    assert_int_equal(list(dev.sid, &out, 1), 1);
    assert_string_equal(out.app_sid, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_sealed),
        TEST(test_each_report_once),
        TEST(test_newest_are_kept),
        TEST(test_app_of_another_account),
    };
    return cmocka_run_group_tests_name("store_crash", tests, NULL, NULL);
}
