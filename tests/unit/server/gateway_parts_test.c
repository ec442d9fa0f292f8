/* SPDX-License-Identifier: Apache-2.0 */
/* Text, timer wheel and registry of the gateway. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_registry.h"
#include "gateway/gw_text.h"
#include "gateway/gw_wheel.h"

#define R "\xef\xbf\xbd"

static void test_text_becomes_valid_utf8(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
        { "\xff", R },
        { "a\x80z", "a" R "z" },
        { "\xc3", R },       /* cut short */
        { "\xe2\x82", R R }, /* each byte of a broken sequence */
        { "\xe2\x82z", R R "z" },
        { "\xc0\xaf", R R }, /* overlong */
        { "\xe0\x80\xaf", R R R },
        { "\xed\xa0\x80", R R R },       /* surrogate */
        { "\xf4\x90\x80\x80", R R R R }, /* above U+10FFFF */
        { "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
        { "\xee\x80\x80", "\xee\x80\x80" },
    };
    char out[LOG_TEXT_MAX_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t len = gw_text_utf8((const unsigned char *)cases[i].in, strlen(cases[i].in), out);

        assert_string_equal(out, cases[i].out);
        assert_int_equal(len, strlen(cases[i].out));
    }
    assert_int_equal(gw_text_utf8((const unsigned char *)"a\0b", 3, out), 5);
    assert_string_equal(out, "a" R "b");
}

static void test_text_is_cut_between_characters(void **state)
{
    unsigned char in[LOG_TEXT_MAX_BYTES];
    char out[LOG_TEXT_MAX_BYTES + 1];

    (void)state;
    memset(in, 0xff, sizeof in);
    assert_int_equal(gw_text_utf8(in, sizeof in, out), LOG_TEXT_MAX_BYTES / 3 * 3);
    memset(in, 'x', sizeof in);
    assert_int_equal(gw_text_utf8(in, sizeof in, out), LOG_TEXT_MAX_BYTES);
}

/* ---- wheel --------------------------------------------------------------------------------------- */

#define TICK_US ((int64_t)GW_TICK_MS * 1000)

static void test_timers_come_in_time(void **state)
{
    static struct gw_timer timers[200];
    struct gw_wheel wheel;
    int64_t due[200];
    unsigned seen = 0;
    uint32_t random = 1;

    (void)state;
    memset(timers, 0, sizeof timers);
    gw_wheel_init(&wheel, 5000000);
    for (unsigned i = 0; i < 200; i++) {
        random = random * 1664525u + 1013904223u;
        due[i] = 5000000 + (int64_t)(random >> 9) % 10000000;
        gw_wheel_set(&wheel, &timers[i], due[i]);
    }
    for (int64_t now = 5000000; now < 16000000; now += TICK_US) {
        struct gw_timer *t;

        while ((t = gw_wheel_next(&wheel, now)) != NULL) {
            const size_t i = (size_t)(t - timers);

            assert_true(now >= due[i]);
            assert_true(now <= due[i] + 2 * TICK_US);
            seen++;
        }
    }
    assert_int_equal(seen, 200);
}

static void test_far_timer_is_asked_early_and_moved_on(void **state)
{
    struct gw_timer t = { 0 };
    struct gw_wheel wheel;
    const int64_t due = 60000000;
    unsigned early = 0;

    (void)state;
    gw_wheel_init(&wheel, 0);
    gw_wheel_set(&wheel, &t, due);
    for (int64_t now = 0;; now += TICK_US) {
        if (gw_wheel_next(&wheel, now) == NULL)
            continue;
        if (now >= due) {
            assert_true(now <= due + 2 * TICK_US);
            break;
        }
        early++;
        gw_wheel_set(&wheel, &t, due);
    }
    assert_in_range(early, 1, 6);
}

static void test_earlier_wins_later_costs_nothing_and_cancel(void **state)
{
    struct gw_timer t = { 0 };
    struct gw_wheel wheel;

    (void)state;
    gw_wheel_init(&wheel, 0);
    gw_wheel_set(&wheel, &t, 1000000);
    gw_wheel_set(&wheel, &t, 2000000); /* stays */
    gw_wheel_set(&wheel, &t, 500000);  /* moves */
    assert_null(gw_wheel_next(&wheel, 400000));
    assert_ptr_equal(gw_wheel_next(&wheel, 540000), &t);
    assert_null(gw_wheel_next(&wheel, 3000000));
    gw_wheel_set(&wheel, &t, 100); /* long past: soon, but not in the slot being emptied */
    assert_ptr_equal(gw_wheel_next(&wheel, 3000000 + 2 * TICK_US), &t);
    gw_wheel_set(&wheel, &t, 4000000);
    gw_wheel_cancel(&t);
    gw_wheel_cancel(&t);
    assert_null(gw_wheel_next(&wheel, 9000000));
}

/* ---- registry ------------------------------------------------------------------------------------ */

static void test_registry_finds_grows_and_forgets(void **state)
{
    enum { COUNT = 2000 };
    static struct gw_entry entries[COUNT];
    static char sids[COUNT][SID_BYTES];
    struct gw_registry r;

    (void)state;
    memset(entries, 0, sizeof entries);
    assert_int_equal(gw_registry_init(&r), ST_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(sids[i], SID_BYTES, "UV%032x", i);
        gw_registry_add(&r, &entries[i], sids[i]);
    }
    assert_int_equal(r.count, COUNT);
    assert_true(r.buckets >= COUNT / 2);
    for (unsigned i = 0; i < COUNT; i++)
        assert_ptr_equal(gw_registry_find(&r, sids[i]), &entries[i]);
    for (unsigned i = 0; i < COUNT; i += 2) {
        gw_registry_remove(&r, &entries[i]);
        gw_registry_remove(&r, &entries[i]);
    }
    for (unsigned i = 0; i < COUNT; i++)
        assert_ptr_equal(gw_registry_find(&r, sids[i]), i % 2 == 0 ? NULL : &entries[i]);
    assert_int_equal(r.count, COUNT / 2);
    gw_registry_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_becomes_valid_utf8),
        cmocka_unit_test(test_text_is_cut_between_characters),
        cmocka_unit_test(test_timers_come_in_time),
        cmocka_unit_test(test_far_timer_is_asked_early_and_moved_on),
        cmocka_unit_test(test_earlier_wins_later_costs_nothing_and_cancel),
        cmocka_unit_test(test_registry_finds_grows_and_forgets),
    };

    return cmocka_run_group_tests_name("gateway_parts", tests, NULL, NULL);
}
