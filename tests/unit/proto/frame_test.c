/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: header codec, parser over every way of cutting the input, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/frame/frame.h"

static uint8_t wire[16384];
static size_t wire_length;

static void put_frame(uint16_t stream_id, uint16_t length, uint8_t fill)
{
    frame_header_encode((struct frame_header){ stream_id, length }, wire + wire_length);
    memset(wire + wire_length + FRAME_HEADER_BYTES, fill, length);
    wire_length += FRAME_HEADER_BYTES + length;
}

static void header_round_trip(void **state)
{
    uint8_t raw[FRAME_HEADER_BYTES];
    struct frame_header header;

    (void)state;
    frame_header_encode((struct frame_header){ 0x1234, 0x0567 }, raw);
    assert_memory_equal(raw, ((uint8_t[]){ 0x12, 0x34, 0x05, 0x67 }), 4);
    header = frame_header_decode(raw);
    assert_int_equal(header.stream_id, 0x1234);
    assert_int_equal(header.length, 0x0567);
}

static void limits(void **state)
{
    (void)state;
    assert_true(frame_header_valid((struct frame_header){ 0, CONTROL_MESSAGE_MAX_BYTES }));
    assert_false(frame_header_valid((struct frame_header){ 0, CONTROL_MESSAGE_MAX_BYTES + 1 }));
    assert_true(frame_header_valid((struct frame_header){ 1, FRAME_PAYLOAD_MAX_BYTES }));
    assert_false(frame_header_valid((struct frame_header){ 1, FRAME_PAYLOAD_MAX_BYTES + 1 }));
}

/* What came out, in order. */
static struct {
    uint32_t controls, control_bytes, data_bytes, frames;
} got;

static void feed(struct frame_parser *parser, const uint8_t *data, size_t length)
{
    struct frame_item item;
    enum frame_kind kind;

    while ((kind = frame_parser_next(parser, &data, &length, &item)) != FRAME_MORE) {
        assert_int_not_equal(kind, FRAME_BROKEN);
        assert_int_not_equal(kind, FRAME_WANT_BUFFER);
        for (size_t i = 0; i < item.length; i++)
            assert_int_equal(item.data[i], kind == FRAME_CONTROL ? 0xc0 + got.controls : item.stream_id);
        if (kind == FRAME_CONTROL) {
            got.controls++;
            got.control_bytes += (uint32_t)item.length;
            assert_true(item.last);
        } else {
            got.data_bytes += (uint32_t)item.length;
            got.frames += item.last;
        }
    }
    assert_int_equal(length, 0);
}

static void any_cutting_gives_the_same(void **state)
{
    uint8_t buffer[CONTROL_MESSAGE_MAX_BYTES];
    struct frame_parser parser;

    (void)state;
    wire_length = 0;
    put_frame(0, 5, 0xc0);
    put_frame(7, 4096, 7);
    put_frame(0, 1280, 0xc1);
    put_frame(9, 0, 9);
    put_frame(0, 0, 0);
    put_frame(0, 1, 0xc3);
    for (size_t chunk = 1; chunk <= wire_length; chunk += chunk < 40 ? 1 : 97) {
        memset(&got, 0, sizeof(got));
        frame_parser_init(&parser, buffer);
        for (size_t at = 0; at < wire_length; at += chunk)
            feed(&parser, wire + at, wire_length - at < chunk ? wire_length - at : chunk);
        assert_int_equal(got.controls, 4);
        assert_int_equal(got.control_bytes, 1286);
        assert_int_equal(got.data_bytes, 4096);
        assert_int_equal(got.frames, 2);
    }
}

static void asks_for_a_buffer_only_when_a_message_comes_in_pieces(void **state)
{
    uint8_t buffer[CONTROL_MESSAGE_MAX_BYTES];
    struct frame_parser parser;
    struct frame_item item;
    const uint8_t *data = wire;
    size_t length = 20;

    (void)state;
    wire_length = 0;
    put_frame(0, 16, 1);
    put_frame(0, 16, 2);
    frame_parser_init(&parser, NULL);
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_CONTROL);
    assert_int_equal(length, 0);
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_MORE);
    length = 10;
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_WANT_BUFFER);
    frame_parser_lend(&parser, buffer);
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_MORE);
    assert_null(frame_parser_reclaim(&parser));
    length = 10;
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_CONTROL);
    assert_int_equal(item.length, 16);
    assert_int_equal(item.data[15], 2);
    assert_ptr_equal(frame_parser_reclaim(&parser), buffer);
}

static void stays_broken(void **state)
{
    static const uint8_t bad[] = { 0, 0, 0x05, 0x01, 0, 0, 0, 0 };
    struct frame_parser parser;
    struct frame_item item;
    const uint8_t *data = bad;
    size_t length = sizeof(bad);

    (void)state;
    frame_parser_init(&parser, NULL);
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_BROKEN);
    assert_int_equal(frame_parser_next(&parser, &data, &length, &item), FRAME_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_round_trip),
        cmocka_unit_test(limits),
        cmocka_unit_test(any_cutting_gives_the_same),
        cmocka_unit_test(asks_for_a_buffer_only_when_a_message_comes_in_pieces),
        cmocka_unit_test(stays_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
