/* SPDX-License-Identifier: Apache-2.0 */
/* Header codec and incremental parser of protocol frames; frame.h states the invariants. */
#include "proto/frame/frame.h"

#include <string.h>

void frame_header_encode(struct frame_header header, uint8_t out[FRAME_HEADER_BYTES])
{
    out[0] = (uint8_t)(header.stream_id >> 8);
    out[1] = (uint8_t)header.stream_id;
    out[2] = (uint8_t)(header.length >> 8);
    out[3] = (uint8_t)header.length;
}

struct frame_header frame_header_decode(const uint8_t in[FRAME_HEADER_BYTES])
{
    struct frame_header header = {
        .stream_id = (uint16_t)(in[0] << 8 | in[1]),
        .length = (uint16_t)(in[2] << 8 | in[3]),
    };
    return header;
}

bool frame_header_valid(struct frame_header header)
{
    if (header.stream_id == FRAME_STREAM_CONTROL)
        return header.length <= CONTROL_MESSAGE_MAX_BYTES;
    return header.length <= FRAME_PAYLOAD_MAX_BYTES;
}

void frame_parser_init(struct frame_parser *parser, uint8_t *buffer)
{
    memset(parser, 0, sizeof(*parser));
    parser->buffer = buffer;
}

void frame_parser_lend(struct frame_parser *parser, uint8_t *buffer)
{
    parser->buffer = buffer;
}

static bool half_inside(const struct frame_parser *parser)
{
    return parser->header_bytes == FRAME_HEADER_BYTES && parser->header.stream_id == FRAME_STREAM_CONTROL &&
           parser->taken > 0;
}

uint8_t *frame_parser_reclaim(struct frame_parser *parser)
{
    uint8_t *buffer = parser->buffer;

    if (half_inside(parser))
        return NULL;
    parser->buffer = NULL;
    return buffer;
}

static void consume(const uint8_t **data, size_t *length, size_t count)
{
    *data += count;
    *length -= count;
}

/* Collects the header; true once all four bytes are there. */
static bool take_header(struct frame_parser *parser, const uint8_t **data, size_t *length)
{
    while (parser->header_bytes<FRAME_HEADER_BYTES && * length> 0) {
        parser->header_raw[parser->header_bytes++] = **data;
        consume(data, length, 1);
        if (parser->header_bytes == FRAME_HEADER_BYTES) {
            parser->header = frame_header_decode(parser->header_raw);
            parser->taken = 0;
            parser->broken = !frame_header_valid(parser->header);
        }
    }
    return parser->header_bytes == FRAME_HEADER_BYTES;
}

static enum frame_kind emit(struct frame_parser *parser, const uint8_t *data, size_t length, bool last,
                            struct frame_item *item)
{
    item->stream_id = parser->header.stream_id;
    item->data = data;
    item->length = length;
    item->last = last;
    if (last)
        parser->header_bytes = 0;
    return parser->header.stream_id == FRAME_STREAM_CONTROL ? FRAME_CONTROL : FRAME_DATA;
}

static enum frame_kind take_control(struct frame_parser *parser, const uint8_t **data, size_t *length,
                                    struct frame_item *item)
{
    size_t missing = (size_t)parser->header.length - parser->taken;
    size_t count = missing < *length ? missing : *length;
    const uint8_t *start = *data;

    if (parser->taken == 0 && count == missing) { /* whole in the input: no copy */
        consume(data, length, count);
        return emit(parser, start, count, true, item);
    }
    if (count == 0)
        return FRAME_MORE;
    if (parser->buffer == NULL)
        return FRAME_WANT_BUFFER;
    memcpy(parser->buffer + parser->taken, start, count);
    parser->taken = (uint16_t)(parser->taken + count);
    consume(data, length, count);
    if (parser->taken < parser->header.length)
        return FRAME_MORE;
    return emit(parser, parser->buffer, parser->header.length, true, item);
}

static enum frame_kind take_data(struct frame_parser *parser, const uint8_t **data, size_t *length,
                                 struct frame_item *item)
{
    size_t missing = (size_t)parser->header.length - parser->taken;
    size_t count = missing < *length ? missing : *length;
    const uint8_t *start = *data;

    if (count == 0 && missing > 0)
        return FRAME_MORE;
    parser->taken = (uint16_t)(parser->taken + count);
    consume(data, length, count);
    return emit(parser, start, count, count == missing, item);
}

enum frame_kind frame_parser_next(struct frame_parser *parser, const uint8_t **data, size_t *length,
                                  struct frame_item *item)
{
    if (parser->broken)
        return FRAME_BROKEN;
    if (!take_header(parser, data, length))
        return FRAME_MORE;
    if (parser->broken)
        return FRAME_BROKEN;
    if (parser->header.stream_id == FRAME_STREAM_CONTROL)
        return take_control(parser, data, length, item);
    return take_data(parser, data, length, item);
}
