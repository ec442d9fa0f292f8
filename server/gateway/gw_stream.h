/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams of one session and their credit (PROTOCOL.md section 5). Pure: who opens files and reads them
 * is told from outside when it finished.
 *
 *      add            begun(total)             next() > 0
 *  FREE ----> OPENING ------------> READY <----------------> READING
 *               |                     |          sent           |
 *               | drop                | drop / finished         | drop
 *               v                     v                         v
 *            DRAINING ------------> FREE <------------------ DRAINING
 *                       drained                   drained
 *
 * Invariants
 *  R1 bytes sent never exceed the credit granted;
 *  R2 one disk operation per slot at a time;
 *  R3 a slot whose disk operation runs is not used again before it finished (DRAINING), but its stream id is
 *     free at once;
 *  R4 at most STREAMS_PER_DEVICE_MAX streams are open.
 */
#ifndef GATEWAY_GW_STREAM_H
#define GATEWAY_GW_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/gw_limits.h"
#include "proto/limits.h"

enum gw_stream_state {
    GW_STREAM_FREE,
    GW_STREAM_OPENING,
    GW_STREAM_READY,
    GW_STREAM_READING,
    GW_STREAM_DRAINING
};

struct gw_stream {
    uint16_t id;
    uint8_t state;   /* enum gw_stream_state */
    uint32_t offset; /* next byte to send */
    uint32_t left;   /* bytes still to send; before begun: bytes wanted */
    uint32_t credit; /* bytes that may be sent now */
};

struct gw_streams {
    struct gw_stream slot[GW_STREAM_SLOTS];
};

/* The slot of an open stream, or -1. */
int gw_streams_find(const struct gw_streams *s, uint32_t id);

/* A new stream in state OPENING; its slot, or -1 when too many are open. */
int gw_streams_add(struct gw_streams *s, uint16_t id, uint32_t credit, uint32_t offset, uint32_t length);

bool gw_streams_are_unused(const struct gw_streams *s);

/* The blob is open and has total bytes. False when the stream begins behind its end. */
bool gw_stream_begin(struct gw_stream *st, uint32_t total);

bool gw_stream_is_finished(const struct gw_stream *st); /* READY with nothing left */

/* How many bytes to read now (at most one frame); READING when not 0. */
uint32_t gw_stream_next(struct gw_stream *st);

void gw_stream_sent(struct gw_stream *st, uint32_t bytes); /* READING to READY */

/* False when the sum would not fit: a peer that grants 4 GiB of credit is broken. */
bool gw_stream_grant(struct gw_stream *st, uint32_t bytes);

/* Ends the stream. True when the slot is free now, false when it drains. */
bool gw_stream_drop(struct gw_stream *st);
void gw_stream_drained(struct gw_stream *st);

#endif
