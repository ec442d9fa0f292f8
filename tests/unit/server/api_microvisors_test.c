/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors over real HTTP: upload, list, show, rename, default, delete; what devices are to run, and what they may not. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/collect.h"
#include "base/clock.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bus/bus.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"
#include "unit/server/microvisor_fake.h"
#include "wire.pb.h"

#define DEVICE "UV01010101010101010101010101010101"

static struct api_server server;
static struct api_answer a;
static struct microvisor_fake_key root, stranger;
static char said[64];

static int group_setup(void **state)
{
    (void)state;
    microvisor_fake_key_make(&root);
    microvisor_fake_key_make(&stranger);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    microvisor_fake_key_free(&root);
    microvisor_fake_key_free(&stranger);
    return 0;
}

static void root_configure(const char *path)
{
    struct conf_list *keys = &server.service.conf.root_keys; /* no request is under way */
    (void)snprintf(keys->entry[0], sizeof(keys->entry[0]), "%s", path);
    keys->count = 1;
}

static int setup(void **state)
{
    struct store_device dev = { .created_us = clock_wall_us() }, existing;
    (void)state;
    api_server_start(&server);
    microvisor_fake_key_write(&root, folder_path("root.pem"));
    root_configure(folder_path("root.pem"));
    memset(dev.key_sha256, 1, 32);
    strcpy(dev.sid, DEVICE);
    strcpy(dev.account_sid, API_ACCOUNT);
    strcpy(dev.unique_name, "dev");
    assert_int_equal(store_device_create(server.store, &dev, &existing), ST_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

static void expect_status(int status)
{
    if (a.status != status) {
        fail_msg("answered %d instead of %d: %s", a.status, status, a.body);
    }
}

static void upload(const struct microvisor_fake *m, const char *name, int status)
{
    microvisor_fake_write(folder_path("m.zip"), m);
    api_upload_to(&server, "/v1/Microvisors", folder_path("m.zip"), name, &a);
    expect_status(status);
}

/* One with these numbers; its SID is in sid. */
static void add(const char *name, const char *board, uint32_t number, uint32_t ratchet, char sid[SID_BYTES])
{
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.board = board;
    m.number = m.image_number = number;
    m.ratchet = m.image_ratchet = ratchet;
    upload(&m, name, 201);
    (void)snprintf(sid, SID_BYTES, "%s", api_value(&a, "sid"));
}

static void expect_body(const char *words)
{
    if (strstr(a.body, words) == NULL) {
        fail_msg("%s is not in %s", words, a.body);
    }
}

static bool count_one(void *arg, const unsigned char sha256[32], int64_t put_at_s)
{
    (void)sha256, (void)put_at_s;
    ++*(unsigned *)arg;
    return true;
}

static unsigned blobs(void)
{
    unsigned n = 0;
    assert_int_equal(blob_each(server.service.blobs, count_one, &n), ST_OK);
    return n;
}

static void test_upload_and_show(void **state)
{
    (void)state;
    const struct microvisor_fake m = microvisor_fake_good(&root);
    char sid[SID_BYTES], path[96];
    upload(&m, "next one", 201);
    (void)snprintf(sid, sizeof(sid), "%s", api_value(&a, "sid"));
    assert_true(sid_is(sid, "KM"));
    assert_string_equal(api_value(&a, "account_sid"), API_ACCOUNT);
    assert_string_equal(api_value(&a, "unique_name"), "next one");
    assert_string_equal(api_value(&a, "board"), "mps2_an505");
    assert_string_equal(api_value(&a, "version"), "0.2.0");
    expect_body("\"number\":200,\"ratchet\":1,\"image_hash\":\"sha256:");
    expect_body("\"image_bytes\":40256,\"default\":false,");
    (void)snprintf(path, sizeof(path), "http://api.test:8080/v1/Microvisors/%s", sid);
    assert_string_equal(api_value(&a, "url"), path);
    assert_int_equal(blobs(), 2); /* manifest and image */

    api_expect(&server, 200, "GET", "/v1/Microvisors/next%20one", NULL, &a);
    assert_string_equal(api_value(&a, "sid"), sid);
    api_expect(&server, 200, "GET", "/v1/Microvisors", NULL, &a);
    expect_body("{\"microvisors\":[{\"sid\":\"KM");
    expect_body("\"key\":\"microvisors\"");
    (void)snprintf(path, sizeof(path), "/v1/Microvisors/%s", sid);
    assert_int_equal(collect_blobs(service_worker(&server.service), -10), 0); /* a row names them */
    api_expect(&server, 204, "DELETE", path, NULL, &a);
    api_expect(&server, 404, "GET", path, NULL, &a);
    api_expect(&server, 404, "DELETE", path, NULL, &a);
    assert_int_equal(collect_blobs(service_worker(&server.service), -10), 2);
    api_expect(&server, 404, "GET", "/v1/Microvisors/next%20one", NULL, &a);
    api_expect(&server, 405, "DELETE", "/v1/Microvisors", NULL, &a);
}

static void test_refused_leaves_nothing(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.manifest_key = &stranger;
    upload(&m, NULL, 400);
    expect_body("\"details\":{\"reason\":\"signer_unknown\"}");
    expect_body("\"code\":20001");
    m = microvisor_fake_good(&root);
    m.image_key = &stranger;
    upload(&m, NULL, 400);
    expect_body("\"reason\":\"image_signature\"");
    m = microvisor_fake_good(&root);
    m.image_ratchet = 9;
    upload(&m, NULL, 400);
    expect_body("\"reason\":\"image_mismatch\"");
    m.board = "";
    upload(&m, NULL, 400);
    expect_body("\"reason\":\"manifest\"");
    assert_int_equal(truncate(folder_path("m.zip"), 100), 0);
    api_upload_to(&server, "/v1/Microvisors", folder_path("m.zip"), NULL, &a);
    expect_status(400);
    expect_body("\"reason\":\"zip\"");
    api_call(&server, "POST", "/v1/Microvisors", "multipart/form-data; boundary=Q", "--Q--", 5, &a);
    expect_status(400);
    expect_body("no part File; send the zip file of `outrigger microvisors bundle`");
    api_call(&server, "POST", "/v1/Microvisors", "text/plain", "x", 1, &a);
    expect_status(415);
    assert_int_equal(blobs(), 0);
    api_expect(&server, 200, "GET", "/v1/Microvisors", NULL, &a);
    expect_body("{\"microvisors\":[],");
}

static void test_without_a_root_key(void **state)
{
    (void)state;
    const struct microvisor_fake m = microvisor_fake_good(&root);
    server.service.conf.root_keys.count = 0;
    upload(&m, NULL, 409);
    expect_body("\"reason\":\"root_key\"");
    expect_body("`root_key = FILE.pem` under [microvisors]");
    root_configure(folder_path("none.pem"));
    upload(&m, NULL, 409);
    expect_body("none.pem");
    assert_int_equal(blobs(), 0);
    microvisor_fake_key_write(&root, folder_path("none.pem")); /* put in place: counts at once */
    upload(&m, NULL, 201);
}

static void test_names_and_doubles(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    char sid[SID_BYTES];
    upload(&m, "x", 201);
    (void)snprintf(sid, sizeof(sid), "%s", api_value(&a, "sid"));
    api_upload_to(&server, "/v1/Microvisors", folder_path("m.zip"), "y", &a);
    expect_status(409);
    expect_body("\"reason\":\"exists\"");
    expect_body(sid);
    m.fill++;
    upload(&m, "x", 409);
    expect_body("UniqueName \\\"x\\\" is taken by microvisor KM");
    upload(&m, "KM00000000000000000000000000000001", 400);
    expect_body("\"parameter\":\"UniqueName\"");
    upload(&m, "a/b", 400);
    upload(&m, "", 201);
    expect_body("\"unique_name\":null");
    api_expect(&server, 200, "POST", "/v1/Microvisors/x", "UniqueName=z", &a);
    assert_string_equal(api_value(&a, "unique_name"), "z");
    api_expect(&server, 404, "POST", "/v1/Microvisors/x", "UniqueName=z", &a);
    api_expect(&server, 400, "POST", "/v1/Microvisors/z", "UniqueName=a%2Fb", &a);
    api_expect(&server, 400, "POST", "/v1/Microvisors/z", "Default=perhaps", &a);
    api_expect(&server, 400, "POST", "/v1/Microvisors/z", "Board=x", &a);
    api_expect(&server, 200, "POST", "/v1/Microvisors/z", "UniqueName=", &a);
    expect_body("\"unique_name\":null");
    api_expect(&server, 200, "POST", "/v1/Devices/dev", "", &a);
}

/* The device says hello from a board, with what it runs. */
static void say(const char *board, uint32_t ratchet, const struct store_microvisor_status *status)
{
    struct store_report r = { .hello = true,
                              .has_app = true,
                              .at_us = 1609504496000000,
                              .microvisor_number = 100,
                              .has_microvisor = true };
    if (status != NULL) {
        r.microvisor = *status;
    } else {
        r.microvisor = (struct store_microvisor_status){ .slot = 1, .confirmed = true };
    }
    r.microvisor.ratchet = ratchet;
    strcpy(r.device_sid, DEVICE);
    strcpy(r.board, board);
    strcpy(r.microvisor_version, "0.1.0");
    assert_int_equal(store_report_put(server.store, &r, 1), ST_OK);
}

static void target(int status, const char *form)
{
    api_expect(&server, status, "POST", "/v1/Devices/dev", form, &a);
}

static void test_target(void **state)
{
    (void)state;
    char sid[SID_BYTES];
    add("v2", "mps2_an505", 200, 1, sid);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"microvisor\":{\"target_sid\":null,\"target_hash\":null,\"target_source\":null,"
                "\"target_now\":false,\"date_targeted\":null,\"update_status\":\"up-to-date\","
                "\"update_error_code\":0,\"version\":null,\"number\":0,\"slot\":null,\"confirmed\":null,"
                "\"ratchet\":null,\"reported_sid\":null,\"reported_hash\":null,\"date_reported\":null,");
    target(200, "TargetMicrovisor=v2"); /* a device that was never seen may be targeted */
    expect_body(sid);
    expect_body("\"target_source\":\"device\",\"target_now\":false,\"date_targeted\":\"2");
    assert_int_equal(api_server_gateway_message(&server, said), BUS_DEVICE_CHANGED);
    assert_string_equal(said, DEVICE);
    say("mps2_an505", 1, NULL);
    target(200, "MicrovisorNow=true");
    expect_body("\"target_now\":true,");
    expect_body("\"update_status\":\"pending\",\"update_error_code\":0,\"version\":\"0.1.0\",\"number\":100,"
                "\"slot\":\"A\",\"confirmed\":true,\"ratchet\":1,");
    api_expect(&server, 409, "DELETE", "/v1/Microvisors/v2", NULL, &a);
    expect_body("target of 1 device;");
    target(400, "TargetMicrovisor=nope");
    expect_body("\"parameter\":\"TargetMicrovisor\"");
    target(400, "MicrovisorNow=maybe");
    target(200, "TargetMicrovisor=");
    expect_body("\"microvisor\":{\"target_sid\":null,");
    target(409, "MicrovisorNow=true");
    expect_body("\"reason\":\"no_target\"");
    target(409, "MicrovisorNow=true&TargetMicrovisor=");
    target(200, "MicrovisorNow=false");
    target(200, "MicrovisorNow=true&TargetMicrovisor=v2");
    expect_body("\"target_now\":true,");
    target(200, "TargetMicrovisor=v2"); /* waits again unless told otherwise */
    expect_body("\"target_now\":false,");
}

static void test_what_a_device_may_not_have(void **state)
{
    (void)state;
    char sid[SID_BYTES];
    add("old", "mps2_an505", 200, 1, sid);
    add("other", "stm32u585", 300, 9, sid);
    say("mps2_an505", 2, NULL);
    while (api_server_gateway_message(&server, said) != 0) {
    }
    target(409, "TargetMicrovisor=old&UniqueName=renamed");
    expect_body("\"code\":20409");
    expect_body("\"reason\":\"ratchet\"");
    expect_body("has security ratchet 1, but device " DEVICE " runs nothing below 2");
    target(409, "TargetMicrovisor=other");
    expect_body("\"reason\":\"board\"");
    expect_body("is for board stm32u585, but device " DEVICE " is a mps2_an505");
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a); /* nothing of it was done */
    expect_body("\"microvisor\":{\"target_sid\":null,");
    assert_int_equal(api_server_gateway_message(&server, said), 0);
    api_expect(&server, 409, "POST", "/v1/Microvisors/old", "Default=true", &a);
    expect_body("1 device of board mps2_an505 without a target of its own runs nothing below a higher one");
    api_expect(&server, 200, "POST", "/v1/Microvisors/other", "Default=true", &a); /* it has no such board */
    say("mps2_an505", 1, NULL);
    target(200, "TargetMicrovisor=old");
    say("mps2_an505", 2, NULL); /* the ratchet rose meanwhile: the server says what the device would */
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"update_status\":\"error\",\"update_error_code\":13,");
    expect_body("\"error\":\"ratchet\",\"error_text\":\"the microvisor's security ratchet is below");
}

static void test_default(void **state)
{
    (void)state;
    char first[SID_BYTES], second[SID_BYTES];
    add("first", "mps2_an505", 200, 1, first);
    add("second", "mps2_an505", 300, 1, second);
    say("mps2_an505", 1, NULL);
    api_expect(&server, 200, "POST", "/v1/Microvisors/first", "Default=true", &a);
    expect_body("\"default\":true,");
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body(first);
    expect_body("\"target_source\":\"default\",\"target_now\":false,\"date_targeted\":null,"
                "\"update_status\":\"pending\"");
    target(200, "MicrovisorNow=true"); /* presses the default on */
    expect_body("\"target_now\":true,");
    api_expect(&server, 200, "POST", "/v1/Microvisors/second", "Default=true", &a);
    api_expect(&server, 200, "GET", "/v1/Microvisors/first", NULL, &a);
    expect_body("\"default\":false,");
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body(second);
    expect_body("\"target_now\":false,"); /* that was about the other one */
    api_expect(&server, 409, "DELETE", "/v1/Microvisors/second", NULL, &a);
    expect_body("is the default for board mps2_an505");
    target(200, "TargetMicrovisor=first");
    expect_body("\"target_source\":\"device\"");
    target(200, "TargetMicrovisor=");
    expect_body(second);
    api_expect(&server, 200, "POST", "/v1/Microvisors/second", "Default=false", &a);
    api_expect(&server, 204, "DELETE", "/v1/Microvisors/second", NULL, &a);
    api_expect(&server, 204, "DELETE", "/v1/Microvisors/first", NULL, &a);
}

static void test_progress(void **state)
{
    (void)state;
    char sid[SID_BYTES];
    struct store_microvisor m;
    struct store_microvisor_status v = { .slot = otr_ImageSlot_SLOT_A,
                                         .confirmed = true,
                                         .update_phase = otr_UpdatePhase_UPDATE_STAGING,
                                         .bytes_done = 10,
                                         .bytes_total = 40 };
    add("v2", "mps2_an505", 200, 1, sid);
    assert_int_equal(store_microvisor_get(server.store, API_ACCOUNT, sid, &m), ST_OK);
    memcpy(v.update_sha256, m.manifest_sha256, 32);
    target(200, "TargetMicrovisor=v2");
    say("mps2_an505", 0, &v);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"date_reported\":\"2021-01-01T12:34:56Z\",\"update\":{\"phase\":\"staging\",\"percent\":25,"
                "\"bytes_done\":10,\"bytes_total\":40,\"error\":\"none\",\"error_text\":null}}");
    v.update_phase = otr_UpdatePhase_UPDATE_READY;
    v.bytes_done = 40;
    say("mps2_an505", 0, &v);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"update\":{\"phase\":\"ready\",\"percent\":100,");
    v.slot = otr_ImageSlot_SLOT_B;
    v.confirmed = false;
    v.update_phase = otr_UpdatePhase_UPDATE_TRIAL;
    v.bytes_done = v.bytes_total = 0;
    memset(v.update_sha256, 0, 32);
    memcpy(v.manifest_sha256, m.manifest_sha256, 32);
    say("mps2_an505", 0, &v);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"update_status\":\"pending\",");
    expect_body("\"slot\":\"B\",\"confirmed\":false,\"ratchet\":0,\"reported_sid\":\"KM");
    expect_body("\"update\":{\"phase\":\"trial\",\"percent\":100,");
    v.confirmed = true;
    v.update_phase = otr_UpdatePhase_UPDATE_IDLE;
    say("mps2_an505", 1, &v);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"update_status\":\"up-to-date\",\"update_error_code\":0,");
    memcpy(v.update_sha256, m.manifest_sha256, 32);
    memset(v.manifest_sha256, 0, 32); /* the other one: it came back after a failed trial */
    v.update_phase = otr_UpdatePhase_UPDATE_FAILED;
    v.update_error = otr_UpdateError_UPDATE_TRIAL_FAILED;
    say("mps2_an505", 0, &v);
    api_expect(&server, 200, "GET", "/v1/Devices/dev", NULL, &a);
    expect_body("\"update_status\":\"error\",\"update_error_code\":16,");
    expect_body("\"error\":\"trial_failed\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_upload_and_show),
        TEST(test_refused_leaves_nothing),
        TEST(test_without_a_root_key),
        TEST(test_names_and_doubles),
        TEST(test_target),
        TEST(test_what_a_device_may_not_have),
        TEST(test_default),
        TEST(test_progress),
    };
    return cmocka_run_group_tests_name("api_microvisors", tests, group_setup, group_teardown);
}
