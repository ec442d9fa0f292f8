/* SPDX-License-Identifier: Apache-2.0 */
/* A real gateway process against synthetic devices: check-in, streams, logs, replacement, refusals, garbage.
 */
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

static int set_up_impatient(void **state)
{
    (void)state;
    return start(200, 1);
}

static int set_up_two(void **state)
{
    (void)state;
    return start(10000, 2);
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

/* ---- check-in ------------------------------------------------------------------------------------ */

static void test_check_in_is_welcomed_and_stored(void **state)
{
    struct store_device row;

    (void)state;
    check_in();
    assert_true(item.m.body.welcome.session_id != 0);
    assert_int_equal(item.m.body.welcome.heartbeat_ms, 10000);
    assert_true(item.m.body.welcome.has_desired);
    assert_string_equal(item.m.body.welcome.desired.app_sid, "");
    process_fake_await_presence(&gateway, identity.sid, 1);
    assert_int_equal(store_device_get(gateway.store, TEST_ACCOUNT, identity.sid, &row), ST_OK);
    assert_string_equal(row.board, "synthetic");
    assert_int_equal(row.boot_count, 2);
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_ping_is_answered(void **state)
{
    otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };

    (void)state;
    check_in();
    ping.body.ping.nonce = 99;
    device_fake_send(&device, &ping);
    assert_true(device_fake_await(&device, otr_ServerMessage_pong_tag, &item));
    assert_int_equal(item.m.body.pong.nonce, 99);
    device_fake_close(&device);
}

static void test_silent_device_is_given_up(void **state)
{
    (void)state;
    check_in();
    device_fake_await_end(&device);
    process_fake_await_log("reason=silent");
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_change_reaches_the_device(void **state)
{
    struct store_layer layer;
    struct store_app app;
    struct store_device_change change;

    (void)state;
    app = process_fake_app(&gateway, 5000, &layer);
    check_in();
    change = (struct store_device_change){ .target_sid = app.sid };
    process_fake_update(&gateway, identity.sid, &change);
    assert_true(device_fake_await(&device, otr_ServerMessage_desired_tag, &item));
    assert_string_equal(item.m.body.desired.app_sid, app.sid);
    assert_memory_equal(item.m.body.desired.manifest_sha256.bytes, app.manifest_sha256, 32);
    change = (struct store_device_change){ .restart = true };
    process_fake_update(&gateway, identity.sid, &change);
    assert_true(device_fake_await(&device, otr_ServerMessage_desired_tag, &item));
    assert_int_equal(item.m.body.desired.restart_seq, 1);
    device_fake_close(&device);
}

static void test_revoked_while_open_is_told_and_closed(void **state)
{
    const struct store_device_change change = { .set_revoked = true, .revoked = true };
    struct store_device row;

    (void)state;
    check_in();
    assert_int_equal(store_device_update(gateway.store, TEST_ACCOUNT, identity.sid, &change, &row), ST_OK);
    process_fake_tell(&gateway, BUS_DEVICE_REVOKED, identity.sid);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_REVOKED);
    device_fake_await_end(&device);
    device_fake_close(&device);
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

/* ---- logs ---------------------------------------------------------------------------------------- */

static void enable_logging(void)
{
    const struct store_device_change change = { .set_logging = true,
                                                .logging_until_us =
                                                    clock_wall_us() + (int64_t)3600 * 1000000 };

    process_fake_update(&gateway, identity.sid, &change);
}

static uint32_t count_lines(const char *type)
{
    static struct store_log rows[4096];
    uint32_t n = 0;

    assert_int_equal(store_log_list(gateway.store, identity.sid, 0, false, type, 4096, rows, &n), ST_OK);
    return n;
}

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
    enable_logging();
    check_in();
    assert_true(item.m.body.welcome.desired.logging_enabled);
    for (uint32_t seq = 1; seq <= 300; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "line");
        device_fake_send(&device, &m);
    }
    await_ack(300);
    assert_int_equal(count_lines("app_logging"), 300);
    device_fake_reset(&device);

    check_in(); /* as if the last ten had not been acknowledged */
    for (uint32_t seq = 291; seq <= 301; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "line");
        device_fake_send(&device, &m);
    }
    await_ack(301);
    assert_int_equal(count_lines("app_logging"), 301);
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
    assert_int_equal(count_lines("app_logging"), 0);
    assert_int_equal(count_lines("ota_update"), 1);
    device_fake_close(&device);
}

static void test_crash_and_broken_text_are_stored_as_words(void **state)
{
    struct store_log row[2];
    uint32_t n;
    otr_DeviceMessage m;

    (void)state;
    enable_logging();
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

static void test_flood_is_held_back_and_nothing_is_lost(void **state)
{
    enum { LINES = 1600 }; /* the burst and three seconds more */
    const int64_t since_us = clock_mono_us();
    otr_DeviceMessage m;

    (void)state;
    enable_logging();
    check_in();
    for (uint32_t seq = 1; seq <= LINES; seq++) {
        m = device_fake_log(seq, otr_LogKind_LOG_APP, "flood");
        device_fake_send(&device, &m);
    }
    await_ack(LINES);
    assert_true(clock_mono_us() - since_us >= 2500000);
    assert_int_equal(count_lines("app_logging"), LINES);
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

/* ---- one session per device ---------------------------------------------------------------------- */

static void assert_replaced(struct device_fake *older)
{
    assert_true(device_fake_await(older, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_REPLACED);
    device_fake_await_end(older);
    device_fake_close(older);
}

static void test_second_connection_replaces_the_first(void **state)
{
    struct device_fake second;
    struct store_device row;

    (void)state;
    check_in();
    device_fake_check_in(&second, gateway.port[0], &identity, &item);
    assert_replaced(&device);
    process_fake_await_log("reason=replaced");
    process_fake_await_presence(&gateway, identity.sid, 1);
    device_fake_close(&second);
    process_fake_await_presence(&gateway, identity.sid, 0);
    assert_int_equal(store_device_get(gateway.store, TEST_ACCOUNT, identity.sid, &row), ST_OK);
    assert_int_equal(count_lines("connection"), 4);
}

static void test_connection_to_another_process_replaces_too(void **state)
{
    struct device_fake second;

    (void)state;
    check_in();
    device_fake_check_in(&second, gateway.port[1], &identity, &item);
    assert_replaced(&device);
    process_fake_await_presence(&gateway, identity.sid, 1);
    device_fake_close(&second);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_power_cut_and_return(void **state)
{
    (void)state;
    check_in();
    for (unsigned i = 0; i < 20; i++) {
        struct device_fake second;

        device_fake_check_in(&second, gateway.port[0], &identity, &item);
        device_fake_reset(&device);
        device = second;
    }
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

/* Whatever happens in the handshake or right after it, the connection ends and no Welcome came. */
static void assert_not_let_in(const struct pki_fake_device *who, const char *alpn)
{
    device_fake_dial(&device, gateway.port[0], who);
    if (device_fake_handshake(&device, alpn)) {
        const otr_DeviceMessage hello = device_fake_hello(&device);

        device_fake_send(&device, &hello);
        while (device_fake_recv(&device, &item))
            assert_int_not_equal(item.m.which_body, otr_ServerMessage_welcome_tag);
    }
    device_fake_close(&device);
}

static void test_wrong_certificates_are_refused(void **state)
{
    static const struct {
        enum pki_fake_fault fault;
        const char *words;
    } cases[] = {
        { PKI_OTHER_CA, "unable to get local issuer certificate" },
        { PKI_OTHER_SID, "common name does not belong to its key" },
        { PKI_NOT_A_SID, "common name is not a device SID" },
        { PKI_SERVER_USAGE, "client certificate: " },
        { PKI_NO_USAGE, "is not for TLS clients" },
        { PKI_EXPIRED, "certificate has expired" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pki_fake_device bad;

        pki_fake_device_make(&bad, cases[i].fault);
        process_fake_enrol(&gateway, &bad);
        assert_not_let_in(&bad, PROTO_ALPN);
        process_fake_await_log(cases[i].words);
        pki_fake_device_free(&bad);
    }
}

static void test_no_certificate_and_no_alpn_are_refused(void **state)
{
    (void)state;
    assert_not_let_in(NULL, PROTO_ALPN);
    process_fake_await_log("peer did not return a certificate");
    assert_not_let_in(&identity, NULL);
    process_fake_await_log("does not offer ALPN");
    assert_not_let_in(&identity, "http/1.1");
    process_fake_await_log("no application protocol");
}

static void test_unknown_device_gets_bye(void **state)
{
    struct pki_fake_device stranger;
    otr_DeviceMessage hello;

    (void)state;
    pki_fake_device_make(&stranger, PKI_GOOD);
    device_fake_dial(&device, gateway.port[0], &stranger);
    assert_true(device_fake_handshake(&device, PROTO_ALPN));
    hello = device_fake_hello(&device);
    device_fake_send(&device, &hello);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_UNKNOWN_DEVICE);
    assert_true(item.m.body.bye.retry_after_ms > 0);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_log(stranger.sid);
    pki_fake_device_free(&stranger);
}

static void test_more_sessions_than_allowed_are_told_to_wait(void **state)
{
    enum { MAX = 8 };
    struct pki_fake_device ids[MAX + 1];
    struct device_fake devices[MAX];
    otr_DeviceMessage hello;

    (void)state;
    for (unsigned i = 0; i <= MAX; i++) {
        pki_fake_device_make(&ids[i], PKI_GOOD);
        process_fake_enrol(&gateway, &ids[i]);
    }
    for (unsigned i = 0; i < MAX; i++)
        device_fake_check_in(&devices[i], gateway.port[0], &ids[i], &item);
    device_fake_dial(&device, gateway.port[0], &ids[MAX]);
    assert_true(device_fake_handshake(&device, PROTO_ALPN));
    hello = device_fake_hello(&device);
    device_fake_send(&device, &hello);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_BUSY);
    device_fake_close(&device);
    device_fake_check_in(&device, gateway.port[0], &ids[0], &item); /* one of them may come back */
    device_fake_close(&device);
    for (unsigned i = 0; i < MAX; i++)
        device_fake_close(&devices[i]);
    for (unsigned i = 0; i <= MAX; i++)
        pki_fake_device_free(&ids[i]);
}

/* ---- garbage ------------------------------------------------------------------------------------- */

static void fill_with_noise(unsigned char *buf, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        buf[i] = (unsigned char)(seed >> 24);
    }
}

static void test_garbage_before_the_handshake(void **state)
{
    unsigned char noise[8192];

    (void)state;
    for (uint32_t i = 0; i < 30; i++) {
        fill_with_noise(noise, sizeof noise, i);
        device_fake_dial(&device, gateway.port[0], &identity);
        device_fake_send_tcp(&device, noise, 1 + i * 250);
        if (i % 3 != 0)
            device_fake_reset(&device);
        else {
            if (i > 5)
                device_fake_await_end(&device);
            device_fake_close(&device);
        }
    }
    check_in();
    device_fake_close(&device);
}

static void test_garbage_inside_the_handshake(void **state)
{
    static const unsigned char hello_start[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc };
    unsigned char noise[2048];

    (void)state;
    fill_with_noise(noise, sizeof noise, 7);
    device_fake_dial(&device, gateway.port[0], &identity);
    device_fake_send_tcp(&device, hello_start, sizeof hello_start);
    device_fake_send_tcp(&device, noise, sizeof noise);
    device_fake_await_end(&device);
    device_fake_close(&device);
    check_in();
    device_fake_close(&device);
}

static void test_garbage_beside_tls_after_the_handshake(void **state)
{
    unsigned char noise[300];

    (void)state;
    check_in();
    fill_with_noise(noise, sizeof noise, 3);
    noise[0] = 0x17; /* looks like a record */
    noise[1] = noise[2] = 3;
    noise[3] = 0;
    noise[4] = 100;
    device_fake_send_tcp(&device, noise, sizeof noise);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_log("broken TLS record");
}

static void test_garbage_inside_tls(void **state)
{
    unsigned char noise[700];

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        check_in();
        fill_with_noise(noise, sizeof noise, i);
        noise[0] = noise[1] = 0; /* control */
        noise[2] = (unsigned char)(i % 4);
        device_fake_send_raw(&device, noise, sizeof noise);
        if (i % 2 == 0 && noise[2] < 2)
            device_fake_await_end(&device);
        device_fake_close(&device);
    }
    process_fake_await_log("reason=protocol");
}

static void test_ping_flood_without_reading_is_cut(void **state)
{
    unsigned char pings[8000];
    otr_DeviceMessage ping;

    (void)state;
    check_in();
    for (size_t i = 0; i < sizeof pings; i += 8)
        memcpy(pings + i, "\0\0\0\4\x3a\2\x08\1", 8);
    for (unsigned i = 0; i < 4000 && !process_fake_has_logged("does not read"); i++)
        device_fake_send_raw(&device, pings, sizeof pings);
    process_fake_await_log("does not read");
    device_fake_reset(&device);
    check_in();
    ping = (otr_DeviceMessage){ .which_body = otr_DeviceMessage_ping_tag };
    device_fake_send(&device, &ping);
    assert_true(device_fake_await(&device, otr_ServerMessage_pong_tag, &item));
    device_fake_close(&device);
}

/* ---- stop ---------------------------------------------------------------------------------------- */

static void test_stop_says_goodbye_and_writes_what_it_has(void **state)
{
    otr_DeviceMessage m;

    (void)state;
    enable_logging();
    check_in();
    m = device_fake_log(1, otr_LogKind_LOG_APP, "last words");
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_log_ack_tag, &item));
    /* tear_down stops the gateway and demands exit status 0; the goodbye is read before */
    process_fake_terminate(&gateway);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_SHUTDOWN);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
    assert_int_equal(count_lines("app_logging"), 1);
    assert_int_equal(count_lines("connection"), 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_check_in_is_welcomed_and_stored),
        T(test_ping_is_answered),
        cmocka_unit_test_setup_teardown(test_silent_device_is_given_up, set_up_impatient, tear_down),
        T(test_change_reaches_the_device),
        T(test_revoked_while_open_is_told_and_closed),
        T(test_blob_is_served_within_credit),
        T(test_four_streams_at_once_and_not_five),
        T(test_only_the_targets_blobs_are_served),
        T(test_device_that_does_not_read_holds_nobody),
        T(test_acknowledged_lines_are_stored),
        T(test_unwanted_application_lines_are_taken_but_not_stored),
        T(test_crash_and_broken_text_are_stored_as_words),
        T(test_flood_is_held_back_and_nothing_is_lost),
        T(test_gap_in_the_numbers_is_an_error),
        T(test_second_connection_replaces_the_first),
        cmocka_unit_test_setup_teardown(test_connection_to_another_process_replaces_too, set_up_two,
                                        tear_down),
        T(test_power_cut_and_return),
        T(test_wrong_certificates_are_refused),
        T(test_no_certificate_and_no_alpn_are_refused),
        T(test_unknown_device_gets_bye),
        T(test_more_sessions_than_allowed_are_told_to_wait),
        T(test_garbage_before_the_handshake),
        T(test_garbage_inside_the_handshake),
        T(test_garbage_beside_tls_after_the_handshake),
        T(test_garbage_inside_tls),
        T(test_ping_flood_without_reading_is_cut),
        T(test_stop_says_goodbye_and_writes_what_it_has),
    };

    return cmocka_run_group_tests_name("gateway_live", tests, NULL, NULL);
}
