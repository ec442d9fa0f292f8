/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blob streams: opening, credit, closing. Frames of a stream that is not open are skipped (PROTOCOL.md
 * section 2). Credit is granted again when half of the window has arrived, so that a grant costs one message
 * per 16 KiB.
 */
#include "core/chan/fetch.h"

#include <string.h>

#include "port/port_status.h"

static struct chan_fetch *find(struct chan *chan, uint32_t stream_id, uint32_t *number)
{
    for (uint32_t i = 0; i < CHAN_FETCHES; i++) {
        if (stream_id != 0 && chan->fetches[i].stream_id == stream_id) {
            *number = i;
            return &chan->fetches[i];
        }
    }
    return NULL;
}

/* Ids are odd and go round, so that late frames of a closed stream meet no open one. */
static uint16_t new_stream_id(struct chan *chan)
{
    uint32_t number;
    uint16_t id;

    do {
        id = chan->next_stream_id;
        chan->next_stream_id = (uint16_t)(id + 2u);
    } while (find(chan, id, &number) != NULL);
    return id;
}

static void forget(struct chan_fetch *fetch)
{
    memset(fetch, 0, sizeof(*fetch));
}

int chan_fetch_open(struct chan *chan, uint32_t number, const uint8_t sha256[SHA256_BYTES], uint32_t offset,
                    uint32_t length)
{
    struct chan_fetch *fetch = &chan->fetches[number];
    uint32_t credit = length < CHAN_FETCH_WINDOW_BYTES ? length : CHAN_FETCH_WINDOW_BYTES;
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_stream_open_tag };
    otr_StreamOpen *open = &message.body.stream_open;
    int status;

    if (fetch->stream_id != 0)
        return PORT_EINVAL;
    open->stream_id = new_stream_id(chan);
    open->credit = credit;
    open->which_what = otr_StreamOpen_blob_tag;
    open->what.blob.sha256.size = SHA256_BYTES;
    memcpy(open->what.blob.sha256.bytes, sha256, SHA256_BYTES);
    open->what.blob.offset = offset;
    open->what.blob.length = length;
    status = chan_send(chan, &message);
    if (status != 0)
        return status;
    fetch->stream_id = (uint16_t)open->stream_id;
    fetch->opened = false;
    fetch->wanted = length;
    fetch->outstanding = credit;
    fetch->ungranted = length - credit;
    return 0;
}

int chan_fetch_cancel(struct chan *chan, uint32_t number)
{
    struct chan_fetch *fetch = &chan->fetches[number];
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_stream_close_tag };
    int status;

    if (fetch->stream_id == 0)
        return 0;
    message.body.stream_close.stream_id = fetch->stream_id;
    message.body.stream_close.reason = otr_StreamStatus_STREAM_CANCELLED;
    status = chan_send(chan, &message);
    if (status == 0)
        forget(fetch);
    return status;
}

static void grant(struct chan *chan, struct chan_fetch *fetch)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_stream_credit_tag };
    uint32_t room = CHAN_FETCH_WINDOW_BYTES - fetch->outstanding;
    uint32_t bytes = fetch->ungranted < room ? fetch->ungranted : room;

    message.body.stream_credit.stream_id = fetch->stream_id;
    message.body.stream_credit.bytes = bytes;
    if (chan_send(chan, &message) != 0)
        return; /* no room: the next call tries again */
    fetch->ungranted -= bytes;
    fetch->outstanding += bytes;
}

void chan_fetch_grant(struct chan *chan)
{
    for (uint32_t i = 0; i < CHAN_FETCHES; i++) {
        struct chan_fetch *fetch = &chan->fetches[i];

        if (fetch->stream_id != 0 && fetch->ungranted > 0 &&
            fetch->outstanding <= CHAN_FETCH_WINDOW_BYTES / 2)
            grant(chan, fetch);
    }
}

int fetch_opened(struct chan *chan, const otr_StreamOpened *opened)
{
    uint32_t number;
    struct chan_fetch *fetch = find(chan, opened->stream_id, &number);

    if (fetch == NULL)
        return 0; /* cancelled meanwhile */
    if (fetch->opened)
        return PORT_EIO;
    if (opened->status != otr_StreamStatus_STREAM_OK) {
        forget(fetch);
        chan->sink->closed(chan->context, number, opened->status);
        return 0;
    }
    fetch->opened = true;
    chan->sink->opened(chan->context, number, opened->total_bytes);
    return 0;
}

int fetch_closed(struct chan *chan, const otr_StreamClose *close)
{
    uint32_t number;
    struct chan_fetch *fetch = find(chan, close->stream_id, &number);

    if (fetch == NULL)
        return 0;
    forget(fetch);
    chan->sink->closed(chan->context, number, close->reason);
    return 0;
}

int fetch_data(struct chan *chan, uint16_t stream_id, const uint8_t *data, uint32_t length)
{
    uint32_t number;
    struct chan_fetch *fetch = find(chan, stream_id, &number);

    if (fetch == NULL)
        return 0;
    if (!fetch->opened || length > fetch->outstanding)
        return PORT_EIO;
    fetch->outstanding -= length;
    fetch->wanted -= length;
    if (length > 0)
        chan->sink->data(chan->context, number, data, length);
    return 0;
}
