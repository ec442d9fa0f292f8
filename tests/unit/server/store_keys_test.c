/* SPDX-License-Identifier: Apache-2.0 */
/* The store's questions about key updates and the key rings of devices. */
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

#define STRANGER "ACffffffffffffffffffffffffffffffff"

static struct store *s;

static int setup(void **state)
{
    (void)state;
    folder_make();
    s = folder_store();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

static struct store_key_update update(uint32_t sequence)
{
    struct store_key_update u = { .sequence = sequence, .message_len = sequence * 10, .ring_len = 5 };

    u.created_us = clock_wall_us();
    memset(u.message, (int)sequence, sizeof u.message);
    memset(u.ring, (int)sequence + 1, sizeof u.ring);
    return u;
}

static struct store_device device_add(unsigned char tag)
{
    struct store_device dev = { .created_us = clock_wall_us() }, existing;

    memset(dev.key_sha256, tag, 32);
    sid_from_digest("UV", dev.key_sha256, dev.sid);
    (void)snprintf(dev.account_sid, sizeof(dev.account_sid), "%s", TEST_ACCOUNT);
    assert_int_equal(store_device_create(s, &dev, &existing), ST_OK);
    return dev;
}

static void chain_make(uint32_t count)
{
    for (uint32_t n = 1; n <= count; n++) {
        struct store_key_update base = update(0), next = update(n);
        assert_int_equal(store_keys_add(s, TEST_ACCOUNT, n == 1 ? &base : NULL, &next), ST_OK);
    }
}

static void test_chain(void **state)
{
    (void)state;
    struct store_key_update u, again = update(2);
    assert_int_equal(store_keys_latest(s, TEST_ACCOUNT, &u), ST_NOT_FOUND);
    chain_make(3);
    assert_int_equal(store_keys_latest(s, TEST_ACCOUNT, &u), ST_OK);
    assert_int_equal(u.sequence, 3);
    assert_int_equal(u.message_len, 30);
    assert_memory_equal(u.message, update(3).message, 30);
    assert_int_equal(u.ring_len, 5);
    assert_int_equal(u.ring[4], 4);
    assert_int_equal(store_keys_get(s, TEST_ACCOUNT, 0, &u), ST_OK);
    assert_int_equal(u.message_len, 0);
    assert_int_equal(u.ring[0], 1);
    assert_int_equal(store_keys_get(s, TEST_ACCOUNT, 4, &u), ST_NOT_FOUND);
    assert_int_equal(store_keys_get(s, STRANGER, 1, &u), ST_NOT_FOUND);
    assert_int_equal(store_keys_add(s, TEST_ACCOUNT, NULL, &again), ST_EXISTS);
}

/* Whoever is second to begin a chain leaves nothing behind. */
static void test_begun_twice(void **state)
{
    (void)state;
    struct store_key_update base = update(0), other = update(1), u;
    chain_make(1);
    base.ring[0] = 99;
    assert_int_equal(store_keys_add(s, TEST_ACCOUNT, &base, &other), ST_EXISTS);
    assert_int_equal(store_keys_get(s, TEST_ACCOUNT, 0, &u), ST_OK);
    assert_int_equal(u.ring[0], 1);
}

static void test_list(void **state)
{
    (void)state;
    static struct store_key_update rows[8];
    struct store_page page = { .limit = 8 };
    uint32_t n;
    chain_make(4);
    assert_int_equal(store_keys_list(s, TEST_ACCOUNT, &page, rows, &n), ST_OK);
    assert_int_equal(n, 4); /* sequence 0 is no update */
    assert_int_equal(rows[0].sequence, 4);
    assert_int_equal(rows[3].sequence, 1);
    page = (struct store_page){ .limit = 2, .position = rows[3].position, .backwards = true };
    assert_int_equal(store_keys_list(s, TEST_ACCOUNT, &page, rows, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].sequence, 3);
    assert_int_equal(store_keys_list(s, STRANGER, &page, rows, &n), ST_OK);
    assert_int_equal(n, 0);
}

static void test_devices(void **state)
{
    (void)state;
    static struct store_session session;
    struct store_device a = device_add(1), b = device_add(2), dev;
    struct store_device_keys keys = {
        .sequence = 2, .error = 30, .status = { 7, 8 }, .status_len = 2, .reported_us = 5
    };
    struct store_keys_progress progress;
    struct store_key_update u;
    (void)device_add(3);
    memcpy(keys.device_sid, a.sid, SID_BYTES);
    assert_int_equal(store_session_get(s, a.sid, "", &session), ST_OK);
    assert_int_equal(session.keys_sequence, 0);
    assert_int_equal(session.keys_status_len, 0);
    chain_make(3);
    assert_int_equal(store_device_keys_put(s, &keys, 1), ST_OK);
    assert_int_equal(store_session_get(s, a.sid, "", &session), ST_OK);
    assert_int_equal(session.keys_sequence, 3);
    assert_int_equal(session.keys_status_len, 2);
    assert_int_equal(session.keys_status[1], 8);
    memcpy(keys.device_sid, b.sid, SID_BYTES);
    keys.sequence = 3;
    keys.error = 0;
    assert_int_equal(store_device_keys_put(s, &keys, 1), ST_OK);
    assert_int_equal(store_keys_progress(s, TEST_ACCOUNT, 3, &progress), ST_OK);
    assert_int_equal(progress.devices, 3);
    assert_int_equal(progress.current, 1);
    assert_int_equal(progress.refused, 1);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, a.sid, &dev), ST_OK);
    assert_int_equal(dev.keys_sequence, 2);
    assert_int_equal(dev.keys_error, 30);
    assert_int_equal(dev.keys_reported_us, 5);
    assert_int_equal(store_keys_of_device(s, a.sid, 3, &u), ST_OK);
    assert_int_equal(u.message_len, 30);
    assert_int_equal(store_keys_of_device(s, "UVffffffffffffffffffffffffffffffff", 3, &u), ST_NOT_FOUND);
}

static void test_server_cas(void **state)
{
    (void)state;
    struct store_device a = device_add(1), b = device_add(2);
    const uint64_t high = 0xf123456789abcdefu; /* does not fit a signed number */
    struct store_device_keys keys = {
        .status = { 1 }, .status_len = 1, .server_cas = { 7, high }, .server_ca_in_use = 7
    };
    struct store_server_ca_progress p;
    (void)device_add(3);
    memcpy(keys.device_sid, a.sid, SID_BYTES);
    assert_int_equal(store_device_keys_put(s, &keys, 1), ST_OK);
    assert_int_equal(store_server_ca_progress(s, high, &p), ST_OK);
    assert_true(p.devices == 3 && p.have == 1 && p.use == 0);
    memcpy(keys.device_sid, b.sid, SID_BYTES);
    keys.server_ca_in_use = high;
    assert_int_equal(store_device_keys_put(s, &keys, 1), ST_OK);
    assert_int_equal(store_server_ca_progress(s, high, &p), ST_OK);
    assert_true(p.devices == 3 && p.have == 2 && p.use == 1);
    assert_int_equal(store_server_ca_progress(s, 7, &p), ST_OK);
    assert_true(p.have == 2 && p.use == 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_chain), T(test_begun_twice), T(test_list), T(test_devices),
                                        T(test_server_cas) };

    return cmocka_run_group_tests_name("store_keys", tests, NULL, NULL);
}
