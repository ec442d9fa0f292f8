/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the device protocol (PROTOCOL.md section 2): header codec and incremental parser, for both sides.
 *
 * Invariants:
 *  P1 a control message is handed out whole, at most CONTROL_MESSAGE_MAX_BYTES;
 *  P2 bytes of data streams are handed out in order as they arrive, never copied;
 *  P3 after FRAME_BROKEN the parser stays broken: the connection must be closed;
 *  P4 every byte of input is consumed exactly once.
 * No allocation, no I/O. A parser that is between frames holds no buffer, so an idle connection costs its
 * struct only.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct frame_header {
    uint16_t stream_id;
    uint16_t length;
};

/* Writes the four header bytes. length must not exceed the limit of the stream (frame_header_valid). */
void frame_header_encode(struct frame_header header, uint8_t out[FRAME_HEADER_BYTES]);

/* Reads four header bytes; any value is possible, check it with frame_header_valid. */
struct frame_header frame_header_decode(const uint8_t in[FRAME_HEADER_BYTES]);

/* Does the length keep the limit: control messages 1,280 bytes, other streams 4,096? */
bool frame_header_valid(struct frame_header header);

enum frame_kind {
    FRAME_MORE,        /* input is used up, feed more */
    FRAME_CONTROL,     /* item is one whole control message (stream 0), possibly of length 0 */
    FRAME_DATA,        /* item is the next piece of a frame of a data stream */
    FRAME_WANT_BUFFER, /* a control message arrives in pieces: frame_parser_lend, then call again */
    FRAME_BROKEN       /* a length breaks its limit */
};

struct frame_item {
    uint16_t stream_id;
    bool last;           /* last piece of its frame */
    const uint8_t *data; /* points into the input or into the lent buffer: valid until the next call */
    size_t length;
};

struct frame_parser {
    uint8_t *buffer; /* borrowed, CONTROL_MESSAGE_MAX_BYTES; NULL when none */
    struct frame_header header;
    uint16_t taken;       /* payload bytes of this frame that were consumed */
    uint8_t header_bytes; /* 0..3 bytes of the next header are in header_raw; 4: inside a frame */
    uint8_t broken;
    uint8_t header_raw[FRAME_HEADER_BYTES];
};

/* buffer: CONTROL_MESSAGE_MAX_BYTES for control messages that arrive in pieces, or NULL to be asked when
 * needed. Borrowed. */
void frame_parser_init(struct frame_parser *parser, uint8_t *buffer);

/* Gives the parser a buffer of CONTROL_MESSAGE_MAX_BYTES; only while it has none. */
void frame_parser_lend(struct frame_parser *parser, uint8_t *buffer);

/* Takes the lent buffer back when no message is half inside; NULL otherwise or if there is none. */
uint8_t *frame_parser_reclaim(struct frame_parser *parser);

/* Takes the next item out of the input; *data and *length are moved past what was consumed. Call until
 * FRAME_MORE. */
enum frame_kind frame_parser_next(struct frame_parser *parser, const uint8_t **data, size_t *length,
                                  struct frame_item *item);

#endif
