/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports: read from JSON, opened with the right key and refused with another, wrong ones of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/status.h"
#include "crash/report.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "json/doc.h"

static struct crash_report report;
static struct fail fail;

static int read_text(const char *text)
{
    struct doc *doc;
    int status;

    assert_int_equal(doc_parse(text, strlen(text), &doc, &fail), CLI_OK);
    status = crash_report_read(doc, &report, &fail);
    doc_free(doc);
    return status;
}

static void a_report_in_the_clear_is_read_and_written_again(void **state)
{
    struct doc *doc = doc_new_object();
    char text[2048], *at = text;

    (void)state;
    at += sprintf(
        at, "{\"report_id\":\"8123456789abcdef\",\"sealed\":null,\"stack\":\"AQIDBA==\",\"registers\":{");
    for (size_t i = 0; i < CRASH_REGISTER_WORDS; i++)
        at += sprintf(at, "%s\"%s\":\"0x%08zx\"", i ? "," : "", crash_register_name(i), 0xfffff000 + i);
    (void)sprintf(at, "}}");
    assert_int_equal(read_text(text), CLI_OK);
    assert_true(report.report_id == 0x8123456789abcdef && report.has_registers);
    assert_int_equal(report.registers[CRASH_PC], 0xfffff00f);
    assert_int_equal(report.stack_len, 4);
    assert_memory_equal(report.stack, "\1\2\3\4", 4);
    assert_int_equal(report.sealed_len, 0);
    crash_report_write(&report, doc);
    assert_string_equal(doc_text(doc, "registers.pc", ""), "0xfffff00f");
    assert_string_equal(doc_text(doc, "stack", ""), "AQIDBA==");
    doc_free(doc);
}

static void what_is_no_report_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"report_id\":7}",
        "{\"report_id\":\"\"}",
        "{\"report_id\":\"00112233445566778\"}",
        "{\"report_id\":\"12\",\"registers\":{}}",
        "{\"report_id\":\"12\",\"registers\":{\"r0\":\"0x1\"}}",
        "{\"report_id\":\"12\",\"stack\":\"A\"}",
        "{\"report_id\":\"12\",\"sealed\":\"....\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(read_text(texts[i]), CLI_FORMAT);
        assert_true(fail.text[0] != '\0');
    }
    assert_int_equal(read_text("{\"report_id\":\"12\"}"), CLI_OK);
    assert_false(report.has_registers);
}

static void too_much_of_anything_is_refused(void **state)
{
    static char text[4096], base64[2048];
    static unsigned char bytes[CRASH_SEALED_MAX_BYTES + 1];

    (void)state;
    base64_to_text(bytes, CRASH_STACK_MAX_BYTES + 1, base64);
    (void)sprintf(text, "{\"report_id\":\"12\",\"stack\":\"%s\"}", base64);
    assert_int_equal(read_text(text), CLI_FORMAT);
    base64_to_text(bytes, CRASH_SEALED_MAX_BYTES + 1, base64);
    (void)sprintf(text, "{\"report_id\":\"12\",\"sealed\":\"%s\"}", base64);
    assert_int_equal(read_text(text), CLI_FORMAT);
    base64_to_text(bytes, CRASH_SEALED_MAX_BYTES, base64);
    (void)sprintf(text, "{\"report_id\":\"12\",\"sealed\":\"%s\"}", base64);
    assert_int_equal(read_text(text), CLI_OK);
}

/* Seals len bytes 0, 1, 2 ... for the key, with the id that the report has. */
static void seal(const struct p256_key *key, size_t len)
{
    static const unsigned char id[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
    const struct hpke_purpose purpose = { "outrigger-crash-v1", 18, id, 8 };
    unsigned char point[P256_POINT_BYTES], bytes[CRASH_SEALED_MAX_BYTES];

    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)i;
    p256_key_public(key, point);
    report = (struct crash_report){ .report_id = 0x0123456789abcdef, .sealed_len = len + HPKE_EXTRA_BYTES };
    assert_int_equal(hpke_seal(point, &purpose, bytes, len, report.sealed, &fail), CLI_OK);
}

static void a_sealed_report_is_opened_by_its_key_alone(void **state)
{
    struct p256_key *key, *other;

    (void)state;
    assert_int_equal(p256_generate(&key, &fail), CLI_OK);
    assert_int_equal(p256_generate(&other, &fail), CLI_OK);
    seal(key, 68 + 20);
    assert_int_equal(crash_report_open(&report, other, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "not sealed to this key"));
    assert_false(report.has_registers);
    assert_int_equal(crash_report_open(&report, key, &fail), CLI_OK);
    assert_true(report.has_registers);
    assert_int_equal(report.registers[1], 0x07060504);
    assert_int_equal(report.stack_len, 20);
    assert_int_equal(report.stack[0], 68);
    seal(key, 68);
    report.report_id ^= 1; /* another report's */
    assert_int_equal(crash_report_open(&report, key, &fail), CLI_FORMAT);
    seal(key, 67);
    assert_int_equal(crash_report_open(&report, key, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "too short"));
    p256_key_free(key);
    p256_key_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_in_the_clear_is_read_and_written_again),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(too_much_of_anything_is_refused),
        cmocka_unit_test(a_sealed_report_is_opened_by_its_key_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
