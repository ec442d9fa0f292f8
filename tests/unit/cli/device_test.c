/* SPDX-License-Identifier: Apache-2.0 */
/* Device JSON and what follows from it for a deployment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/device.h"
#include "json/doc.h"

#define APP   "KA00000000000000000000000000000001"
#define OLDER "KA00000000000000000000000000000002"
#define KM    "KM00000000000000000000000000000001"

static enum device_verdict judge(const char *json)
{
    struct doc *doc;
    struct device device;
    struct fail fail;
    enum device_verdict verdict;

    assert_int_equal(doc_parse(json, strlen(json), &doc, &fail), 0);
    device_read(doc, &device);
    verdict = device_judge(&device, APP);
    doc_free(doc);
    return verdict;
}

static void a_deployment_ends_only_when_the_app_runs(void **state)
{
    static const struct {
        const char *json;
        enum device_verdict verdict;
    } cases[] = {
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"pending\",\"reported_sid\":\"" OLDER
          "\"}}",
          DEVICE_WAITING },
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"up-to-date\",\"reported_sid\":\"" OLDER
          "\"}}",
          DEVICE_WAITING },
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"up-to-date\",\"reported_sid\":\"" APP
          "\"},\"status\":{\"app_state\":\"backoff\"}}",
          DEVICE_WAITING },
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"up-to-date\",\"reported_sid\":\"" APP
          "\"},\"status\":{\"app_state\":\"running\"}}",
          DEVICE_RUNNING },
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"up-to-date\",\"reported_sid\":\"" APP
          "\"}}",
          DEVICE_RUNNING },
        { "{\"app\":{\"target_sid\":\"" APP "\",\"update_status\":\"error\",\"update_error_code\":4}}",
          DEVICE_REFUSED },
        { "{\"app\":{\"target_sid\":\"" OLDER "\",\"update_status\":\"up-to-date\"}}", DEVICE_SUPERSEDED },
        { "{\"app\":{\"target_sid\":\"" APP "\"},\"status\":{\"revoked\":true}}", DEVICE_REVOKED },
        { "{}", DEVICE_SUPERSEDED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(judge(cases[i].json), cases[i].verdict);
}

static enum device_verdict judge_microvisor(const char *json)
{
    struct doc *doc;
    struct device device;
    struct fail fail;
    enum device_verdict verdict;

    assert_int_equal(doc_parse(json, strlen(json), &doc, &fail), 0);
    device_read(doc, &device);
    verdict = device_judge_microvisor(&device, KM);
    doc_free(doc);
    return verdict;
}

static void a_microvisor_counts_when_it_is_confirmed(void **state)
{
    (void)state;
    assert_int_equal(judge_microvisor("{\"microvisor\":{\"target_sid\":\"" KM
                                      "\",\"update_status\":\"pending\","
                                      "\"reported_sid\":\"" KM "\",\"confirmed\":false}}"),
                     DEVICE_WAITING); /* on trial */
    assert_int_equal(judge_microvisor("{\"microvisor\":{\"target_sid\":\"" KM
                                      "\",\"update_status\":\"up-to-date\","
                                      "\"reported_sid\":\"" KM "\"},\"status\":{\"app_state\":\"backoff\"}}"),
                     DEVICE_RUNNING); /* whatever the application does */
    assert_int_equal(
        judge_microvisor("{\"microvisor\":{\"target_sid\":\"" KM "\",\"update_status\":\"error\"}}"),
        DEVICE_REFUSED);
    assert_int_equal(judge_microvisor("{\"microvisor\":{\"target_sid\":null}}"), DEVICE_SUPERSEDED);
    assert_int_equal(judge_microvisor("{}"), DEVICE_SUPERSEDED); /* a server that knows no microvisors */
}

static void what_is_said_of_a_microvisor_is_read(void **state)
{
    static const char json[] =
        "{\"microvisor\":{\"target_sid\":\"" KM "\",\"target_source\":\"default\",\"target_now\":true,"
        "\"update_status\":\"pending\",\"version\":\"0.2.0\",\"number\":200,\"slot\":\"B\",\"confirmed\":"
        "false,"
        "\"ratchet\":3,\"update\":{\"phase\":\"staging\",\"bytes_done\":5,\"bytes_total\":9}}}";
    struct doc *doc;
    struct device device;
    struct fail fail;

    (void)state;
    assert_int_equal(doc_parse(json, sizeof(json) - 1, &doc, &fail), 0);
    device_read(doc, &device);
    assert_string_equal(device.microvisor.version, "0.2.0");
    assert_string_equal(device.microvisor.slot, "B");
    assert_string_equal(device.microvisor.target_source, "default");
    assert_false(device.microvisor.is_confirmed);
    assert_true(device.microvisor.is_urgent);
    assert_int_equal(device.microvisor.number, 200);
    assert_int_equal(device.microvisor.ratchet, 3);
    assert_string_equal(device.microvisor.update.phase, "staging");
    assert_int_equal(device.microvisor.update.bytes_done, 5);
    assert_int_equal(device.microvisor.update.bytes_total, 9);
    doc_free(doc);
}

static void words_of_an_error_are_the_servers(void **state)
{
    static const char json[] =
        "{\"app\":{\"update_error_code\":4},\"status\":{\"update\":{\"error_text\":\"bad\"}}}";
    struct doc *doc;
    struct device device;
    struct fail fail;

    (void)state;
    assert_int_equal(doc_parse(json, sizeof(json) - 1, &doc, &fail), 0);
    device_read(doc, &device);
    assert_int_equal(device.app.error_code, 4);
    assert_string_equal(device.app.error_text, "bad");
    doc_free(doc);
    assert_int_equal(doc_parse("{}", 2, &doc, &fail), 0);
    device_read(doc, &device);
    assert_true(*device.app.error_text != '\0');
    doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deployment_ends_only_when_the_app_runs),
        cmocka_unit_test(a_microvisor_counts_when_it_is_confirmed),
        cmocka_unit_test(what_is_said_of_a_microvisor_is_read),
        cmocka_unit_test(words_of_an_error_are_the_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
