/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving and sending of frames on the device's channel; streams are in fetch.c. chan.h states the
 * invariants. */
#include "core/chan/chan.h"

#include <string.h>

#include "core/chan/fetch.h"
#include "port/port_status.h"

#define FIRST_STREAM_ID 1u

void chan_init(struct chan *chan, chan_message_fn on_message, const struct chan_fetch_sink *sink,
               void *context)
{
    memset(chan, 0, sizeof(*chan));
    chan->on_message = on_message;
    chan->sink = sink;
    chan->context = context;
    chan_reset(chan);
}

void chan_reset(struct chan *chan)
{
    memset(chan->fetches, 0, sizeof(chan->fetches));
    chan->next_stream_id = FIRST_STREAM_ID;
    chan->tx_length = 0;
    chan->broken = false;
    frame_parser_init(&chan->parser, chan->rx_control);
}

static int dispatch(struct chan *chan, const struct frame_item *item)
{
    otr_ServerMessage *message = &chan->rx_message;
    int status = codec_server_decode(item->data, item->length, message);

    if (status < 0)
        return PORT_EIO;
    if (status == CODEC_UNKNOWN)
        return 0;
    switch (message->which_body) {
    case otr_ServerMessage_stream_opened_tag:
        return fetch_opened(chan, &message->body.stream_opened);
    case otr_ServerMessage_stream_close_tag:
        return fetch_closed(chan, &message->body.stream_close);
    default:
        chan->on_message(chan->context, message);
        return 0;
    }
}

static int take_item(struct chan *chan, enum frame_kind kind, const struct frame_item *item)
{
    switch (kind) {
    case FRAME_CONTROL:
        return dispatch(chan, item);
    case FRAME_DATA:
        return fetch_data(chan, item->stream_id, item->data, (uint32_t)item->length);
    default: /* FRAME_BROKEN; a buffer is always lent */
        return PORT_EIO;
    }
}

int chan_receive(struct chan *chan, const uint8_t *data, uint32_t length)
{
    size_t left = length;
    struct frame_item item;

    while (!chan->broken) {
        enum frame_kind kind = frame_parser_next(&chan->parser, &data, &left, &item);

        if (kind == FRAME_MORE)
            break;
        if (take_item(chan, kind, &item) != 0)
            chan->broken = true;
    }
    return chan->broken ? PORT_EIO : 0;
}

int chan_send(struct chan *chan, const otr_DeviceMessage *message)
{
    uint32_t room = CHAN_TX_BYTES - chan->tx_length;
    uint8_t *at = chan->tx + chan->tx_length;
    struct frame_header header = { .stream_id = FRAME_STREAM_CONTROL };
    int length;

    if (room <= FRAME_HEADER_BYTES)
        return PORT_AGAIN;
    room -= FRAME_HEADER_BYTES;
    length = codec_device_encode(message, at + FRAME_HEADER_BYTES,
                                 room < CONTROL_MESSAGE_MAX_BYTES ? room : CONTROL_MESSAGE_MAX_BYTES);
    if (length < 0)
        return PORT_AGAIN;
    header.length = (uint16_t)length;
    frame_header_encode(header, at);
    chan->tx_length += FRAME_HEADER_BYTES + (uint32_t)length;
    return 0;
}

const uint8_t *chan_output(const struct chan *chan, uint32_t *length)
{
    *length = chan->tx_length;
    return chan->tx;
}

void chan_output_done(struct chan *chan, uint32_t count)
{
    chan->tx_length -= count;
    memmove(chan->tx, chan->tx + count, chan->tx_length);
}
