/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of enrolment and claim codes: every refusal, and which one comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/claim.h"
#include "model/enrol.h"

#define NOW INT64_C(1800000000000000)

static struct model_enrol_facts facts;
static int64_t retry_us;

static int fresh(void **state)
{
    (void)state;
    facts = (struct model_enrol_facts){ .now_us = NOW,
                                        .by_token = true,
                                        .token = { .expires_us = NOW + 1, .devices_max = 5, .devices = 4 } };
    return 0;
}

static void expect(enum model_enrol judged)
{
    assert_int_equal(model_enrol_judge(&facts, &retry_us), judged);
}

static void a_token_ends(void **state)
{
    (void)state;
    expect(ENROL_NEW);
    facts.token.expires_us = NOW;
    expect(ENROL_TOKEN_DEAD);
    facts.token.expires_us = NOW + 1;
    facts.token.revoked_us = 1;
    expect(ENROL_TOKEN_DEAD);
}

static void a_token_enrols_so_many_devices(void **state)
{
    (void)state;
    facts.token.devices = 5;
    expect(ENROL_TOKEN_USED_UP);
    facts.exists = true;
    facts.device.by_same = true;
    expect(ENROL_AGAIN); /* its own, again */
}

static void a_token_has_a_rate(void **state)
{
    (void)state;
    facts.token.window_us = NOW - ENROL_RATE_WINDOW_US;
    expect(ENROL_NEW);
    assert_true(retry_us == 0);
    facts.token.window_us += 1500000;
    expect(ENROL_TOO_FAST);
    assert_true(retry_us == 1500000);
    facts.exists = true;
    facts.device.by_same = true;
    expect(ENROL_TOO_FAST); /* certificates are made again, too */
    facts.by_token = false;
    expect(ENROL_AGAIN);
}

static void a_token_touches_only_its_own_devices(void **state)
{
    (void)state;
    facts.exists = true;
    expect(ENROL_NOT_ITS_OWN);
    facts.device.by_same = true;
    facts.device.renamed = true;
    expect(ENROL_RENAMES);
    facts.by_token = false; /* the account may */
    facts.device.by_same = false;
    expect(ENROL_AGAIN);
}

static void devices_are_what_they_are_for_everybody(void **state)
{
    (void)state;
    for (int by_token = 0; by_token < 2; by_token++) {
        fresh(NULL);
        facts.by_token = by_token != 0;
        facts.name_taken = true;
        expect(ENROL_NAME_TAKEN);
        facts.exists = true;
        facts.device.by_same = true;
        facts.device.revoked = true;
        expect(ENROL_DEVICE_REVOKED);
        facts.device.foreign = true;
        expect(ENROL_FOREIGN);
    }
}

static void claim_codes_are_base_32(void **state)
{
    static const unsigned char zero[CLAIM_RANDOM_BYTES] = { 0 };
    static const unsigned char counted[CLAIM_RANDOM_BYTES] = { 0x00, 0x44, 0x32, 0x14, 0xc7,
                                                               0x42, 0x54, 0xb6, 0x35, 0xcf };
    unsigned char full[CLAIM_RANDOM_BYTES];
    char plain[CLAIM_CHARS + 1], text[CLAIM_TEXT_BYTES];

    (void)state;
    model_claim_write(zero, plain, text);
    assert_string_equal(text, "0000-0000-0000-0000");
    model_claim_write(counted, plain, text);
    assert_string_equal(text, "0123-4567-89AB-CDEF");
    assert_string_equal(plain, "0123456789ABCDEF");
    memset(full, 0xff, sizeof(full));
    model_claim_write(full, plain, text);
    assert_string_equal(text, "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_token_ends, fresh),
        cmocka_unit_test_setup(a_token_enrols_so_many_devices, fresh),
        cmocka_unit_test_setup(a_token_has_a_rate, fresh),
        cmocka_unit_test_setup(a_token_touches_only_its_own_devices, fresh),
        cmocka_unit_test_setup(devices_are_what_they_are_for_everybody, fresh),
        cmocka_unit_test_setup(claim_codes_are_base_32, fresh),
    };
    return cmocka_run_group_tests_name("model_enrol", tests, NULL, NULL);
}
