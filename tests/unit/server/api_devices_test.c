/* SPDX-License-Identifier: Apache-2.0 */
/* Devices over real HTTP: provisioning, update, log lines, and who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "bus/bus.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"
#include "unit/server/zip_fake.h"

/* A request made by openssl req; its SID follows from its key. */
#define CSR                                                                                                  \
    "MIHFMG4CAQAwDDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKF8PKtJR9MiwNS0LS5ufpFoJWPfgBb4xOZC4e" \
    "FhxkeIgRqQF5uj"                                                                                         \
    "SUVyGSTKKG1AUBXmLDZRhoi7Yi9vcIuznCWgADAKBggqhkjOPQQDAgNHADBEAiBT1pETaiJvPoFkF7bHVE21GgEpmplkqedmDYl4Zg" \
    "KbSwIgPWLj/YQY"                                                                                         \
    "HaxQmGNiRsGdlq2DyXMduQMDsAwiyordIBo="
#define SID "UVc71b6c36677a6037b7cc83cdffbc843b"

static struct api_server server;
static struct api_answer a;
static char said[64];

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

/* A form with the request's '+' and '=' percent-encoded. */
static void provision(int status, const char *more)
{
    char form[1024];
    size_t n = (size_t)snprintf(form, sizeof(form), "Csr=");
    for (const char *at = CSR; *at != '\0'; at++) {
        n += (size_t)snprintf(form + n, sizeof(form) - n,
                              *at == '+' || *at == '=' || *at == '/' ? "%%%02X" : "%c", *at);
    }
    (void)snprintf(form + n, sizeof(form) - n, "%s", more);
    api_expect(&server, status, "POST", "/v1/Devices", form, &a);
}

static void test_provision(void **state)
{
    (void)state;
    char first[512];
    provision(201, "&UniqueName=one");
    assert_string_equal(api_value(&a, "sid"), SID);
    assert_string_equal(api_value(&a, "unique_name"), "one");
    assert_string_equal(api_value(&a, "update_status"), "up-to-date");
    assert_non_null(strstr(a.body, "\"gateway\":{\"host\":\"127.0.0.1\",\"port\":8883,\"server_name\":"));
    assert_non_null(strstr(a.body, "\"server_ca\":\"-----BEGIN CERTIFICATE-----\\n"));
    assert_non_null(strstr(a.body, "\"app_signers\":[\"B"));
    (void)snprintf(first, sizeof(first), "%s", api_value(&a, "certificate"));
    provision(200, "");
    assert_string_equal(api_value(&a, "unique_name"), "one");
    assert_string_not_equal(api_value(&a, "certificate"), first); /* a fresh one */
    provision(200, "&UniqueName=two");
    assert_string_equal(api_value(&a, "unique_name"), "two");
    api_expect(&server, 200, "POST", "/v1/Devices/two", "Revoked=true", &a);
    provision(409, "");
}

static void test_signers(void **state)
{
    (void)state;
    api_expect(&server, 200, "GET", "/v1/Signers", NULL, &a);
    assert_int_equal(strlen(api_value(&a, "id")), 16);
    assert_non_null(strstr(a.body, "\"public_key\":\"B")); /* base64 of a point begins with it */
    assert_non_null(strstr(a.body, "\"managed\":true"));
    assert_non_null(strstr(a.body, "\"next_page_url\":null"));
    api_expect(&server, 400, "GET", "/v1/Signers?Color=red", NULL, &a);
    api_server_keeper(false);
    api_expect(&server, 503, "GET", "/v1/Signers", NULL, &a);
    api_server_keeper(true);
}

static void test_provision_refused(void **state)
{
    (void)state;
    api_expect(&server, 400, "POST", "/v1/Devices", "UniqueName=x", &a);
    assert_non_null(strstr(a.body, "Csr is missing"));
    api_expect(&server, 400, "POST", "/v1/Devices", "Csr=AAAA", &a);
    assert_non_null(strstr(a.body, "Csr is refused"));
    api_expect(&server, 400, "POST", "/v1/Devices", "Csr=%21", &a);
    provision(400, "&UniqueName=a%2Fb");
    provision(400, "&Color=red");
    assert_non_null(strstr(a.body, "Color is not known"));
    api_server_keeper(false);
    provision(503, "");
    api_server_keeper(true);
    api_expect(&server, 200, "GET", "/v1/Devices", NULL, &a);
    assert_non_null(strstr(a.body, "\"devices\":[]"));
}

static void app_add(const char *name)
{
    static unsigned char rom[100] = { 1 };
    const struct bundle_fake_layer layer = { rom, sizeof(rom), 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    bundle_fake_write(folder_path("b.zip"), &b);
    api_upload(&server, folder_path("b.zip"), name, &a);
    assert_int_equal(a.status, 201);
}

static void test_update(void **state)
{
    (void)state;
    char app[64];
    provision(201, "&UniqueName=my%20dev");
    app_add("v1");
    (void)snprintf(app, sizeof(app), "%s", api_value(&a, "sid"));
    assert_int_equal(api_server_gateway_message(&server, said), 0);
    api_expect(&server, 200, "POST", "/v1/Devices/my%20dev",
               "UniqueName=a%20b%26c&TargetApp=v1&LoggingEnabled=true&RestartApp=true", &a);
    assert_string_equal(api_value(&a, "target_sid"), app);
    assert_string_equal(api_value(&a, "update_status"), "pending");
    assert_string_equal(api_value(&a, "unique_name"), "a b&c");
    assert_non_null(strstr(a.body, "\"logging\":{\"enabled\":true,\"date_expires\":\"2"));
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_CHANGED);
    assert_string_equal(said, SID);

    api_expect(&server, 409, "DELETE", "/v1/Apps/v1", NULL, &a);
    assert_non_null(strstr(a.body, "target of 1 device;"));
    api_call(&server, "POST", "/v1/Devices/" SID, "application/json",
             "{\"TargetApp\":\"\",\"LoggingEnabled\":false,\"UniqueName\":null}", 57, &a);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "\"target_sid\":null"));
    assert_non_null(strstr(a.body, "\"logging\":{\"enabled\":false,\"date_expires\":null}"));
    assert_string_equal(api_value(&a, "unique_name"), "a b&c");
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_CHANGED);
    api_expect(&server, 204, "DELETE", "/v1/Apps/v1", NULL, &a);

    api_expect(&server, 200, "POST", "/v1/Devices/" SID, "Revoked=true", &a);
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_REVOKED);
    api_expect(&server, 200, "POST", "/v1/Devices/" SID, "", &a); /* nothing: nobody is told */
    assert_int_equal(api_server_gateway_message(&server, said), 0);
}

/* The answer to a revocation waits for the gateways' word; without it the row is revoked all the same. */
static void test_revoke_is_answered_when_in_force(void **state)
{
    (void)state;
    provision(201, "&UniqueName=one");
    api_server_gateway(false);
    api_expect(&server, 503, "POST", "/v1/Devices/one", "Revoked=true", &a);
    assert_non_null(strstr(a.body, "not every gateway has confirmed"));
    assert_non_null(strstr(a.text, "Retry-After: "));
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_REVOKED);
    api_expect(&server, 200, "GET", "/v1/Devices/one", NULL, &a);
    assert_non_null(strstr(a.body, "\"revoked\":true"));
    api_server_gateway(true);
    api_expect(&server, 200, "POST", "/v1/Devices/one", "Revoked=true", &a);
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_REVOKED);
    api_server_gateway(false); /* nobody has to confirm that a device may come back */
    api_expect(&server, 200, "POST", "/v1/Devices/one", "Revoked=false", &a);
    assert_non_null(strstr(a.body, "\"revoked\":false"));
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_CHANGED);
}

static void test_update_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        { "LoggingEnabled=maybe", "\"parameter\":\"LoggingEnabled\"" },
        { "RestartApp=", "\"parameter\":\"RestartApp\"" },
        { "TargetApp=nope", "\"parameter\":\"TargetApp\"" },
        { "AppSid=nope", "\"parameter\":\"AppSid\"" },
        { "AppSid=a&TargetApp=b", "mean the same" },
        { "UniqueName=UV00000000000000000000000000000001", "does not look like a SID" },
        { "UniqueName=a&UniqueName=b", "given twice" },
        { "TargetAp=x", "TargetAp is not known" },
        { "UniqueName=%ff", "UTF-8" },
        { "UniqueName=%", "cannot be read" },
    };
    provision(201, "&UniqueName=one");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        api_expect(&server, 400, "POST", "/v1/Devices/one", bad[i][0], &a);
        if (strstr(a.body, bad[i][1]) == NULL || strstr(a.body, "\"code\":20001") == NULL) {
            fail_msg("%s: %s", bad[i][0], a.body);
        }
    }
    api_call(&server, "POST", "/v1/Devices/one", "application/json", "{\"UniqueName\":[1]}", 18, &a);
    assert_int_equal(a.status, 400);
    api_call(&server, "POST", "/v1/Devices/one", "application/json", "[1]", 3, &a);
    assert_int_equal(a.status, 400);
    api_call(&server, "POST", "/v1/Devices/one", "text/plain", "x", 1, &a);
    assert_int_equal(a.status, 415);
    assert_int_equal(api_server_gateway_message(&server, said), 0);
}

static void lines_add(void)
{
    for (uint32_t i = 1; i <= 5; i++) {
        struct store_log line = {
            .boot_id = UINT64_MAX, .seq = i, .device_us = i, .received_us = 1609504496123456 + i
        };
        strcpy(line.device_sid, SID);
        strcpy(line.type, i == 3 ? "ota_update" : "app_logging");
        (void)snprintf(line.text, sizeof(line.text), "line %u \"\\\n\x01\xc3\xa9", i);
        assert_int_equal(store_log_put(server.store, &line, 1), ST_OK);
    }
}

static void test_logs(void **state)
{
    (void)state;
    char next[256];
    provision(201, "&UniqueName=one");
    lines_add();
    api_expect(&server, 200, "GET", "/v1/Devices/one/Logs", NULL, &a);
    assert_string_equal(api_value(&a, "timestamp"), "2021-01-01T12:34:56.123461Z"); /* the newest first */
    assert_non_null(strstr(a.body, "\"text\":\"line 5 \\\"\\\\\\n\\u0001\xc3\xa9\""));
    assert_string_equal(api_value(&a, "boot_id"), "ffffffffffffffff");
    assert_non_null(strstr(a.body, "\"key\":\"logs\""));

    api_expect(&server, 200, "GET", "/v1/Devices/one/Logs?PageSize=2&Order=asc", NULL, &a);
    assert_non_null(strstr(a.body, "\"seq\":1,"));
    (void)snprintf(next, sizeof(next), "%s", api_value(&a, "next_page_url") + strlen("http://api.test:8080"));
    api_expect(&server, 200, "GET", next, NULL, &a);
    assert_non_null(strstr(a.body, "\"seq\":3,"));
    assert_null(strstr(a.body, "\"seq\":2,"));
    api_expect(&server, 200, "GET", "/v1/Devices/one/Logs?After=4&PageSize=2", NULL, &a);
    assert_non_null(strstr(a.body, "\"seq\":5,"));
    assert_non_null(strstr(a.body, "\"next_page_url\":null"));
    api_expect(&server, 200, "GET", "/v1/Devices/one/Logs?After=0&Type=ota_update", NULL, &a);
    assert_non_null(strstr(a.body, "\"seq\":3,"));
    assert_null(strstr(a.body, "\"seq\":4,"));

    api_expect(&server, 200, "GET", "/v1/Devices/one/Logs?PageSize=2", NULL, &a);
    (void)snprintf(next, sizeof(next), "%s", api_value(&a, "next_page_url") + strlen("http://api.test:8080"));
    api_expect(&server, 200, "GET", next, NULL, &a);
    assert_non_null(strstr(a.body, "\"seq\":3,"));

    api_expect(&server, 400, "GET", "/v1/Devices/one/Logs?Type=x", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/one/Logs?After=-1", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/one/Logs?Order=up", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/one/Logs?Order=desc&After=1", NULL, &a);
    api_expect(&server, 404, "GET", "/v1/Devices/two/Logs", NULL, &a);
}

static void test_reported(void **state)
{
    (void)state;
    struct store_report report = { .hello = true,
                                   .has_app = true,
                                   .at_us = 1609504496000000,
                                   .crash_count = 2,
                                   .app_state = 1,
                                   .update_phase = 2,
                                   .bytes_done = 1,
                                   .bytes_total = 4 };
    struct store_app app;
    provision(201, "&UniqueName=one");
    app_add("v1");
    api_expect(&server, 200, "POST", "/v1/Devices/one", "TargetApp=v1", &a);
    assert_int_equal(store_app_get(server.store, API_ACCOUNT, "v1", &app), ST_OK);
    strcpy(report.device_sid, SID);
    strcpy(report.board, "mps2_an505");
    memcpy(report.update_sha256, app.manifest_sha256, 32);
    assert_int_equal(store_report_put(server.store, &report, 1), ST_OK);
    api_expect(&server, 200, "GET", "/v1/Devices/one", NULL, &a);
    assert_string_equal(api_value(&a, "update_status"), "pending");
    assert_non_null(strstr(
        a.body, "\"update\":{\"phase\":\"staging\",\"percent\":25,\"bytes_done\":1,\"bytes_total\":4,"));
    assert_non_null(strstr(a.body, "\"date_reported\":\"2021-01-01T12:34:56Z\""));
    assert_non_null(strstr(a.body, "\"crash_count\":2"));
    report.update_phase = 4;
    report.update_error = 6;
    assert_int_equal(store_report_put(server.store, &report, 1), ST_OK);
    api_expect(&server, 200, "GET", "/v1/Devices/one", NULL, &a);
    assert_non_null(strstr(a.body, "\"update_status\":\"error\",\"update_error_code\":6"));
    memcpy(report.manifest_sha256, app.manifest_sha256, 32);
    report.update_phase = report.update_error = 0;
    assert_int_equal(store_report_put(server.store, &report, 1), ST_OK);
    api_expect(&server, 200, "GET", "/v1/Devices/one", NULL, &a);
    assert_non_null(strstr(a.body, "\"update_status\":\"up-to-date\",\"update_error_code\":0"));
    assert_string_equal(api_value(&a, "reported_sid"), app.sid);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_provision),
        TEST(test_signers),
        TEST(test_provision_refused),
        TEST(test_update),
        TEST(test_revoke_is_answered_when_in_force),
        TEST(test_update_refused),
        TEST(test_logs),
        TEST(test_reported),
    };
    return cmocka_run_group_tests_name("api_devices", tests, NULL, NULL);
}
