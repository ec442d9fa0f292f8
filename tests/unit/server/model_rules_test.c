/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the service: names, paging, numbers, and what an update's state is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/status.h"
#include "model/crash.h"
#include "model/microvisor.h"
#include "model/name.h"
#include "model/number.h"
#include "model/page.h"
#include "model/update.h"
#include "wire.pb.h"

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = { "a",           "This is my device; there are many like it.",
                                        "caf\xc3\xa9", "a.b",
                                        "KA1",         "UV00000000000000000000000000000001",
                                        "#1+%" };
    static const char *const bad[] = { "",
                                       " a",
                                       "a ",
                                       "a/b",
                                       "a?",
                                       ".",
                                       "..",
                                       "a\nb",
                                       "a\x7f",
                                       "\xff",
                                       "KA00000000000000000000000000000001",
                                       "KAFFFFFFFFffffffffFFFFFFFFffffffff" };
    const char *why;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(model_name_check(good[i], "KA", &why), ST_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(model_name_check(bad[i], "KA", &why), ST_INVALID);
        assert_non_null(why);
    }
    char longest[UNIQUE_NAME_MAX_BYTES + 2];
    memset(longest, 'x', sizeof(longest));
    longest[UNIQUE_NAME_MAX_BYTES] = '\0';
    assert_int_equal(model_name_check(longest, "KA", &why), ST_OK);
    longest[UNIQUE_NAME_MAX_BYTES] = 'x';
    longest[UNIQUE_NAME_MAX_BYTES + 1] = '\0';
    assert_int_equal(model_name_check(longest, "KA", &why), ST_INVALID);
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t v = 0;
    bool b = false;
    assert_int_equal(model_number_parse("0", 9, &v), ST_OK);
    assert_int_equal(model_number_parse("9", 9, &v), ST_OK);
    assert_int_equal(v, 9);
    assert_int_equal(model_number_parse("10", 9, &v), ST_INVALID);
    assert_int_equal(model_number_parse("9", 5, &v), ST_INVALID);
    assert_int_equal(model_number_parse("18446744073709551615", UINT64_MAX, &v), ST_OK);
    assert_true(v == UINT64_MAX);
    assert_int_equal(model_number_parse("18446744073709551616", UINT64_MAX, &v), ST_INVALID);
    static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x1", "1e3", "/" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(model_number_parse(bad[i], 1000, &v), ST_INVALID);
    }
    assert_int_equal(model_bool_parse("true", &b), ST_OK);
    assert_true(b);
    assert_int_equal(model_bool_parse("False", &b), ST_OK);
    assert_false(b);
    assert_int_equal(model_bool_parse("1", &b), ST_OK);
    assert_true(b);
    assert_int_equal(model_bool_parse("yes", &b), ST_INVALID);
    assert_int_equal(model_bool_parse("", &b), ST_INVALID);
}

static void test_page(void **state)
{
    (void)state;
    struct model_page page;
    const char *why;
    char token[PAGE_TOKEN_BYTES];
    model_page_defaults(&page);
    assert_int_equal(page.size, 50);
    assert_int_equal(model_page_set(&page, "PageSize", "1000", &why), ST_OK);
    assert_int_equal(model_page_set(&page, "Page", "3", &why), ST_OK);
    assert_int_equal(model_page_skip(&page), 3000);
    model_page_token(true, 0x1234, token);
    assert_string_equal(token, "PB0000000000001234");
    assert_int_equal(model_page_set(&page, "PageToken", token, &why), ST_OK);
    assert_true(page.backwards);
    assert_int_equal(page.position, 0x1234);
    assert_int_equal(model_page_skip(&page), 0);
    assert_int_equal(model_page_set(&page, "Color", "3", &why), ST_NOT_FOUND);
    static const char *const bad[][2] = { { "PageSize", "0" },
                                          { "PageSize", "1001" },
                                          { "PageSize", "" },
                                          { "Page", "-1" },
                                          { "Page", "1000001" },
                                          { "PageToken", "" },
                                          { "PageToken", "PA" },
                                          { "PageToken", "PC0000000000001234" },
                                          { "PageToken", "PA123" },
                                          { "PageToken", "PAffffffffffffffff" },
                                          { "PageToken", "PA0000000000000000" } };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = NULL;
        assert_int_equal(model_page_set(&page, bad[i][0], bad[i][1], &why), ST_INVALID);
        assert_non_null(why);
    }
}

static struct model_progress judge(const struct model_update *u)
{
    struct model_progress p;
    memset(&p, 0x5a, sizeof(p));
    model_update_judge(u, &p);
    return p;
}

static void test_update_status(void **state)
{
    (void)state;
    unsigned char a[32] = { 1 }, b[32] = { 2 }, none[32] = { 0 };
    struct model_update u = { .target_sha256 = a, .reported_sha256 = none, .update_sha256 = none };
    assert_int_equal(judge(&u).status, MODEL_UPDATE_DONE); /* nothing is wanted */
    assert_int_equal(judge(&u).error_code, 0);
    u.has_target = true;
    assert_int_equal(judge(&u).status, MODEL_UPDATE_PENDING); /* nothing was reported */
    u.update_sha256 = a;
    u.phase = otr_UpdatePhase_UPDATE_STAGING;
    u.error = otr_UpdateError_UPDATE_FLASH; /* of a try before: not failed now */
    assert_int_equal(judge(&u).status, MODEL_UPDATE_PENDING);
    assert_int_equal(judge(&u).error_code, 0);
    u.phase = otr_UpdatePhase_UPDATE_FAILED;
    assert_int_equal(judge(&u).status, MODEL_UPDATE_ERROR);
    assert_int_equal(judge(&u).error_code, otr_UpdateError_UPDATE_FLASH);
    u.update_sha256 = b; /* the failure was about another manifest */
    assert_int_equal(judge(&u).status, MODEL_UPDATE_PENDING);
    u.reported_sha256 = a;
    assert_int_equal(judge(&u).status, MODEL_UPDATE_DONE);
    assert_int_equal(judge(&u).error_code, 0);
    assert_string_equal(model_update_status_name(MODEL_UPDATE_DONE), "up-to-date");
    assert_string_equal(model_update_status_name(MODEL_UPDATE_PENDING), "pending");
    assert_string_equal(model_update_status_name(MODEL_UPDATE_ERROR), "error");
}

static void test_update_progress(void **state)
{
    (void)state;
    unsigned char a[32] = { 1 }, b[32] = { 2 }, none[32] = { 0 };
    struct model_update u = { .has_target = true,
                              .target_sha256 = a,
                              .reported_sha256 = none,
                              .update_sha256 = a,
                              .phase = otr_UpdatePhase_UPDATE_MANIFEST };
    assert_int_equal(judge(&u).percent, 0); /* how much is missing is not known yet */
    u.phase = otr_UpdatePhase_UPDATE_STAGING;
    u.bytes_total = UINT32_MAX;
    u.bytes_done = UINT32_MAX - 1;
    assert_int_equal(judge(&u).percent, 99);
    assert_true(judge(&u).bytes_done == UINT32_MAX - 1);
    u.bytes_total = 10;
    assert_int_equal(judge(&u).percent, 100);
    assert_int_equal(judge(&u).bytes_done, 10);
    u.bytes_done = u.bytes_total = 0; /* nothing was missing */
    u.phase = otr_UpdatePhase_UPDATE_READY;
    assert_int_equal(judge(&u).percent, 100);
    assert_int_equal(judge(&u).status, MODEL_UPDATE_PENDING);
    u.phase = otr_UpdatePhase_UPDATE_TRIAL;
    assert_int_equal(judge(&u).percent, 100);
    u.update_sha256 = b; /* progress of an earlier target */
    u.bytes_total = 7;
    assert_int_equal(judge(&u).phase, otr_UpdatePhase_UPDATE_IDLE);
    assert_int_equal(judge(&u).bytes_total, 0);
    assert_int_equal(judge(&u).percent, 0);
    u.reported_sha256 = a;
    assert_int_equal(judge(&u).percent, 100);
}

static void test_microvisor_verdicts(void **state)
{
    (void)state;
    unsigned char a[32] = { 1 }, b[32] = { 2 }, none[32] = { 0 };
    struct model_microvisor m = {
        .wanted_board = "x", .wanted_sha256 = a, .board = "x", .ratchet = 3, .running_sha256 = none
    };
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_NONE);
    m.is_wanted = true;
    m.wanted_ratchet = 3;
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_SEND);
    m.wanted_ratchet = 2;
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_RATCHET);
    m.wanted_ratchet = 4;
    m.board = "y";
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_BOARD);
    m.board = ""; /* a device that has never checked in */
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_SEND);
    m.running_sha256 = b;
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_SEND);
    m.running_sha256 = a;
    assert_int_equal(model_microvisor_judge(&m), MODEL_MICROVISOR_RUNS);
}

static void test_microvisor_progress(void **state)
{
    (void)state;
    unsigned char a[32] = { 1 }, none[32] = { 0 };
    struct model_microvisor m = {
        .is_wanted = true, .wanted_board = "x", .wanted_sha256 = a, .board = "x", .running_sha256 = none
    };
    struct model_update u = { .has_target = true,
                              .target_sha256 = a,
                              .reported_sha256 = none,
                              .update_sha256 = a,
                              .phase = otr_UpdatePhase_UPDATE_STAGING,
                              .bytes_done = 1,
                              .bytes_total = 2 };
    struct model_progress p;
    model_microvisor_progress(&m, &u, true, &p);
    assert_int_equal(p.status, MODEL_UPDATE_PENDING);
    assert_int_equal(p.percent, 50);
    m.running_sha256 = u.reported_sha256 = a;
    u.phase = otr_UpdatePhase_UPDATE_TRIAL;
    u.update_sha256 = none;
    model_microvisor_progress(&m, &u, false, &p); /* it runs, but may fall back yet */
    assert_int_equal(p.status, MODEL_UPDATE_PENDING);
    assert_int_equal(p.phase, otr_UpdatePhase_UPDATE_TRIAL);
    assert_int_equal(p.percent, 100);
    u.phase = otr_UpdatePhase_UPDATE_IDLE;
    model_microvisor_progress(&m, &u, true, &p);
    assert_int_equal(p.status, MODEL_UPDATE_DONE);
    m.running_sha256 = u.reported_sha256 = none;
    u.update_sha256 = a;
    u.phase = otr_UpdatePhase_UPDATE_FAILED;
    u.error = otr_UpdateError_UPDATE_TRIAL_FAILED;
    model_microvisor_progress(&m, &u, true, &p);
    assert_int_equal(p.status, MODEL_UPDATE_ERROR);
    assert_int_equal(p.error_code, otr_UpdateError_UPDATE_TRIAL_FAILED);
    m.board = "y";
    model_microvisor_progress(&m, &u, true, &p);
    assert_int_equal(p.error_code, otr_UpdateError_UPDATE_BOARD);
    m.board = "x";
    m.ratchet = 1;
    model_microvisor_progress(&m, &u, true, &p);
    assert_int_equal(p.status, MODEL_UPDATE_ERROR);
    assert_int_equal(p.error_code, otr_UpdateError_UPDATE_RATCHET);
}

static void test_words_about_crashes(void **state)
{
    (void)state;
    for (uint32_t cause = 0; cause < _otr_CrashCause_ARRAYSIZE; cause++) {
        assert_non_null(model_crash_cause_name(cause));
        assert_non_null(model_crash_cause_text(cause));
    }
    assert_string_equal(model_crash_cause_name(otr_CrashCause_CRASH_WATCHDOG), "watchdog");
    assert_string_equal(model_crash_cause_name(99), "unknown");
    assert_string_equal(model_crash_origin_name(otr_CrashOrigin_CRASH_OF_MICROVISOR), "microvisor");
    assert_string_equal(model_crash_origin_name(9), "unknown");
    assert_string_equal(model_crash_register_name(0), "r0");
    assert_string_equal(model_crash_register_name(12), "r12");
    assert_string_equal(model_crash_register_name(16), "xpsr");
    assert_string_equal(model_crash_register_name(17), "");
}

/* Numbers from here to those of key updates are not given yet. */
#define FIRST_FREE_ERROR (otr_UpdateError_UPDATE_TRIAL_FAILED + 1)

static void test_names_of_values(void **state)
{
    (void)state;
    assert_string_equal(model_update_phase_name(otr_UpdatePhase_UPDATE_FAILED), "failed");
    assert_string_equal(model_update_phase_name(otr_UpdatePhase_UPDATE_TRIAL), "trial");
    assert_string_equal(model_app_state_name(otr_AppState_APP_STOPPED), "stopped");
    assert_string_equal(model_update_error_name(otr_UpdateError_UPDATE_MICROVISOR_OLD), "microvisor_old");
    assert_string_equal(model_update_error_name(otr_UpdateError_UPDATE_LAYER_HASH), "layer_hash");
    assert_string_equal(model_update_error_name(otr_UpdateError_UPDATE_TRIAL_FAILED), "trial_failed");
    assert_string_equal(model_update_phase_name(77), "unknown");
    assert_string_equal(model_update_error_name(77), "unknown");
    assert_null(model_update_error_text(otr_UpdateError_UPDATE_OK));
    assert_non_null(strstr(model_update_error_text(77), "does not know"));
    for (uint32_t code = 1; code < _otr_UpdateError_ARRAYSIZE; code++) {
        bool given = code < FIRST_FREE_ERROR || (code >= otr_UpdateError_UPDATE_KEYS_SEQUENCE && code != 34);

        assert_int_equal(strcmp(model_update_error_name(code), "unknown") != 0, given);
        assert_int_equal(strstr(model_update_error_text(code), "does not know") == NULL, given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_update_status),
        cmocka_unit_test(test_update_progress),
        cmocka_unit_test(test_microvisor_verdicts),
        cmocka_unit_test(test_microvisor_progress),
        cmocka_unit_test(test_words_about_crashes),
        cmocka_unit_test(test_names_of_values),
    };
    return cmocka_run_group_tests_name("model_rules", tests, NULL, NULL);
}
