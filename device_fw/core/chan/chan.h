/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's end of the multiplexed channel: control messages and blob streams over one ordered pipe of
 * bytes.
 *
 *   bytes in  --> chan_receive --> frames --> on_message, fetch sinks
 *   chan_send, chan_fetch_* --> messages --> chan_output, chan_output_done --> bytes out
 *
 * Invariants:
 *  H1 never more than CHAN_TX_BYTES wait to be sent; who finds no room is told PORT_AGAIN and tries later;
 *  H2 the server never holds more credit than the window, nor more than the bytes still wanted;
 *  H3 a fetch gets bytes only between its opening and its closing, in order, at most as many as it asked
 *     for;
 *  H4 each opened fetch is closed exactly once towards its sink, except by chan_reset and chan_fetch_cancel;
 *  H5 a peer that breaks framing, credit or order makes chan_receive fail; the connection must then be
 *     closed.
 * No TLS, no sockets, no clock: bytes are handed in and taken out by the caller, so tests use plain buffers.
 */
#ifndef CORE_CHAN_H
#define CORE_CHAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "proto/codec/codec.h"
#include "proto/frame/frame.h"

/* Who wants the bytes of blob streams. number says which of the owner's fetches it is. */
struct chan_fetch_sink {
    void (*opened)(void *context, uint32_t number, uint32_t total_bytes);
    void (*data)(void *context, uint32_t number, const uint8_t *data, uint32_t length);
    void (*closed)(void *context, uint32_t number, otr_StreamStatus reason);
};

/* Who wants the control messages that are not about streams. */
typedef void (*chan_message_fn)(void *context, const otr_ServerMessage *message);

struct chan_fetch {
    uint16_t stream_id;   /* 0: free */
    bool opened;          /* StreamOpened(OK) has come */
    uint32_t wanted;      /* bytes still to come */
    uint32_t ungranted;   /* part of wanted that was not granted yet */
    uint32_t outstanding; /* granted, not yet received */
};

struct chan {
    chan_message_fn on_message;
    const struct chan_fetch_sink *sink;
    void *context;
    struct chan_fetch fetches[CHAN_FETCHES];
    uint16_t next_stream_id;
    uint32_t tx_length;
    bool broken;
    struct frame_parser parser;
    uint8_t rx_control[CONTROL_MESSAGE_MAX_BYTES];
    uint8_t tx[CHAN_TX_BYTES];
    otr_ServerMessage rx_message; /* here and not on the stack */
};

/* Prepares a channel without connection. The sink and the context are borrowed. */
void chan_init(struct chan *chan, chan_message_fn on_message, const struct chan_fetch_sink *sink,
               void *context);

/* Forgets everything of the old connection, open fetches included (their sink is not called). */
void chan_reset(struct chan *chan);

/* Takes received bytes. 0, or PORT_EIO: the peer broke the protocol (H5). Calls on_message and the sink. */
int chan_receive(struct chan *chan, const uint8_t *data, uint32_t length);

/* Queues one control message. PORT_AGAIN: no room now. */
int chan_send(struct chan *chan, const otr_DeviceMessage *message);

/* Bytes that want to leave (length 0: none), valid until the next call. */
const uint8_t *chan_output(const struct chan *chan, uint32_t *length);

/* The first count of them have left. */
void chan_output_done(struct chan *chan, uint32_t count);

/* Opens fetch number (< CHAN_FETCHES, free) for length bytes of a blob from offset. PORT_AGAIN: no room now.
 */
int chan_fetch_open(struct chan *chan, uint32_t number, const uint8_t sha256[SHA256_BYTES], uint32_t offset,
                    uint32_t length);

/* Closes fetch number if it is open; its sink is not called. PORT_AGAIN: no room for the message, still open.
 */
int chan_fetch_cancel(struct chan *chan, uint32_t number);

/* Grants credit that has become due. Call after chan_receive and whenever room has become free. */
void chan_fetch_grant(struct chan *chan);

#endif
