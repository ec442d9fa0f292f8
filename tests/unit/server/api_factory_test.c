/* SPDX-License-Identifier: Apache-2.0 */
/* Factory tokens over real HTTP: made once, good for one thing, within their limits; records of what was done with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/sid.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "store/store_factory.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/csr_fake.h"

static struct api_server server;
static struct api_answer a;
static char token[SID_BYTES], secret[65];

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

static void make_token(const char *limits)
{
    char form[200];
    (void)snprintf(form, sizeof(form), "Name=line%%201&%s", limits);
    api_expect(&server, 201, "POST", "/v1/FactoryTokens", form, &a);
    (void)snprintf(token, sizeof(token), "%s", api_value(&a, "sid"));
    (void)snprintf(secret, sizeof(secret), "%s", api_value(&a, "secret"));
}

/* From here on the client is the factory (or not). */
static void be_factory(bool factory)
{
    server.user = factory ? token : NULL;
    server.secret = factory ? secret : NULL;
}

static void enrol(int status, const char *csr, const char *more)
{
    char form[1200];
    (void)snprintf(form, sizeof(form), "Csr=%s%s", csr, more);
    api_expect(&server, status, "POST", "/v1/Devices", form, &a);
}

static void enrol_new(int status)
{
    char csr[1024];
    csr_fake_form(csr);
    enrol(status, csr, "");
}

static void revoke(void)
{
    char path[80];
    (void)snprintf(path, sizeof(path), "/v1/FactoryTokens/%s", token);
    api_expect(&server, 200, "POST", path, "Revoked=true", &a);
}

static void test_life_of_a_token(void **state)
{
    (void)state;
    char path[80], sid[SID_BYTES];
    make_token("MaxDevices=10");
    assert_int_equal(strlen(secret), 64);
    assert_string_equal(api_value(&a, "name"), "line 1");
    assert_string_equal(api_value(&a, "state"), "active");
    assert_non_null(strstr(a.body, "\"max_devices\":10,\"enrolled_devices\":0,\"rate_per_hour\":600,"));
    (void)snprintf(sid, sizeof(sid), "%s", token);
    (void)snprintf(path, sizeof(path), "/v1/FactoryTokens/%s", token);
    api_expect(&server, 200, "GET", path, NULL, &a);
    assert_null(strstr(a.text, secret)); /* once is enough */
    make_token("MaxDevices=1&Ttl=60&RatePerHour=7");
    api_expect(&server, 200, "GET", "/v1/FactoryTokens", NULL, &a);
    assert_non_null(strstr(a.body, sid));
    assert_non_null(strstr(a.body, token));
    assert_null(strstr(a.body, "\"secret\""));
    revoke();
    assert_string_equal(api_value(&a, "state"), "revoked");
    api_expect(&server, 404, "GET", "/v1/FactoryTokens/FTffffffffffffffffffffffffffffffff", NULL, &a);
    api_expect(&server, 404, "GET", "/v1/FactoryTokens/x", NULL, &a);
    api_expect(&server, 400, "POST", path, "Revoked=false", &a);
    api_expect(&server, 200, "POST", path, "", &a); /* nothing to change */
    assert_string_equal(api_value(&a, "state"), "active");
}

static void test_bad_limits(void **state)
{
    (void)state;
    static const char *const forms[] = { "MaxDevices=1",
                                         "Name=x",
                                         "Name=&MaxDevices=1",
                                         "Name=a%2Fb&MaxDevices=1",
                                         "Name=x&MaxDevices=0",
                                         "Name=x&MaxDevices=1000001",
                                         "Name=x&MaxDevices=-1",
                                         "Name=x&MaxDevices=ten",
                                         "Name=x&MaxDevices=1&RatePerHour=0",
                                         "Name=x&MaxDevices=1&RatePerHour=36001",
                                         "Name=x&MaxDevices=1&Ttl=59",
                                         "Name=x&MaxDevices=1&Ttl=315360001",
                                         "Name=x&MaxDevices=1&Ttl=99999999999999999999",
                                         "Name=x&MaxDevices=1&Color=red" };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        api_expect(&server, 400, "POST", "/v1/FactoryTokens", forms[i], &a);
    }
}

static void test_scope(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *form;
    } others[] = {
        { "GET", "/v1/Devices", NULL },       { "GET", "/v1/Apps", NULL },
        { "GET", "/v1/FactoryTokens", NULL }, { "POST", "/v1/FactoryTokens", "Name=x&MaxDevices=1" },
        { "GET", "/v1/Enrolments", NULL },    { "GET", "/v1/Signers", NULL },
        { "GET", "/metrics", NULL },          { "POST", "/v1/Devices/x", "Revoked=true" },
        { "GET", "/v1/Whatever", NULL },      { "DELETE", "/v1/Devices", NULL },
        { "DELETE", "/v1/Apps/x", NULL }
    };
    char path[80];
    make_token("MaxDevices=10");
    be_factory(true);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        api_expect(&server, 403, others[i].method, others[i].path, others[i].form, &a);
        assert_non_null(strstr(a.body, "\"code\":20403"));
    }
    (void)snprintf(path, sizeof(path), "/v1/FactoryTokens/%s", token);
    api_expect(&server, 403, "GET", path, NULL, &a);
    api_expect(&server, 403, "POST", path, "Revoked=true", &a);
    enrol_new(201);
    server.secret = API_SECRET; /* of somebody else */
    api_expect(&server, 401, "POST", "/v1/Devices", "Csr=x", &a);
    be_factory(false);
    api_expect(&server, 200, "GET", "/docs/errors/20403", NULL, &a);
    api_expect(&server, 200, "GET", "/docs/errors/20429", NULL, &a);
}

static void test_enrolling(void **state)
{
    (void)state;
    char csr[1024], first[32], path[120];
    make_token("MaxDevices=2");
    be_factory(true);
    csr_fake_form(csr);
    enrol(201, csr, "&UniqueName=one");
    (void)snprintf(first, sizeof(first), "%s", api_value(&a, "claim_code"));
    assert_int_equal(strlen(first), 19);
    assert_int_equal(first[4], '-');
    enrol(200, csr, ""); /* a label was lost */
    assert_string_not_equal(api_value(&a, "claim_code"), first);
    assert_string_equal(api_value(&a, "unique_name"), "one");
    enrol(409, csr, "&UniqueName=two");
    assert_non_null(strstr(a.body, "renames nothing"));
    enrol_new(201);
    enrol_new(403);
    assert_non_null(strstr(a.body, "all the devices"));
    be_factory(false);
    csr_fake_form(csr);
    enrol(201, csr, "");
    be_factory(true);
    enrol(409, csr, ""); /* not the factory's */
    be_factory(false);
    (void)snprintf(path, sizeof(path), "/v1/FactoryTokens/%s/Enrolments", token);
    api_expect(&server, 200, "GET", path, NULL, &a);
    assert_string_equal(api_value(&a, "by_sid"), token);
    assert_string_equal(api_value(&a, "address"), "127.0.0.1");
    assert_non_null(strstr(a.body, "\"again\":true"));
    assert_null(strstr(a.body, API_ACCOUNT "\",\"device_sid\"")); /* only the token's own */
    api_expect(&server, 200, "GET", "/v1/Enrolments?PageSize=1", NULL, &a);
    assert_string_equal(api_value(&a, "by_sid"), API_ACCOUNT);
    assert_non_null(strstr(a.body, "\"next_page_url\":\"http"));
}

static void test_rate(void **state)
{
    (void)state;
    const char *after;
    make_token("MaxDevices=10&RatePerHour=2");
    be_factory(true);
    enrol_new(201);
    enrol_new(201);
    enrol_new(429);
    assert_non_null(strstr(a.body, "\"code\":20429"));
    after = strstr(a.text, "\r\nRetry-After: ");
    assert_non_null(after);
    assert_in_range(atoi(after + strlen("\r\nRetry-After: ")), 3500, 3600);
    api_server_keeper(false); /* what is refused anyway does not even ask it */
    enrol_new(429);
    api_server_keeper(true);
    be_factory(false);
    enrol_new(201); /* the account has no rate */
}

/* Credentials that were read half a second ago are believed, so these never were. */
static void test_ended_tokens(void **state)
{
    (void)state;
    struct store_factory_token expired = {
        .devices_max = 5, .rate_per_hour = 5, .created_us = 1, .expires_us = 2
    };
    make_token("MaxDevices=10");
    revoke();
    be_factory(true);
    enrol_new(401);
    sid_random("FT", expired.sid);
    (void)snprintf(expired.account_sid, sizeof(expired.account_sid), "%s", API_ACCOUNT);
    (void)snprintf(expired.name, sizeof(expired.name), "old");
    crypto_sha256(secret, strlen(secret), expired.secret_sha256);
    assert_int_equal(store_factory_token_create(server.store, &expired), ST_OK);
    server.user = expired.sid;
    enrol_new(401);
    be_factory(false);
    api_expect(&server, 200, "GET", "/v1/FactoryTokens", NULL, &a);
    assert_string_equal(api_value(&a, "state"), "expired"); /* the newest row */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_life_of_a_token), TEST(test_bad_limits), TEST(test_scope),
        TEST(test_enrolling),       TEST(test_rate),       TEST(test_ended_tokens),
    };
    return cmocka_run_group_tests_name("api_factory", tests, NULL, NULL);
}
