/* SPDX-License-Identifier: Apache-2.0 */
/* Streams and log lines in the session machine, with an owner that only records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "unit/server/gateway_owner_fake.h"

static struct owner_fake owner;
static unsigned char layer[32], list[32], manifest[32], foreign[32];

static int set_up(void **state)
{
    (void)state;
    memset(layer, 0xb2, sizeof layer);
    memset(list, 0xc3, sizeof list);
    memset(manifest, 0xa1, sizeof manifest);
    memset(foreign, 0xdd, sizeof foreign);
    owner_fake_init(&owner);
    owner_fake_open(&owner);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    owner_fake_clear(&owner);
    return 0;
}

static void open_stream(uint32_t id, uint32_t credit, const unsigned char *sha256, uint32_t offset,
                        uint32_t length)
{
    const otr_DeviceMessage m = owner_fake_stream_open(id, credit, sha256, offset, length);

    owner_fake_input(&owner, &m);
}

static void send_log(uint32_t seq, otr_LogKind kind)
{
    const otr_DeviceMessage m = owner_fake_log(seq, kind, "text");

    owner_fake_input(&owner, &m);
}

static void close_stream(uint32_t id)
{
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_stream_close_tag };

    m.body.stream_close.stream_id = id;
    owner_fake_input(&owner, &m);
}

static void grant(uint32_t id, uint32_t bytes)
{
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_stream_credit_tag };

    m.body.stream_credit.stream_id = id;
    m.body.stream_credit.bytes = bytes;
    owner_fake_input(&owner, &m);
}

static void answer_read(void)
{
    static const unsigned char bytes[FRAME_PAYLOAD_MAX_BYTES];

    gw_session_blob_read(&owner.session, owner.blob_slot, ST_OK, bytes, owner.read_len);
}

static otr_StreamStatus opened_status(void)
{
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_stream_opened_tag);
    return owner_fake_last(&owner)->body.stream_opened.status;
}

/* ---- streams ------------------------------------------------------------------------------------- */

static void test_credit_bounds_what_is_read(void **state)
{
    (void)state;
    open_stream(1, 5000, layer, 10, 100000);
    assert_int_equal(owner.blob_opens, 1);
    assert_memory_equal(owner.blob_sha256, layer, 32);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 20000);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_OK);
    assert_int_equal(owner_fake_last(&owner)->body.stream_opened.total_bytes, 20000);
    assert_int_equal(owner.read_offset, 10);
    assert_int_equal(owner.read_len, 4096);
    answer_read();
    assert_int_equal(owner.read_offset, 10 + 4096);
    assert_int_equal(owner.read_len, 5000 - 4096);
    answer_read();
    assert_int_equal(owner.blob_reads, 2); /* credit is used up */
    assert_int_equal(owner.data_bytes, 5000);
    grant(1, 1);
    assert_int_equal(owner.blob_reads, 3);
    assert_int_equal(owner.read_len, 1);
}

static void test_last_byte_closes_the_stream(void **state)
{
    (void)state;
    open_stream(3, 4096, layer, 100, 50);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 120); /* ends before offset + length */
    assert_int_equal(owner.read_len, 20);
    answer_read();
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_stream_close_tag);
    assert_int_equal(owner_fake_last(&owner)->body.stream_close.reason, otr_StreamStatus_STREAM_OK);
    assert_int_equal(owner.blob_closes, 1);
    assert_null(owner.session.streams); /* nothing is held without streams */
    open_stream(3, 4096, list, 0, 1);
    assert_int_equal(owner.blob_opens, 2);
}

static void test_length_zero_asks_for_the_size_only(void **state)
{
    (void)state;
    open_stream(1, 0, manifest, 0, 0);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 777);
    assert_int_equal(owner.blob_reads, 0);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_stream_close_tag);
    assert_int_equal(owner.sent[owner.sent_count - 2].body.stream_opened.total_bytes, 777);
}

static void test_foreign_blob_is_forbidden_without_touching_the_disk(void **state)
{
    (void)state;
    open_stream(1, 10, foreign, 0, 10);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_FORBIDDEN);
    assert_int_equal(owner.blob_opens, 0);
}

static void test_grants_follow_the_target(void **state)
{
    (void)state;
    memset(owner.row.layers[0].fetch_sha256, 0xdd, 32);
    memset(owner.row.target.manifest_sha256, 0xa2, 32);
    gw_session_changed(&owner.session);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    open_stream(1, 10, layer, 0, 10);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_FORBIDDEN);
    open_stream(1, 10, foreign, 0, 10);
    assert_int_equal(owner.blob_opens, 1);
}

static void test_missing_and_unreadable_blobs(void **state)
{
    (void)state;
    open_stream(1, 10, layer, 0, 10);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_NOT_FOUND, 0);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_NOT_FOUND);
    open_stream(1, 10, layer, 0, 10);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_IO, 0);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_FAILED);
    open_stream(1, 10, layer, 11, 10);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 10);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_BAD_REQUEST);
    assert_int_equal(owner.blob_closes, 1);
    open_stream(1, 10, layer, 0, 10);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 10);
    gw_session_blob_read(&owner.session, owner.blob_slot, ST_IO, NULL, 10);
    assert_int_equal(owner_fake_last(&owner)->body.stream_close.reason, otr_StreamStatus_STREAM_FAILED);
    assert_int_equal(owner.blob_closes, 2);
    assert_null(owner.session.streams);
}

static void test_at_most_four_streams(void **state)
{
    (void)state;
    for (uint32_t id = 1; id <= 9; id += 2)
        open_stream(id, 0, layer, 0, 10);
    assert_int_equal(owner.blob_opens, 4);
    assert_int_equal(opened_status(), otr_StreamStatus_STREAM_TOO_MANY);
}

static void test_open_twice_is_an_error(void **state)
{
    (void)state;
    open_stream(1, 0, layer, 0, 10);
    open_stream(1, 0, layer, 0, 10);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
}

static void test_even_stream_id_is_an_error(void **state)
{
    (void)state;
    open_stream(2, 0, layer, 0, 10);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
}

static void test_credit_overflow_is_an_error(void **state)
{
    (void)state;
    open_stream(1, UINT32_MAX, layer, 0, 10);
    grant(1, 1);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
}

static void test_credit_and_close_of_a_closed_stream_are_ignored(void **state)
{
    (void)state;
    grant(5, 100);
    close_stream(5);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
}

static void test_device_closes_while_the_disk_works(void **state)
{
    (void)state;
    open_stream(1, 100, layer, 0, 100);
    close_stream(1);
    open_stream(1, 100, list, 0, 100); /* its id is free at once */
    assert_int_equal(owner.blob_opens, 2);
    gw_session_blob_opened(&owner.session, owner.blob_slot == 0 ? 1 : owner.blob_slot, ST_OK, 500);
    assert_int_equal(owner.sent_count, 2); /* the one that is still wanted was answered */
    close_stream(1);                       /* now while reading */
    answer_read();
    assert_int_equal(owner.data_bytes, 0);
    assert_int_equal(owner.blob_closes, 1);
}

static void test_full_write_queue_holds_reading_back(void **state)
{
    (void)state;
    owner.not_writable = true;
    open_stream(1, 100, layer, 0, 100);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 100);
    assert_int_equal(owner.blob_reads, 0);
    owner.not_writable = false;
    gw_session_writable(&owner.session);
    assert_int_equal(owner.blob_reads, 1);
}

static void test_end_of_the_session_closes_files(void **state)
{
    (void)state;
    open_stream(1, 0, layer, 0, 100);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 100);
    open_stream(3, 0, layer, 0, 100); /* still opening */
    gw_session_lost(&owner.session, "cut");
    assert_int_equal(owner.blob_closes, 1);
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_OK, 100);
    assert_int_equal(owner.blob_closes, 2);
    assert_null(owner.session.streams);
}

/* ---- logs ---------------------------------------------------------------------------------------- */

static void test_only_stored_lines_are_acknowledged(void **state)
{
    (void)state;
    send_log(1, otr_LogKind_LOG_APP);
    send_log(2, otr_LogKind_LOG_OTA);
    assert_int_equal(owner.lines, 2);
    gw_session_ack(&owner.session, owner.at);
    assert_int_equal(owner.sent_count, 1);
    gw_session_line_stored(&owner.session, 1);
    gw_session_ack(&owner.session, owner.at);
    assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 1);
    gw_session_line_stored(&owner.session, 2);
    gw_session_ack(&owner.session, owner.at);
    assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 2);
    assert_int_equal(owner.sent_count, 3);
}

static void test_unwanted_line_waits_for_the_one_before(void **state)
{
    (void)state;
    send_log(1, otr_LogKind_LOG_OTA);
    owner.session.logging_until_us = 0;
    send_log(2, otr_LogKind_LOG_APP);
    assert_int_equal(owner.lines, 1);
    assert_int_equal(owner.sent_count, 1); /* 2 may not be acknowledged before 1 is stored */
    gw_session_line_stored(&owner.session, 1);
    gw_session_ack(&owner.session, owner.at);
    assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 2);
}

static void test_numbers_go_on_after_reconnecting(void **state)
{
    (void)state;
    send_log(500, otr_LogKind_LOG_OTA);
    assert_int_equal(owner.lines, 1);
    gw_session_line_stored(&owner.session, 500);
    gw_session_ack(&owner.session, owner.at);
    assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 500);
    send_log(400, otr_LogKind_LOG_OTA); /* long acknowledged: told again, not stored again */
    assert_int_equal(owner.lines, 1);
    assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 500);
    send_log(502, otr_LogKind_LOG_OTA);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
}

static void test_over_budget_is_paused_and_resumed(void **state)
{
    uint32_t seq = 0;

    (void)state;
    while (gw_session_wants_input(&owner.session)) {
        send_log(++seq, otr_LogKind_LOG_APP);
        gw_session_line_stored(&owner.session, seq);
        assert_true(seq <= GW_LOG_BURST_LINES + 1);
    }
    assert_int_equal(seq, GW_LOG_BURST_LINES + 1);
    gw_session_ack(&owner.session, owner.at);
    owner.at.now_us = gw_session_deadline_us(&owner.session, owner.at);
    assert_true(owner.at.now_us > 1000000 && owner.at.now_us < 1000000 + 1000000);
    owner_fake_tick(&owner);
    assert_true(gw_session_wants_input(&owner.session));
}

static void test_paused_device_is_kept_alive_and_not_given_up(void **state)
{
    uint32_t seq = 0;

    (void)state;
    owner.no_room = true;
    send_log(++seq, otr_LogKind_LOG_APP);
    assert_false(gw_session_wants_input(&owner.session));
    for (unsigned i = 0; i < 10; i++) { /* the store hangs for 100 s */
        const unsigned before = owner.sent_count;

        owner_fake_advance_ms(&owner, 10000);
        owner_fake_tick(&owner);
        assert_int_equal(owner.session.state, GW_SESSION_OPEN);
        assert_true(owner.sent_count > before);
        assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_log_ack_tag);
        assert_int_equal(owner_fake_last(&owner)->body.log_ack.seq, 0);
    }
    owner.no_room = false;
    gw_session_line_stored(&owner.session, 1);
    gw_session_ack(&owner.session, owner.at);
    owner_fake_tick(&owner);
    assert_true(gw_session_wants_input(&owner.session));
    owner_fake_advance_ms(&owner, 24000); /* silence is counted from here */
    owner_fake_tick(&owner);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
}

static void test_too_many_waiting_lines_pause(void **state)
{
    uint32_t seq = 0;

    (void)state;
    while (gw_session_wants_input(&owner.session))
        send_log(++seq, otr_LogKind_LOG_APP);
    assert_int_equal(seq, GW_LOG_WAITING_MAX);
    owner_fake_advance_ms(&owner, 1000);
    owner_fake_tick(&owner);
    assert_false(gw_session_wants_input(&owner.session));
    for (uint32_t i = 1; i <= GW_LOG_WAITING_MAX / 2; i++)
        gw_session_line_stored(&owner.session, i);
    owner_fake_tick(&owner);
    assert_true(gw_session_wants_input(&owner.session));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_credit_bounds_what_is_read),
        T(test_last_byte_closes_the_stream),
        T(test_length_zero_asks_for_the_size_only),
        T(test_foreign_blob_is_forbidden_without_touching_the_disk),
        T(test_grants_follow_the_target),
        T(test_missing_and_unreadable_blobs),
        T(test_at_most_four_streams),
        T(test_open_twice_is_an_error),
        T(test_even_stream_id_is_an_error),
        T(test_credit_overflow_is_an_error),
        T(test_credit_and_close_of_a_closed_stream_are_ignored),
        T(test_device_closes_while_the_disk_works),
        T(test_full_write_queue_holds_reading_back),
        T(test_end_of_the_session_closes_files),
        T(test_only_stored_lines_are_acknowledged),
        T(test_unwanted_line_waits_for_the_one_before),
        T(test_numbers_go_on_after_reconnecting),
        T(test_over_budget_is_paused_and_resumed),
        T(test_paused_device_is_kept_alive_and_not_given_up),
        T(test_too_many_waiting_lines_pause),
    };

    return cmocka_run_group_tests_name("gateway_flow", tests, NULL, NULL);
}
