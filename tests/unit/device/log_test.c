/* SPDX-License-Identifier: Apache-2.0 */
/* The log ring: numbering, acknowledgement, repetition, overflow, quota; random use against a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/log/log.h"
#include "proto/limits.h"
#include "tests/unit/device/board_fake.h"

static otr_Log line;

static int fresh(void **state)
{
    (void)state;
    board_fake_reset(1);
    log_ring_init();
    return 0;
}

static bool app_line(const char *text)
{
    uint8_t *room = log_ring_app_reserve((uint32_t)strlen(text), 8192);

    if (room == NULL)
        return false;
    memcpy(room, text, strlen(text));
    log_ring_app_commit(5);
    return true;
}

static void assert_next(uint32_t seq, const char *text, uint32_t dropped)
{
    assert_true(log_ring_peek(&line));
    assert_int_equal(line.seq, seq);
    assert_int_equal(line.text.size, strlen(text));
    assert_memory_equal(line.text.bytes, text, strlen(text));
    assert_int_equal(line.dropped, dropped);
    log_ring_sent();
}

static void numbers_in_order_and_repeats_what_is_not_acknowledged(void **state)
{
    otr_Crash crash = { .cause = otr_CrashCause_CRASH_WATCHDOG, .pc = 7 };

    (void)state;
    assert_true(app_line("one"));
    log_ring_microvisor(otr_LogKind_LOG_OTA, "two", NULL);
    log_ring_microvisor(otr_LogKind_LOG_CRASH, "three", &crash);
    assert_next(1, "one", 0);
    assert_int_equal(line.kind, otr_LogKind_LOG_APP);
    assert_false(line.has_crash);
    assert_next(2, "two", 0);
    assert_next(3, "three", 0);
    assert_true(line.has_crash);
    assert_int_equal(line.crash.pc, 7);
    assert_false(log_ring_peek(&line));
    assert_true(log_ring_ack(1));
    log_ring_rewind();
    assert_next(2, "two", 0);
    assert_true(app_line("four"));
    assert_next(3, "three", 0);
    assert_next(4, "four", 0);
    assert_true(log_ring_ack(4));
    assert_true(log_ring_ack(4));
    log_ring_rewind();
    assert_false(log_ring_peek(&line));
}

static void acknowledgement_of_the_future_is_refused(void **state)
{
    (void)state;
    assert_true(app_line("one"));
    assert_false(log_ring_ack(1));
    assert_next(1, "one", 0);
    assert_true(log_ring_ack(1));
    assert_false(log_ring_ack(2));
}

static void full_ring_refuses_the_application_but_not_the_microvisor(void **state)
{
    char text[600];
    uint32_t lines = 0;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    while (app_line(text))
        lines++;
    assert_in_range(lines * sizeof(text), 8192 - 700, 8192); /* the quota */
    for (int i = 0; i < 100; i++)
        log_ring_microvisor(otr_LogKind_LOG_OTA, "important", NULL);
    assert_true(log_ring_peek(&line));
}

static void microvisor_lines_drop_the_oldest_queued_ones_and_say_so(void **state)
{
    char text[LOG_TEXT_MAX_BYTES];
    uint32_t kept = 0, dropped = 0, important = 0;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_true(app_line("sent"));
    assert_next(1, "sent", 0);
    for (int i = 0; i < 7; i++)
        assert_true(app_line(text));
    for (int i = 0; i < 8; i++)
        log_ring_microvisor(otr_LogKind_LOG_MICROVISOR, text, NULL);
    for (; log_ring_peek(&line); log_ring_sent()) {
        kept += line.kind == otr_LogKind_LOG_APP;
        important += line.kind == otr_LogKind_LOG_MICROVISOR;
        dropped += line.dropped;
    }
    assert_int_equal(important, 8);
    assert_int_equal(kept + dropped, 7);
    assert_true(dropped > 0);
    log_ring_rewind();
    assert_next(1, "sent", 0); /* a numbered line stays */
}

static void dropping_what_the_server_does_not_want(void **state)
{
    (void)state;
    assert_true(app_line("one"));
    log_ring_microvisor(otr_LogKind_LOG_OTA, "two", NULL);
    assert_true(app_line("three"));
    log_ring_drop_app();
    assert_next(1, "two", 1);
    log_ring_microvisor(otr_LogKind_LOG_OTA, "four", NULL);
    assert_next(2, "four", 1);
}

static void no_more_than_the_window_is_under_way(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LOG_UNACKED_MAX + 5; i++)
        assert_true(app_line("x"));
    for (uint32_t i = 0; i < LOG_UNACKED_MAX; i++)
        assert_next(i + 1, "x", 0);
    assert_false(log_ring_peek(&line));
    assert_true(log_ring_ack(1));
    assert_next(LOG_UNACKED_MAX + 1, "x", 0);
}

/* G1, G2, G5 under random use: numbers without gaps, kept lines in the order of writing, losses counted exactly. */
static void random_use_keeps_order_and_counts(void **state)
{
    uint32_t seed = 3, written = 0, next_seq = 1, acked = 0, sent = 0, seen = 0, lost = 0;
    char text[LOG_TEXT_MAX_BYTES + 1];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525u + 1013904223u;
        memset(text, '.', sizeof(text));
        snprintf(text, sizeof(text), "%08x", written);
        text[8] = '.';
        text[8 + (seed >> 16) % 900] = '\0';
        switch (seed >> 29) {
        case 0:
        case 1:
        case 2:
            written += app_line(text);
            break;
        case 3:
            log_ring_microvisor(otr_LogKind_LOG_OTA, text, NULL);
            written++;
            break;
        case 4:
            assert_true(log_ring_ack(sent));
            acked = sent;
            break;
        case 5:
            log_ring_rewind();
            sent = acked;
            break;
        default:
            if (!log_ring_peek(&line))
                break;
            assert_int_equal(line.seq, sent + 1);
            sent++;
            if (line.seq == next_seq) { /* first time: everything written is either seen or counted as lost */
                unsigned number;

                next_seq++;
                line.text.bytes[8] = '\0';
                assert_int_equal(sscanf((const char *)line.text.bytes, "%x", &number), 1);
                lost += line.dropped;
                assert_int_equal(number, seen + lost);
                seen++;
            }
            log_ring_sent();
        }
    }
    assert_true(seen > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(numbers_in_order_and_repeats_what_is_not_acknowledged, fresh),
        cmocka_unit_test_setup(acknowledgement_of_the_future_is_refused, fresh),
        cmocka_unit_test_setup(full_ring_refuses_the_application_but_not_the_microvisor, fresh),
        cmocka_unit_test_setup(microvisor_lines_drop_the_oldest_queued_ones_and_say_so, fresh),
        cmocka_unit_test_setup(dropping_what_the_server_does_not_want, fresh),
        cmocka_unit_test_setup(no_more_than_the_window_is_under_way, fresh),
        cmocka_unit_test_setup(random_use_keeps_order_and_counts, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
