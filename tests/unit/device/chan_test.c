/* SPDX-License-Identifier: Apache-2.0 */
/* The channel: sending, receiving, credit, streams that end early, peers that break the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/chan/chan.h"
#include "port/port_status.h"

static struct chan chan;
static uint32_t messages, opened[OTA_FETCHES], closed[OTA_FETCHES], data_bytes[OTA_FETCHES];
static otr_StreamStatus reasons[OTA_FETCHES];
static const uint8_t hash[SHA256_BYTES] = { 1, 2, 3 };

static void on_message(void *context, const otr_ServerMessage *message)
{
    (void)context;
    (void)message;
    messages++;
}

static void on_opened(void *context, uint32_t number, uint32_t total_bytes)
{
    (void)context;
    opened[number] = total_bytes;
}

static void on_data(void *context, uint32_t number, const uint8_t *data, uint32_t length)
{
    (void)context;
    (void)data;
    data_bytes[number] += length;
}

static void on_closed(void *context, uint32_t number, otr_StreamStatus reason)
{
    (void)context;
    closed[number]++;
    reasons[number] = reason;
}

static const struct chan_fetch_sink sink = { on_opened, on_data, on_closed };

static int fresh(void **state)
{
    (void)state;
    chan_init(&chan, on_message, &sink, NULL);
    messages = 0;
    memset(opened, 0, sizeof(opened));
    memset(closed, 0, sizeof(closed));
    memset(data_bytes, 0, sizeof(data_bytes));
    return 0;
}

/* Takes the next message that the channel wants to send. */
static otr_DeviceMessage next_output(void)
{
    otr_DeviceMessage message;
    uint32_t length;
    const uint8_t *bytes = chan_output(&chan, &length);
    struct frame_header header;

    assert_true(length >= FRAME_HEADER_BYTES);
    header = frame_header_decode(bytes);
    assert_int_equal(header.stream_id, 0);
    assert_int_equal(codec_device_decode(bytes + FRAME_HEADER_BYTES, header.length, &message), CODEC_OK);
    chan_output_done(&chan, FRAME_HEADER_BYTES + header.length);
    return message;
}

static bool output_empty(void)
{
    uint32_t length;

    (void)chan_output(&chan, &length);
    return length == 0;
}

static int receive(const otr_ServerMessage *message)
{
    uint8_t frame[CONTROL_MESSAGE_MAX_BYTES + FRAME_HEADER_BYTES];
    int length = codec_server_encode(message, frame + FRAME_HEADER_BYTES, CONTROL_MESSAGE_MAX_BYTES);

    frame_header_encode((struct frame_header){ 0, (uint16_t)length }, frame);
    return chan_receive(&chan, frame, FRAME_HEADER_BYTES + (uint32_t)length);
}

static int receive_opened(uint32_t id, otr_StreamStatus status, uint32_t total)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_stream_opened_tag };

    message.body.stream_opened = (otr_StreamOpened){ id, status, total };
    return receive(&message);
}

static int receive_close(uint32_t id, otr_StreamStatus reason)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_stream_close_tag };

    message.body.stream_close = (otr_StreamClose){ id, reason };
    return receive(&message);
}

static int receive_data(uint16_t id, uint16_t length)
{
    uint8_t frame[FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES] = { 0 };

    frame_header_encode((struct frame_header){ id, length }, frame);
    return chan_receive(&chan, frame, FRAME_HEADER_BYTES + length);
}

static void messages_pass_and_unknown_ones_are_skipped(void **state)
{
    static const uint8_t unknown[] = { 0, 0, 0, 5, 0xfa, 0x01, 0x02, 0x08, 0x01 };
    otr_ServerMessage pong = { .which_body = otr_ServerMessage_pong_tag };

    (void)state;
    assert_int_equal(receive(&pong), 0);
    assert_int_equal(chan_receive(&chan, unknown, sizeof(unknown)), 0);
    assert_int_equal(messages, 1);
}

static void output_is_bounded(void **state)
{
    static otr_DeviceMessage message;
    uint32_t length;

    (void)state;
    message.which_body = otr_DeviceMessage_log_tag;
    message.body.log.seq = 1;
    message.body.log.text.size = LOG_TEXT_MAX_BYTES;
    assert_int_equal(chan_send(&chan, &message), 0);
    assert_int_equal(chan_send(&chan, &message), 0);
    assert_int_equal(chan_send(&chan, &message), PORT_AGAIN);
    (void)chan_output(&chan, &length);
    assert_true(length <= CHAN_TX_BYTES);
    chan_output_done(&chan, 1); /* a partial write leaves the rest in order */
    chan_output_done(&chan, length / 2 - 1);
    assert_int_equal(next_output().which_body, otr_DeviceMessage_log_tag);
    assert_true(output_empty());
}

static void a_fetch_gets_its_bytes_and_grants_credit(void **state)
{
    uint32_t wanted = 3 * CHAN_FETCH_WINDOW_BYTES, sent = 0, credit;
    otr_DeviceMessage message;

    (void)state;
    assert_int_equal(chan_fetch_open(&chan, 1, hash, 4096, wanted), 0);
    message = next_output();
    assert_int_equal(message.which_body, otr_DeviceMessage_stream_open_tag);
    assert_int_equal(message.body.stream_open.what.blob.offset, 4096);
    assert_int_equal(message.body.stream_open.what.blob.length, wanted);
    credit = message.body.stream_open.credit;
    assert_int_equal(credit, CHAN_FETCH_WINDOW_BYTES);
    assert_int_equal(receive_opened(1, otr_StreamStatus_STREAM_OK, 1000000), 0);
    assert_int_equal(opened[1], 1000000);
    while (sent < wanted) {
        assert_int_equal(receive_data(1, 4096), 0);
        sent += 4096;
        chan_fetch_grant(&chan);
        while (!output_empty())
            credit += next_output().body.stream_credit.bytes;
        assert_true(credit - sent <= CHAN_FETCH_WINDOW_BYTES); /* H2 */
    }
    assert_int_equal(credit, wanted);
    assert_int_equal(data_bytes[1], wanted);
    assert_int_equal(receive_close(1, otr_StreamStatus_STREAM_OK), 0);
    assert_int_equal(closed[1], 1);
}

static void refusal_closes_once(void **state)
{
    (void)state;
    chan_fetch_open(&chan, 0, hash, 0, 10);
    assert_int_equal(receive_opened(1, otr_StreamStatus_STREAM_FORBIDDEN, 0), 0);
    assert_int_equal(closed[0], 1);
    assert_int_equal(reasons[0], otr_StreamStatus_STREAM_FORBIDDEN);
    assert_int_equal(receive_close(1, otr_StreamStatus_STREAM_OK), 0); /* of no stream any more */
    assert_int_equal(closed[0], 1);
}

static void late_bytes_of_a_cancelled_stream_are_skipped(void **state)
{
    (void)state;
    chan_fetch_open(&chan, 0, hash, 0, 1000);
    assert_int_equal(receive_opened(1, otr_StreamStatus_STREAM_OK, 1000), 0);
    assert_int_equal(chan_fetch_cancel(&chan, 0), 0);
    assert_int_equal(chan_fetch_open(&chan, 0, hash, 0, 1000), 0);
    assert_int_equal(receive_data(1, 500), 0);
    assert_int_equal(data_bytes[0], 0);
    assert_int_equal(next_output().body.stream_open.stream_id, 1);
    assert_int_equal(next_output().which_body, otr_DeviceMessage_stream_close_tag);
    assert_int_equal(next_output().body.stream_open.stream_id, 3);
}

static void breaches_close_the_connection(void **state)
{
    (void)state;
    chan_fetch_open(&chan, 0, hash, 0, 100);
    assert_int_equal(receive_data(1, 10), PORT_EIO);  /* before it was opened */
    assert_int_equal(receive_data(99, 10), PORT_EIO); /* stays broken */
    fresh(NULL);
    chan_fetch_open(&chan, 0, hash, 0, 100);
    receive_opened(1, otr_StreamStatus_STREAM_OK, 100);
    assert_int_equal(receive_data(1, 101), PORT_EIO); /* more than the credit */
    fresh(NULL);
    chan_fetch_open(&chan, 0, hash, 0, 100);
    receive_opened(1, otr_StreamStatus_STREAM_OK, 100);
    assert_int_equal(receive_opened(1, otr_StreamStatus_STREAM_OK, 100), PORT_EIO); /* twice */
    chan_reset(&chan);
    assert_int_equal(receive_data(99, 10), 0);
}

static void ids_go_round_and_avoid_open_streams(void **state)
{
    (void)state;
    assert_int_equal(chan_fetch_open(&chan, 0, hash, 0, 1), 0);
    assert_int_equal(next_output().body.stream_open.stream_id, 1);
    for (uint32_t i = 0; i < 40000; i++) {
        uint32_t id;

        assert_int_equal(chan_fetch_open(&chan, 1, hash, 0, 1), 0);
        id = next_output().body.stream_open.stream_id;
        assert_true(id % 2 == 1 && id != 1 && id <= UINT16_MAX);
        assert_int_equal(receive_opened(id, otr_StreamStatus_STREAM_NOT_FOUND, 0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(messages_pass_and_unknown_ones_are_skipped, fresh),
        cmocka_unit_test_setup(output_is_bounded, fresh),
        cmocka_unit_test_setup(a_fetch_gets_its_bytes_and_grants_credit, fresh),
        cmocka_unit_test_setup(refusal_closes_once, fresh),
        cmocka_unit_test_setup(late_bytes_of_a_cancelled_stream_are_skipped, fresh),
        cmocka_unit_test_setup(breaches_close_the_connection, fresh),
        cmocka_unit_test_setup(ids_go_round_and_avoid_open_streams, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
