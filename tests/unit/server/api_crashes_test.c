/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports over real HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"
#include "wire.pb.h"

#define DEVICE "UV01010101010101010101010101010101"
#define OTHER  "UV02020202020202020202020202020202"

static struct api_server server;
static struct api_answer a;

static void device_add(const char *sid, unsigned char tag, const char *name)
{
    struct store_device dev = { .created_us = clock_wall_us() }, existing;
    memset(dev.key_sha256, tag, 32);
    strcpy(dev.sid, sid);
    strcpy(dev.account_sid, API_ACCOUNT);
    strcpy(dev.unique_name, name);
    assert_int_equal(store_device_create(server.store, &dev, &existing), ST_OK);
}

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    device_add(DEVICE, 1, "dev");
    device_add(OTHER, 2, "other");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

static struct store_crash crash_of(uint64_t report_id)
{
    struct store_crash c = { .report_id = report_id,
                             .received_us = 1609504496123456,
                             .boot_id = 0xab,
                             .device_us = 77,
                             .microvisor_number = 200,
                             .cause = otr_CrashCause_CRASH_SECURE_VIOLATION,
                             .pc = 0x00200104,
                             .address = 0x38000000,
                             .address_known = true,
                             .secure_fault_status = 0x48,
                             .restart_in_ms = 500,
                             .count = 3,
                             .registers_len = 68,
                             .stack_len = 5 };
    strcpy(c.device_sid, DEVICE);
    strcpy(c.app_sid, "KA00000000000000000000000000000009");
    for (unsigned i = 0; i < 68; i++) {
        c.registers[i] = (unsigned char)i;
    }
    memcpy(c.stack, "stack", 5);
    return c;
}

static void put(const struct store_crash *c)
{
    assert_int_equal(store_crash_put(server.store, c, 100), ST_OK);
}

static void expect_body(const char *words)
{
    if (strstr(a.body, words) == NULL) {
        fail_msg("%s is not in %s", words, a.body);
    }
}

static void test_list_and_show(void **state)
{
    (void)state;
    const struct store_crash c = crash_of(0xfedcba9876543210);
    char sid[SID_BYTES], path[128];
    api_expect(&server, 200, "GET", "/v1/Devices/dev/Crashes", NULL, &a);
    expect_body("{\"crashes\":[],\"meta\":{\"page\":0,");
    put(&c);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"device_crashes\":\"http://api.test:8080/v1/Devices/" DEVICE "/Crashes\"");
    api_expect(&server, 200, "GET", "/v1/Devices/dev/Crashes", NULL, &a);
    (void)snprintf(sid, sizeof(sid), "%s", api_value(&a, "sid"));
    assert_true(sid_is(sid, "CR"));
    expect_body("\"key\":\"crashes\"");
    (void)snprintf(path, sizeof(path), "/v1/Devices/dev/Crashes/%s", sid);
    api_expect(&server, 200, "GET", path, NULL, &a);
    expect_body(
        "\"device_sid\":\"" DEVICE "\",\"report_id\":\"fedcba9876543210\",\"origin\":\"app\","
        "\"timestamp\":\"2021-01-01T12:34:56.123456Z\",\"boot_id\":\"00000000000000ab\",\"device_us\":77,"
        "\"app_sid\":\"KA00000000000000000000000000000009\",\"microvisor_number\":200,"
        "\"cause\":\"secure_violation\",\"cause_text\":\"touched or entered secure memory\","
        "\"pc\":\"0x00200104\",\"lr\":\"0x00000000\",\"xpsr\":\"0x00000000\",\"address\":\"0x38000000\","
        "\"fault_status\":\"0x00000000\",\"secure_fault_status\":\"0x00000048\",\"restart_in_ms\":500,"
        "\"count\":3,\"registers\":{\"r0\":\"0x03020100\",\"r1\":\"0x07060504\",");
    expect_body("\"r12\":\"0x33323130\",\"sp\":\"0x37363534\",\"lr\":\"0x3b3a3938\",\"pc\":\"0x3f3e3d3c\","
                "\"xpsr\":\"0x43424140\"},\"stack\":\"c3RhY2s=\",\"sealed\":null,");
    (void)snprintf(path, sizeof(path), "http://api.test:8080/v1/Devices/" DEVICE "/Crashes/%s", sid);
    assert_string_equal(api_value(&a, "url"), path);
    (void)snprintf(path, sizeof(path), "/v1/Devices/other/Crashes/%s", sid); /* of another device */
    api_expect(&server, 404, "GET", path, NULL, &a);
    api_expect(&server, 404, "GET", "/v1/Devices/dev/Crashes/CR00000000000000000000000000000000", NULL, &a);
    api_expect(&server, 404, "GET", "/v1/Devices/dev/Crashes/x", NULL, &a);
    api_expect(&server, 404, "GET", "/v1/Devices/nobody/Crashes", NULL, &a);
    api_expect(&server, 405, "DELETE", "/v1/Devices/dev/Crashes", NULL, &a);
    api_expect(&server, 400, "GET", "/v1/Devices/dev/Crashes?Type=x", NULL, &a);
}

static void test_sealed_and_unknown(void **state)
{
    (void)state;
    struct store_crash c = crash_of(1);
    unsigned char sealed[CRASH_SEALED_MAX_BYTES];
    size_t len = 0;
    c.registers_len = c.stack_len = 0;
    c.sealed_len = CRASH_SEALED_MAX_BYTES;
    memset(c.sealed, 0x9d, sizeof(c.sealed));
    c.address_known = false;
    c.origin = otr_CrashOrigin_CRASH_OF_MICROVISOR;
    c.app_sid[0] = '\0';
    c.cause = 99; /* a later version's */
    put(&c);
    api_expect(&server, 200, "GET", "/v1/Devices/dev/Crashes", NULL, &a);
    expect_body("\"origin\":\"microvisor\"");
    expect_body("\"app_sid\":null");
    expect_body("\"cause\":\"unknown\"");
    expect_body("\"address\":null");
    expect_body("\"registers\":null,\"stack\":null,\"sealed\":\"nZ2d");
    const char *text = strstr(a.body, "\"sealed\":\"") + strlen("\"sealed\":\"");
    assert_int_equal(crypto_base64_decode(text, strcspn(text, "\""), sealed, sizeof(sealed), &len), ST_OK);
    assert_int_equal(len, CRASH_SEALED_MAX_BYTES);
    assert_memory_equal(sealed, c.sealed, len);
}

static void test_pages(void **state)
{
    (void)state;
    char next[256];
    for (uint64_t id = 1; id <= 3; id++) {
        const struct store_crash c = crash_of(id);
        put(&c);
    }
    api_expect(&server, 200, "GET", "/v1/Devices/dev/Crashes?PageSize=2", NULL, &a);
    expect_body("\"report_id\":\"0000000000000003\"");
    expect_body("\"report_id\":\"0000000000000002\"");
    assert_null(strstr(a.body, "\"report_id\":\"0000000000000001\""));
    (void)snprintf(next, sizeof(next), "%s", api_value(&a, "next_page_url") + strlen("http://api.test:8080"));
    api_expect(&server, 200, "GET", next, NULL, &a);
    expect_body("\"report_id\":\"0000000000000001\"");
    expect_body("\"next_page_url\":null");
    (void)snprintf(next, sizeof(next), "%s",
                   api_value(&a, "previous_page_url") + strlen("http://api.test:8080"));
    api_expect(&server, 200, "GET", next, NULL, &a);
    expect_body("\"report_id\":\"0000000000000003\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_list_and_show), TEST(test_sealed_and_unknown),
                                        TEST(test_pages) };
    return cmocka_run_group_tests_name("api_crashes", tests, NULL, NULL);
}
