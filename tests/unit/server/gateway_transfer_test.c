/* SPDX-License-Identifier: Apache-2.0 */
/* A real gateway process against a synthetic device: blob streams, the microvisor, log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "bus/bus.h"
#include "unit/server/folder_fake.h"
#include "unit/server/gateway_device_fake.h"
#include "unit/server/gateway_process_fake.h"

static struct process_fake gateway;
static struct pki_fake_device identity;
static struct device_fake device;
static struct device_fake_item item;

static int start(uint32_t heartbeat_ms, unsigned count)
{
    const struct process_fake_options options = { .count = count,
                                                  .heartbeat_ms = heartbeat_ms,
                                                  .sessions_max = 8 };

    process_fake_start(&gateway, &options);
    pki_fake_device_make(&identity, PKI_GOOD);
    process_fake_enrol(&gateway, &identity);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return start(10000, 1);
}

static int tear_down(void **state)
{
    (void)state;
    pki_fake_device_free(&identity);
    process_fake_stop(&gateway);
    return 0;
}

static void check_in(void)
{
    device_fake_check_in(&device, gateway.port[0], &identity, &item);
}

/* ---- streams ------------------------------------------------------------------------------------- */

static void give_target(uint32_t bytes, struct store_layer *layer)
{
    const struct store_app app = process_fake_app(&gateway, bytes, layer);
    const struct store_device_change change = { .target_sid = app.sid };

    process_fake_update(&gateway, identity.sid, &change);
}

/* Takes data frames until the stream's close; checks the pattern, returns the bytes. */
static uint32_t drain(uint16_t id, uint32_t from)
{
    uint32_t have = 0;

    while (device_fake_recv(&device, &item)) {
        if (item.is_control) {
            if (item.m.which_body == otr_ServerMessage_stream_close_tag) {
                assert_int_equal(item.m.body.stream_close.stream_id, id);
                assert_int_equal(item.m.body.stream_close.reason, otr_StreamStatus_STREAM_OK);
                return have;
            }
            continue;
        }
        assert_int_equal(item.stream_id, id);
        for (uint32_t i = 0; i < item.len; i++)
            assert_int_equal(item.data[i], (unsigned char)((from + have + i) / 7));
        have += item.len;
    }
    fail_msg("the connection ended in a stream");
    return 0;
}

static void grant(uint16_t id, uint32_t bytes)
{
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_stream_credit_tag };

    m.body.stream_credit.stream_id = id;
    m.body.stream_credit.bytes = bytes;
    device_fake_send(&device, &m);
}

static void test_blob_is_served_within_credit(void **state)
{
    struct store_layer layer;
    otr_DeviceMessage m;
    uint32_t have = 0;

    (void)state;
    give_target(300000, &layer);
    check_in();
    m = device_fake_stream_open(5, 1000, layer.fetch_sha256, 100, UINT32_MAX);
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_stream_opened_tag, &item));
    assert_int_equal(item.m.body.stream_opened.status, otr_StreamStatus_STREAM_OK);
    assert_int_equal(item.m.body.stream_opened.total_bytes, 300000);
    while (have < 1000) {
        assert_true(device_fake_recv(&device, &item));
        assert_false(item.is_control);
        have += item.len;
    }
    assert_int_equal(have, 1000);
    { /* no more than the credit: the answer to a ping comes next */
        otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };

        device_fake_send(&device, &ping);
        assert_true(device_fake_recv(&device, &item));
        assert_true(item.is_control && item.m.which_body == otr_ServerMessage_pong_tag);
    }
    grant(5, 400000);
    assert_int_equal(drain(5, 1100), 300000 - 1100);
    m = device_fake_stream_open(5, 10, layer.fetch_sha256, 0, 10); /* the id is free again */
    device_fake_send(&device, &m);
    assert_int_equal(drain(5, 0), 10);
    device_fake_close(&device);
}

static void test_four_streams_at_once_and_not_five(void **state)
{
    struct store_layer layer;
    unsigned opened = 0, refused = 0;

    (void)state;
    give_target(9000, &layer);
    check_in();
    for (uint16_t id = 1; id <= 9; id += 2) {
        const otr_DeviceMessage m = device_fake_stream_open(id, 0, layer.fetch_sha256, 0, 9000);

        device_fake_send(&device, &m);
    }
    while (opened + refused < 5) {
        assert_true(device_fake_await(&device, otr_ServerMessage_stream_opened_tag, &item));
        if (item.m.body.stream_opened.status == otr_StreamStatus_STREAM_OK)
            opened++;
        else if (item.m.body.stream_opened.status == otr_StreamStatus_STREAM_TOO_MANY)
            refused++;
    }
    assert_int_equal(opened, 4);
    assert_int_equal(refused, 1);
    device_fake_close(&device);
}

static otr_StreamStatus open_status(const unsigned char *sha256, uint32_t offset)
{
    const otr_DeviceMessage m = device_fake_stream_open(7, 100, sha256, offset, 100);

    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_stream_opened_tag, &item));
    return item.m.body.stream_opened.status;
}

static void test_only_the_targets_blobs_are_served(void **state)
{
    struct store_layer mine, others;

    (void)state;
    (void)process_fake_app(&gateway, 7000, &others);
    give_target(6000, &mine);
    check_in();
    assert_int_equal(open_status(others.fetch_sha256, 0), otr_StreamStatus_STREAM_FORBIDDEN);
    assert_int_equal(open_status(mine.fetch_sha256, 6001), otr_StreamStatus_STREAM_BAD_REQUEST);
    assert_int_equal(blob_delete(gateway.blobs, mine.fetch_sha256), ST_OK);
    assert_int_equal(open_status(mine.fetch_sha256, 0), otr_StreamStatus_STREAM_NOT_FOUND);
    device_fake_close(&device);
}

static void test_device_that_does_not_read_holds_nobody(void **state)
{
    struct store_layer layer;
    struct pki_fake_device second;
    struct device_fake other;
    otr_DeviceMessage m;

    (void)state;
    give_target(0x100000, &layer);
    pki_fake_device_make(&second, PKI_GOOD);
    process_fake_enrol(&gateway, &second);
    check_in();
    for (uint16_t id = 1; id < 8; id += 2) {
        m = device_fake_stream_open(id, UINT32_MAX, layer.fetch_sha256, 0, UINT32_MAX);
        device_fake_send(&device, &m);
    }
    device_fake_check_in(&other, gateway.port[0], &second, &item);
    device_fake_close(&other);
    m = (otr_DeviceMessage){ .which_body = otr_DeviceMessage_stream_close_tag };
    for (uint16_t id = 1; id < 8; id += 2) { /* and the streams can be dropped while full */
        m.body.stream_close.stream_id = id;
        device_fake_send(&device, &m);
    }
    m = (otr_DeviceMessage){ .which_body = otr_DeviceMessage_ping_tag };
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_pong_tag, &item));
    device_fake_reset(&device);
    pki_fake_device_free(&second);
}

static void send_microvisor(const otr_MicrovisorStatus *status)
{
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_microvisor_status_tag };

    m.body.microvisor_status = *status;
    device_fake_send(&device, &m);
}

static void assert_trial_is_stored(const struct store_microvisor *m)
{
    struct store_device row;

    assert_int_equal(store_device_get(gateway.store, TEST_ACCOUNT, identity.sid, &row), ST_OK);
    assert_int_equal(row.microvisor.slot, otr_ImageSlot_SLOT_B);
    assert_false(row.microvisor.confirmed);
    assert_string_equal(row.microvisor_sid, m->sid);
    assert_string_equal(row.board, "synthetic"); /* of the Hello, whose row was not overwritten */
    assert_int_equal(row.boot_count, 2);
}

/* The device tells of its microvisor, is told of its board's default, fetches it, and runs it on trial. */
static void test_microvisor_is_wished_served_and_reported(void **state)
{
    const struct store_microvisor wanted = process_fake_microvisor(&gateway, "synthetic", 100000);
    otr_MicrovisorStatus status = { .slot = otr_ImageSlot_SLOT_A, .confirmed = true };
    otr_DeviceMessage m;

    (void)state;
    check_in();
    assert_int_equal(item.m.body.welcome.desired.microvisor_sha256.size, 0); /* it has not said that it can */
    send_microvisor(&status);
    assert_true(device_fake_await(&device, otr_ServerMessage_desired_tag, &item));
    assert_memory_equal(item.m.body.desired.microvisor_sha256.bytes, wanted.manifest_sha256, 32);
    m = device_fake_stream_open(5, UINT32_MAX, wanted.image_sha256, 0, UINT32_MAX);
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_stream_opened_tag, &item));
    assert_int_equal(item.m.body.stream_opened.total_bytes, 100000);
    assert_int_equal(drain(5, 0), 100000);
    status.phase = otr_UpdatePhase_UPDATE_TRIAL;
    status.confirmed = false;
    status.slot = otr_ImageSlot_SLOT_B;
    status.manifest_sha256.size = 32;
    memcpy(status.manifest_sha256.bytes, wanted.manifest_sha256, 32);
    send_microvisor(&status);
    m = device_fake_stream_open(7, UINT32_MAX, wanted.image_sha256, 0, UINT32_MAX);
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_stream_opened_tag, &item));
    assert_int_equal(item.m.body.stream_opened.status, otr_StreamStatus_STREAM_FORBIDDEN); /* it runs */
    process_fake_await_presence(&gateway, identity.sid, 1); /* or the next one would see the time before */
    process_fake_await_log("microvisor_phase device=");
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0); /* its reports are written by then */
    assert_trial_is_stored(&wanted);
}

/* ---- logs ---------------------------------------------------------------------------------------- */

static void await_ack(uint32_t seq)
{
    do
        assert_true(device_fake_await(&device, otr_ServerMessage_log_ack_tag, &item));
    while (item.m.body.log_ack.seq < seq);
    assert_int_equal(item.m.body.log_ack.seq, seq);
}

static void test_acknowledged_lines_are_stored(void **state)
{
    otr_DeviceMessage m;

    (void)state;
    process_fake_enable_logging(&gateway, identity.sid);
    check_in();
    assert_true(item.m.body.welcome.desired.logging_enabled);
    for (uint32_t seq = 1; seq <= 300; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "line");
        device_fake_send(&device, &m);
    }
    await_ack(300);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "app_logging"), 300);
    device_fake_reset(&device);

    check_in(); /* as if the last ten had not been acknowledged */
    for (uint32_t seq = 291; seq <= 301; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "line");
        device_fake_send(&device, &m);
    }
    await_ack(301);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "app_logging"), 301);
    device_fake_close(&device);
}

static void test_unwanted_application_lines_are_taken_but_not_stored(void **state)
{
    otr_DeviceMessage m;

    (void)state;
    check_in();
    m = device_fake_log(1, otr_LogKind_LOG_APP, "not asked for");
    device_fake_send(&device, &m);
    m = device_fake_log(2, otr_LogKind_LOG_OTA, "COMPLETE");
    device_fake_send(&device, &m);
    await_ack(2);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "app_logging"), 0);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "ota_update"), 1);
    device_fake_close(&device);
}

static void test_crash_and_broken_text_are_stored_as_words(void **state)
{
    struct store_log row[2];
    uint32_t n;
    otr_DeviceMessage m;

    (void)state;
    process_fake_enable_logging(&gateway, identity.sid);
    check_in();
    m = device_fake_log(1, otr_LogKind_LOG_CRASH, "");
    m.body.log.has_crash = true;
    m.body.log.crash = (otr_Crash){ .cause = otr_CrashCause_CRASH_SECURE_VIOLATION,
                                    .pc = 0x1000,
                                    .lr = 0x2000,
                                    .address = 0x30000000,
                                    .count = 2,
                                    .restart_in_ms = 1500 };
    device_fake_send(&device, &m);
    m = device_fake_log(2, otr_LogKind_LOG_APP, "ok \xc3\xa4 bad \xff end");
    device_fake_send(&device, &m);
    await_ack(2);
    assert_int_equal(store_log_list(gateway.store, identity.sid, 0, false, "app_crash", 2, row, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_string_equal(row[0].text, "CRASH cause=secure_violation pc=0x00001000 lr=0x00002000 "
                                     "address=0x30000000 count=2 restart_in_ms=1500");
    assert_int_equal(store_log_list(gateway.store, identity.sid, 0, false, "app_logging", 2, row, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_string_equal(row[0].text, "ok \xc3\xa4 bad \xef\xbf\xbd end");
    device_fake_close(&device);
}

static uint32_t stored_crashes(struct store_crash *out)
{
    const struct store_page ask = { .limit = 10 };
    uint32_t n = 0;

    assert_int_equal(store_crash_list(gateway.store, identity.sid, &ask, out, &n), ST_OK);
    return n;
}

/* The acknowledgement is lost with the connection: the report comes again, and is there once. */
static void test_crash_report_is_stored_once_and_acknowledged(void **state)
{
    static struct store_crash rows[10];
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_crash_report_tag };
    otr_CrashReport *report = &m.body.crash_report;

    (void)state;
    report->report_id = 0xfedcba9876543210;
    report->has_crash = true;
    report->crash.cause = otr_CrashCause_CRASH_WATCHDOG;
    report->registers.size = 4 * CRASH_REGISTER_WORDS;
    report->stack.size = CRASH_STACK_MAX_BYTES; /* the largest that fits */
    memset(report->stack.bytes, 0x77, CRASH_STACK_MAX_BYTES);
    for (unsigned i = 0; i < 2; i++) {
        check_in();
        device_fake_send(&device, &m);
        assert_true(device_fake_await(&device, otr_ServerMessage_crash_ack_tag, &item));
        assert_true(item.m.body.crash_ack.report_id == report->report_id);
        assert_int_equal(stored_crashes(rows), 1); /* before it was acknowledged */
        device_fake_close(&device);
    }
    assert_int_equal(rows[0].cause, otr_CrashCause_CRASH_WATCHDOG);
    assert_int_equal(rows[0].stack_len, CRASH_STACK_MAX_BYTES);
    assert_int_equal(rows[0].stack[CRASH_STACK_MAX_BYTES - 1], 0x77);
    process_fake_await_log("crash_report device=");
}

static void test_flood_is_held_back_and_nothing_is_lost(void **state)
{
    enum { LINES = 1600 }; /* the burst and three seconds more */
    const int64_t since_us = clock_mono_us();
    otr_DeviceMessage m;

    (void)state;
    process_fake_enable_logging(&gateway, identity.sid);
    check_in();
    for (uint32_t seq = 1; seq <= LINES; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "flood");
        device_fake_send(&device, &m);
    }
    await_ack(LINES);
    assert_true(clock_mono_us() - since_us >= 2500000);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "app_logging"), LINES);
    device_fake_close(&device);
}

static void test_gap_in_the_numbers_is_an_error(void **state)
{
    otr_DeviceMessage m;

    (void)state;
    check_in();
    m = device_fake_log(5, otr_LogKind_LOG_OTA, "a");
    device_fake_send(&device, &m);
    m = device_fake_log(7, otr_LogKind_LOG_OTA, "b");
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_PROTOCOL_ERROR);
    device_fake_await_end(&device);
    device_fake_close(&device);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_blob_is_served_within_credit),
        T(test_four_streams_at_once_and_not_five),
        T(test_only_the_targets_blobs_are_served),
        T(test_device_that_does_not_read_holds_nobody),
        T(test_microvisor_is_wished_served_and_reported),
        T(test_acknowledged_lines_are_stored),
        T(test_unwanted_application_lines_are_taken_but_not_stored),
        T(test_crash_and_broken_text_are_stored_as_words),
        T(test_crash_report_is_stored_once_and_acknowledged),
        T(test_flood_is_held_back_and_nothing_is_lost),
        T(test_gap_in_the_numbers_is_an_error),
    };

    return cmocka_run_group_tests_name("gateway_transfer", tests, NULL, NULL);
}
