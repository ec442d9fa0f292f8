/* SPDX-License-Identifier: Apache-2.0 */
/* Factory tokens and enrolments on a real database file: limits that hold against requests at the same time, records that stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store_factory.h"
#include "unit/server/folder_fake.h"

#define HOUR_US (INT64_C(3600) * 1000000)

static struct store *s;
static struct store_factory_token token;
static struct store_enrolment who;
static struct store_enrolled enrolled;
static unsigned char claim[32];

static int setup(void **state)
{
    (void)state;
    folder_make();
    s = folder_store();
    memset(&token, 0, sizeof(token));
    memset(&who, 0, sizeof(who));
    sid_random("FT", token.sid);
    (void)snprintf(token.account_sid, sizeof(token.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(token.name, sizeof(token.name), "line 1");
    memset(token.secret_sha256, 7, 32);
    token.devices_max = 3;
    token.rate_per_hour = 100;
    token.created_us = clock_wall_us();
    token.expires_us = token.created_us + 24 * HOUR_US;
    assert_int_equal(store_factory_token_create(s, &token), ST_OK);
    memcpy(who.account_sid, token.account_sid, SID_BYTES);
    memcpy(who.by_sid, token.sid, SID_BYTES);
    (void)snprintf(who.address, sizeof(who.address), "192.0.2.1");
    who.at_us = token.created_us;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

static struct store_device device_make(unsigned char tag, const char *name)
{
    struct store_device dev = { .created_us = token.created_us, .updated_us = token.created_us };
    memset(dev.key_sha256, tag, 32);
    sid_from_digest("UV", dev.key_sha256, dev.sid);
    (void)snprintf(dev.account_sid, sizeof(dev.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(dev.unique_name, sizeof(dev.unique_name), "%s", name);
    return dev;
}

static void enrol(unsigned char tag, const char *name, enum model_enrol judged)
{
    const struct store_device dev = device_make(tag, name);
    assert_int_equal(store_enrol(s, &who, &dev, claim, &enrolled), ST_OK);
    assert_int_equal(enrolled.judged, judged);
}

static void by(const char *sid)
{
    (void)snprintf(who.by_sid, sizeof(who.by_sid), "%s", sid);
}

static void test_token_rows(void **state)
{
    (void)state;
    struct store_factory_token got, listed[3];
    struct store_page page = { .limit = 3 };
    struct store_credential credential;
    uint32_t n;
    assert_int_equal(store_factory_token_get(s, TEST_ACCOUNT, token.sid, &got), ST_OK);
    assert_string_equal(got.name, "line 1");
    assert_int_equal(got.devices_max, 3);
    assert_int_equal(store_factory_token_get(s, "ACffffffffffffffffffffffffffffffff", token.sid, &got),
                     ST_NOT_FOUND);
    assert_int_equal(store_credential_get(s, token.sid, &credential), ST_OK);
    assert_string_equal(credential.key_sid, token.sid);
    assert_false(credential.revoked);
    assert_int_equal(store_factory_token_revoke(s, TEST_ACCOUNT, token.sid, 5, &got), ST_OK);
    assert_int_equal(store_factory_token_revoke(s, TEST_ACCOUNT, token.sid, 6, &got), ST_OK);
    assert_true(got.revoked_us == 5); /* the first time counts */
    assert_int_equal(store_credential_get(s, token.sid, &credential), ST_OK);
    assert_true(credential.revoked);
    struct store_factory_token second = token;
    sid_random("FT", second.sid);
    second.expires_us = clock_wall_us() - 1;
    assert_int_equal(store_factory_token_create(s, &second), ST_OK);
    assert_int_equal(store_credential_get(s, second.sid, &credential), ST_OK);
    assert_true(credential.revoked); /* expired */
    assert_int_equal(store_factory_token_list(s, TEST_ACCOUNT, &page, listed, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(listed[0].sid, second.sid); /* newest first */
    page = (struct store_page){ .limit = 3, .backwards = true, .position = 0 };
    assert_int_equal(store_factory_token_list(s, TEST_ACCOUNT, &page, listed, &n), ST_OK);
    assert_string_equal(listed[0].sid, second.sid);
    (void)snprintf(second.account_sid, sizeof(second.account_sid), "ACffffffffffffffffffffffffffffffff");
    sid_random("FT", second.sid);
    assert_int_equal(store_factory_token_create(s, &second), ST_NOT_FOUND);
}

static void test_enrolling(void **state)
{
    (void)state;
    struct store_factory_token got;
    enrol(1, "one", ENROL_NEW);
    assert_string_equal(enrolled.device.unique_name, "one");
    enrol(1, "", ENROL_AGAIN);
    enrol(1, "two", ENROL_RENAMES);
    enrol(2, "one", ENROL_NAME_TAKEN);
    assert_string_equal(enrolled.device.unique_name, "one"); /* the one that has it */
    enrol(2, "", ENROL_NEW);
    enrol(3, "", ENROL_NEW);
    enrol(4, "", ENROL_TOKEN_USED_UP);
    enrol(3, "", ENROL_AGAIN);
    assert_int_equal(store_factory_token_get(s, TEST_ACCOUNT, token.sid, &got), ST_OK);
    assert_int_equal(got.devices, 3);
    by(TEST_ACCOUNT); /* the account has no limits, and may rename */
    enrol(4, "", ENROL_NEW);
    enrol(1, "three", ENROL_AGAIN);
    assert_string_equal(enrolled.device.unique_name, "three");
    by(token.sid);
    enrol(4, "", ENROL_NOT_ITS_OWN);
    enrol(1, "", ENROL_AGAIN); /* still its own */
    struct store_device bad = device_make(9, "UV00000000000000000000000000000000");
    assert_int_equal(store_enrol(s, &who, &bad, claim, &enrolled), ST_INVALID);
    by("FTffffffffffffffffffffffffffffffff");
    bad = device_make(9, "");
    assert_int_equal(store_enrol(s, &who, &bad, claim, &enrolled), ST_NOT_FOUND);
}

static void test_rate(void **state)
{
    (void)state;
    struct store_factory_token slow = token;
    sid_random("FT", slow.sid);
    slow.rate_per_hour = 2;
    assert_int_equal(store_factory_token_create(s, &slow), ST_OK);
    by(slow.sid);
    enrol(1, "", ENROL_NEW);
    who.at_us += HOUR_US / 2;
    enrol(1, "", ENROL_AGAIN);
    who.at_us += HOUR_US / 4;
    enrol(2, "", ENROL_TOO_FAST);
    assert_true(enrolled.retry_us == HOUR_US / 4);
    assert_int_equal(store_enrol_precheck(s, &who, &enrolled), ST_OK);
    assert_int_equal(enrolled.judged, ENROL_TOO_FAST);
    who.at_us += HOUR_US / 4;
    assert_int_equal(store_enrol_precheck(s, &who, &enrolled), ST_OK);
    assert_int_equal(enrolled.judged, ENROL_AGAIN);
    enrol(2, "", ENROL_NEW);
    who.at_us = slow.expires_us;
    enrol(3, "", ENROL_TOKEN_DEAD);
}

static void test_records(void **state)
{
    (void)state;
    struct store_enrolment rows[4];
    struct store_page page = { .limit = 4 };
    uint32_t n;
    enrol(1, "", ENROL_NEW);
    enrol(1, "", ENROL_AGAIN);
    enrol(1, "x", ENROL_RENAMES); /* leaves none */
    by(TEST_ACCOUNT);
    enrol(2, "", ENROL_NEW);
    assert_int_equal(store_enrolment_list(s, TEST_ACCOUNT, "", &page, rows, &n), ST_OK);
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].by_sid, TEST_ACCOUNT);
    assert_int_equal(store_enrolment_list(s, TEST_ACCOUNT, token.sid, &page, rows, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_true(rows[0].again && !rows[1].again);
    assert_string_equal(rows[1].address, "192.0.2.1");
    assert_string_equal(rows[1].device_sid, device_make(1, "").sid);
    assert_true(rows[1].at_us == who.at_us);
    page = (struct store_page){ .limit = 4, .backwards = true, .position = rows[1].position };
    assert_int_equal(store_enrolment_list(s, TEST_ACCOUNT, token.sid, &page, rows, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_int_equal(store_enrolment_list(s, TEST_ACCOUNT, "", &page, rows, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].by_sid, TEST_ACCOUNT); /* newest first here, too */
    assert_int_equal(store_enrolment_list(s, "ACffffffffffffffffffffffffffffffff", "", &page, rows, &n),
                     ST_OK);
    assert_int_equal(n, 0);
}

/* Child: enrols devices of its own until it is refused. */
static int racer(unsigned char tag)
{
    char err[200];
    struct store *mine = NULL;
    int made = 0;
    if (store_open(folder_path("test.db"), STORE_FULL, false, &mine, err, sizeof(err)) != ST_OK) {
        return 100;
    }
    for (unsigned char i = 0; i < 10; i++) {
        const struct store_device dev = device_make((unsigned char)(tag + i), "");
        if (store_enrol(mine, &who, &dev, claim, &enrolled) != ST_OK) {
            return 101;
        }
        made += enrolled.judged == ENROL_NEW;
    }
    store_close(mine);
    return made;
}

/* S4: the limit holds when several ask at once. */
static void test_limit_against_a_race(void **state)
{
    (void)state;
    pid_t children[4];
    int made = 0;
    for (unsigned i = 0; i < 4; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            _exit(racer((unsigned char)(50 * i)));
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 10);
        made += WEXITSTATUS(status);
    }
    assert_int_equal(made, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_enrolling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit_against_a_race, setup, teardown),
    };
    return cmocka_run_group_tests_name("store_factory", tests, NULL, NULL);
}
