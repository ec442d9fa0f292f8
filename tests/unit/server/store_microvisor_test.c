/* SPDX-License-Identifier: Apache-2.0 */
/* The store's questions about microvisors: rows, defaults of boards, what a device is to run, what it said. */
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

static struct store *s;
static struct store_device dev;

static struct store_device device_add(const char *name, unsigned char tag)
{
    struct store_device d = { .created_us = clock_wall_us() }, existing;
    memset(d.key_sha256, tag, 32);
    sid_from_digest("UV", d.key_sha256, d.sid);
    (void)snprintf(d.account_sid, sizeof(d.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(d.unique_name, sizeof(d.unique_name), "%s", name);
    d.updated_us = d.created_us;
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
    dev = device_add("one", 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

/* tag: of its hashes; its number is 100 times the tag. */
static struct store_microvisor microvisor_make(const char *name, unsigned char tag, const char *board)
{
    struct store_microvisor m = { .manifest_bytes = 200,
                                  .image_bytes = 130000,
                                  .number = tag * 100u,
                                  .ratchet = tag,
                                  .created_us = clock_wall_us() };
    sid_random("KM", m.sid);
    (void)snprintf(m.account_sid, sizeof(m.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(m.unique_name, sizeof(m.unique_name), "%s", name);
    (void)snprintf(m.board, sizeof(m.board), "%s", board);
    (void)snprintf(m.version, sizeof(m.version), "0.%u.0", tag);
    memset(m.manifest_sha256, tag, 32);
    memset(m.image_sha256, tag + 100, 32);
    m.updated_us = m.created_us;
    return m;
}

static struct store_microvisor microvisor_add(const char *name, unsigned char tag, const char *board)
{
    struct store_microvisor m = microvisor_make(name, tag, board);
    assert_int_equal(store_microvisor_create(s, &m), ST_OK);
    return m;
}

static struct store_device device_now(void)
{
    struct store_device out;
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    return out;
}

static void say(const char *board, uint32_t ratchet, unsigned char runs)
{
    struct store_report r = { .hello = true,
                              .has_app = true,
                              .microvisor_number = 100,
                              .has_microvisor = true,
                              .microvisor = { .slot = 2, .confirmed = true, .ratchet = ratchet },
                              .at_us = 1000 };
    strcpy(r.device_sid, dev.sid);
    strcpy(r.board, board);
    memset(r.microvisor.manifest_sha256, runs, 32);
    assert_int_equal(store_report_put(s, &r, 1), ST_OK);
}

static void default_set(const struct store_microvisor *m, bool is_default)
{
    const struct store_microvisor_change change = { .set_default = true, .is_default = is_default };
    struct store_microvisor out;
    assert_int_equal(store_microvisor_update(s, TEST_ACCOUNT, m->sid, &change, &out), ST_OK);
    assert_int_equal(out.is_default, is_default);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("new one", 3, "mps2_an505"), got;
    assert_int_equal(store_microvisor_get(s, TEST_ACCOUNT, m.sid, &got), ST_OK);
    assert_true(got.position > 0);
    assert_string_equal(got.unique_name, "new one");
    assert_string_equal(got.board, "mps2_an505");
    assert_string_equal(got.version, "0.3.0");
    assert_int_equal(got.number, 300);
    assert_int_equal(got.ratchet, 3);
    assert_int_equal(got.manifest_bytes, 200);
    assert_int_equal(got.image_bytes, 130000);
    assert_memory_equal(got.manifest_sha256, m.manifest_sha256, 32);
    assert_memory_equal(got.image_sha256, m.image_sha256, 32);
    assert_false(got.is_default);
    assert_int_equal(store_microvisor_get(s, TEST_ACCOUNT, "new one", &got), ST_OK);
    assert_string_equal(got.sid, m.sid);
    assert_int_equal(store_microvisor_find(s, TEST_ACCOUNT, m.manifest_sha256, &got), ST_OK);
    assert_int_equal(store_microvisor_find(s, OTHER_ACCOUNT, m.manifest_sha256, &got), ST_NOT_FOUND);
    assert_int_equal(store_microvisor_get(s, OTHER_ACCOUNT, m.sid, &got), ST_NOT_FOUND);
    assert_int_equal(store_microvisor_get(s, TEST_ACCOUNT, "", &got), ST_NOT_FOUND);
}

static void test_name_and_manifest_are_unique(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("x", 3, "host"), again = microvisor_make("x", 4, "host");
    assert_int_equal(store_microvisor_create(s, &again), ST_EXISTS);
    again = microvisor_make("y", 3, "host");
    assert_int_equal(store_microvisor_create(s, &again), ST_EXISTS);
    strcpy(again.account_sid, OTHER_ACCOUNT); /* each account has its own */
    strcpy(again.unique_name, "x");
    assert_int_equal(store_microvisor_create(s, &again), ST_OK);
    again = microvisor_make(m.sid, 5, "host");
    assert_int_equal(store_microvisor_create(s, &again), ST_INVALID);
}

static void test_list_pages(void **state)
{
    (void)state;
    struct store_microvisor page[2], m[3];
    struct store_page ask = { .limit = 2 };
    uint32_t n = 0;
    for (unsigned char i = 0; i < 3; i++) {
        m[i] = microvisor_add("", (unsigned char)(i + 1), "host");
    }
    assert_int_equal(store_microvisor_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(page[0].sid, m[2].sid);
    ask.position = page[1].position;
    assert_int_equal(store_microvisor_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_string_equal(page[0].sid, m[0].sid);
    ask.position = page[0].position;
    ask.backwards = true;
    assert_int_equal(store_microvisor_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(page[0].sid, m[2].sid);
    assert_string_equal(page[1].sid, m[1].sid);
    assert_int_equal(store_microvisor_list(s, OTHER_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 0);
}

static void test_update(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("a", 1, "host"), other = microvisor_add("b", 2, "host"), out;
    struct store_microvisor_change change = { .unique_name = "c" };
    assert_int_equal(store_microvisor_update(s, TEST_ACCOUNT, m.sid, &change, &out), ST_OK);
    assert_string_equal(out.unique_name, "c");
    change.unique_name = other.unique_name;
    assert_int_equal(store_microvisor_update(s, TEST_ACCOUNT, m.sid, &change, &out), ST_EXISTS);
    change.unique_name = other.sid;
    assert_int_equal(store_microvisor_update(s, TEST_ACCOUNT, m.sid, &change, &out), ST_INVALID);
    change.unique_name = "";
    assert_int_equal(store_microvisor_update(s, OTHER_ACCOUNT, m.sid, &change, &out), ST_NOT_FOUND);
    assert_int_equal(store_microvisor_update(s, TEST_ACCOUNT, m.sid, &change, &out), ST_OK);
    assert_string_equal(out.unique_name, "");
}

static void test_one_default_per_board(void **state)
{
    (void)state;
    struct store_microvisor a = microvisor_add("a", 1, "host"), b = microvisor_add("b", 2, "host"),
                            c = microvisor_add("c", 3, "mps2_an505"), got;
    default_set(&a, true);
    default_set(&c, true);
    default_set(&b, true);
    assert_int_equal(store_microvisor_default(s, TEST_ACCOUNT, "host", &got), ST_OK);
    assert_string_equal(got.sid, b.sid);
    assert_true(got.is_default);
    assert_int_equal(store_microvisor_get(s, TEST_ACCOUNT, a.sid, &got), ST_OK);
    assert_false(got.is_default);
    assert_int_equal(store_microvisor_default(s, TEST_ACCOUNT, "mps2_an505", &got), ST_OK);
    assert_string_equal(got.sid, c.sid);
    default_set(&a, false); /* is none: changes nothing */
    assert_int_equal(store_microvisor_default(s, TEST_ACCOUNT, "host", &got), ST_OK);
    default_set(&b, false);
    assert_int_equal(store_microvisor_default(s, TEST_ACCOUNT, "host", &got), ST_NOT_FOUND);
    assert_int_equal(store_microvisor_default(s, OTHER_ACCOUNT, "mps2_an505", &got), ST_NOT_FOUND);
}

static void test_in_use_stays(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("", 1, "host"), got;
    struct store_device_change change = { .microvisor_sid = m.sid, .set_urgent = true, .urgent = true };
    struct store_device out;
    uint32_t devices = 9;
    default_set(&m, true);
    assert_int_equal(store_microvisor_delete(s, TEST_ACCOUNT, m.sid, &devices), ST_IN_USE);
    assert_int_equal(devices, 0);
    default_set(&m, false);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_microvisor_delete(s, TEST_ACCOUNT, m.sid, &devices), ST_IN_USE);
    assert_int_equal(devices, 1);
    change = (struct store_device_change){ .microvisor_sid = "" };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_microvisor_delete(s, OTHER_ACCOUNT, m.sid, &devices), ST_NOT_FOUND);
    assert_int_equal(store_microvisor_delete(s, TEST_ACCOUNT, m.sid, &devices), ST_OK);
    assert_int_equal(store_microvisor_get(s, TEST_ACCOUNT, m.sid, &got), ST_NOT_FOUND);
}

/* The word "at once" about a default falls with it. */
static void test_urgent_default_can_be_deleted(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("", 1, "host");
    struct store_device_change change = { .set_urgent = true, .urgent = true };
    struct store_device out;
    uint32_t devices;
    say("host", 0, 0);
    default_set(&m, true);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_true(store_device_is_urgent(&out));
    default_set(&m, false);
    assert_int_equal(store_microvisor_delete(s, TEST_ACCOUNT, m.sid, &devices), ST_OK);
    out = device_now();
    assert_false(store_device_is_urgent(&out));
}

static void test_own_target_goes_before_the_default(void **state)
{
    (void)state;
    struct store_microvisor a = microvisor_add("", 1, "host"), b = microvisor_add("", 2, "host");
    struct store_device_change change = { .microvisor_sid = b.sid };
    struct store_device out = device_now();
    assert_int_equal(out.wanted.position, 0);
    default_set(&a, true);
    out = device_now();
    assert_int_equal(out.wanted.position, 0); /* its board is not known yet */
    say("host", 0, 0);
    out = device_now();
    assert_string_equal(out.wanted.sid, a.sid);
    assert_false(out.wanted_is_own);
    assert_int_equal(out.microvisor_targeted_us, 0);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_string_equal(out.wanted.sid, b.sid);
    assert_true(out.wanted_is_own);
    assert_true(out.microvisor_targeted_us > 0);
    change.microvisor_sid = "KMffffffffffffffffffffffffffffffff";
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_INVALID);
    change.microvisor_sid = "";
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_string_equal(out.wanted.sid, a.sid);
}

static void test_urgent_speaks_of_one_microvisor(void **state)
{
    (void)state;
    struct store_microvisor a = microvisor_add("", 1, "host"), b = microvisor_add("", 2, "host");
    struct store_device_change change = { .microvisor_sid = a.sid, .set_urgent = true, .urgent = true };
    struct store_device out;
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_true(store_device_is_urgent(&out));
    out = device_now();
    assert_true(store_device_is_urgent(&out));
    change = (struct store_device_change){ .microvisor_sid = b.sid };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_false(store_device_is_urgent(&out));
    change = (struct store_device_change){ .set_urgent = true, .urgent = true };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_true(store_device_is_urgent(&out));
    change.urgent = false;
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    out = device_now();
    assert_false(store_device_is_urgent(&out));
    assert_string_equal(out.wanted.sid, b.sid);
}

/* A device that changed its board, or says it for the first time: the row does not know it yet. */
static void test_session_of_another_board(void **state)
{
    (void)state;
    struct store_microvisor a = microvisor_add("", 1, "host"), b = microvisor_add("", 2, "mps2_an505");
    struct store_device_change change = { .microvisor_sid = a.sid };
    struct store_session session;
    struct store_device out;
    default_set(&a, true);
    default_set(&b, true);
    assert_int_equal(store_session_get(s, dev.sid, "", &session), ST_OK);
    assert_int_equal(session.device.wanted.position, 0);
    assert_int_equal(store_session_get(s, dev.sid, "mps2_an505", &session), ST_OK);
    assert_string_equal(session.device.wanted.sid, b.sid);
    say("host", 0, 0);
    assert_int_equal(store_session_get(s, dev.sid, "host", &session), ST_OK);
    assert_string_equal(session.device.wanted.sid, a.sid);
    assert_int_equal(store_session_get(s, dev.sid, "mps2_an505", &session), ST_OK);
    assert_string_equal(session.device.wanted.sid, b.sid);
    assert_int_equal(store_session_get(s, dev.sid, "stm32u585", &session), ST_OK);
    assert_int_equal(session.device.wanted.position, 0);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_session_get(s, dev.sid, "mps2_an505", &session), ST_OK);
    assert_string_equal(session.device.wanted.sid, a.sid); /* its own target, whatever it is for */
}

static void test_report(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("", 9, "host");
    struct store_report r = { .has_microvisor = true,
                              .at_us = 2000,
                              .microvisor = { .slot = 1,
                                              .ratchet = 5,
                                              .update_phase = 2,
                                              .update_error = 3,
                                              .bytes_done = 10,
                                              .bytes_total = 20 } };
    struct store_device out = device_now();
    assert_int_equal(out.microvisor_reported_us, 0);
    say("host", 4, 9);
    out = device_now();
    assert_int_equal(out.microvisor_number, 100);
    assert_int_equal(out.microvisor_reported_us, 1000);
    assert_int_equal(out.microvisor.slot, 2);
    assert_true(out.microvisor.confirmed);
    assert_int_equal(out.microvisor.ratchet, 4);
    assert_string_equal(out.microvisor_sid, m.sid);
    strcpy(r.device_sid, dev.sid);
    memset(r.microvisor.update_sha256, 8, 32);
    memset(r.microvisor.manifest_sha256, 77, 32);
    assert_int_equal(store_report_put(s, &r, 1), ST_OK);
    out = device_now();
    assert_int_equal(out.microvisor_reported_us, 2000);
    assert_int_equal(out.reported_us, 1000); /* nothing was said about the application */
    assert_int_equal(out.microvisor_number, 100);
    assert_int_equal(out.microvisor.slot, 1);
    assert_false(out.microvisor.confirmed);
    assert_int_equal(out.microvisor.update_phase, 2);
    assert_int_equal(out.microvisor.update_error, 3);
    assert_int_equal(out.microvisor.bytes_done, 10);
    assert_int_equal(out.microvisor.bytes_total, 20);
    assert_int_equal(out.microvisor.update_sha256[31], 8);
    assert_int_equal(out.microvisor.manifest_sha256[0], 77);
    assert_string_equal(out.microvisor_sid, ""); /* one that the account does not have */
    r = (struct store_report){ .hello = true, .has_app = true, .at_us = 3000 };
    strcpy(r.device_sid, dev.sid);
    assert_int_equal(store_report_put(s, &r, 1), ST_OK);
    out = device_now();
    assert_int_equal(out.microvisor_reported_us, 0); /* an old microvisor that has no such status */
    assert_int_equal(out.microvisor.ratchet, 0);
}

static void test_ratchet_above(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("", 3, "host");
    struct store_device_change change = { .microvisor_sid = m.sid };
    struct store_device out;
    char example[SID_BYTES];
    uint32_t devices = 9;
    say("host", 3, 0);
    assert_int_equal(store_ratchet_above(s, TEST_ACCOUNT, "host", 3, &devices, example), ST_OK);
    assert_int_equal(devices, 0);
    assert_string_equal(example, "");
    assert_int_equal(store_ratchet_above(s, TEST_ACCOUNT, "host", 2, &devices, example), ST_OK);
    assert_int_equal(devices, 1);
    assert_string_equal(example, dev.sid);
    assert_int_equal(store_ratchet_above(s, TEST_ACCOUNT, "mps2_an505", 2, &devices, example), ST_OK);
    assert_int_equal(devices, 0);
    assert_int_equal(store_ratchet_above(s, OTHER_ACCOUNT, "host", 2, &devices, example), ST_OK);
    assert_int_equal(devices, 0);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_ratchet_above(s, TEST_ACCOUNT, "host", 2, &devices, example), ST_OK);
    assert_int_equal(devices, 0); /* it has a target of its own */
}

static void test_blobs_are_used(void **state)
{
    (void)state;
    struct store_microvisor m = microvisor_add("", 3, "host");
    unsigned char hash[32];
    uint32_t devices;
    bool used = false;
    assert_int_equal(store_blob_is_used(s, m.manifest_sha256, &used), ST_OK);
    assert_true(used);
    assert_int_equal(store_blob_is_used(s, m.image_sha256, &used), ST_OK);
    assert_true(used);
    memset(hash, 99, 32);
    assert_int_equal(store_blob_is_used(s, hash, &used), ST_OK);
    assert_false(used);
    assert_int_equal(store_microvisor_delete(s, TEST_ACCOUNT, m.sid, &devices), ST_OK);
    assert_int_equal(store_blob_is_used(s, m.image_sha256, &used), ST_OK);
    assert_false(used);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_name_and_manifest_are_unique),
        TEST(test_list_pages),
        TEST(test_update),
        TEST(test_one_default_per_board),
        TEST(test_in_use_stays),
        TEST(test_urgent_default_can_be_deleted),
        TEST(test_own_target_goes_before_the_default),
        TEST(test_urgent_speaks_of_one_microvisor),
        TEST(test_session_of_another_board),
        TEST(test_report),
        TEST(test_ratchet_above),
        TEST(test_blobs_are_used),
    };
    return cmocka_run_group_tests_name("store_microvisor", tests, NULL, NULL);
}
