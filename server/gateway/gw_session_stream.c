/* SPDX-License-Identifier: Apache-2.0 */
/* Blob streams of a session: what may be fetched, and the steps from StreamOpen to StreamClose (S3, S4). */
#include "gateway/gw_session_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static bool is_granted(const struct gw_session *s, const unsigned char *sha256)
{
    for (uint32_t i = 0; i < s->grant_count; i++)
        if (memcmp(s->grants[i], sha256, SHA256_BYTES) == 0)
            return true;
    return false;
}

static void send_opened(struct gw_session *s, uint32_t id, otr_StreamStatus status, uint32_t total)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_stream_opened_tag };

    m.body.stream_opened.stream_id = id;
    m.body.stream_opened.status = status;
    m.body.stream_opened.total_bytes = total;
    gw_session_send(s, &m);
}

static void send_closed(struct gw_session *s, uint32_t id, otr_StreamStatus reason)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_stream_close_tag };

    m.body.stream_close.stream_id = id;
    m.body.stream_close.reason = reason;
    gw_session_send(s, &m);
}

static void forget_unused(struct gw_session *s)
{
    if (s->streams != NULL && gw_streams_are_unused(s->streams)) {
        free(s->streams);
        s->streams = NULL;
    }
}

/* Ends an open stream on our side; READY streams hold a file. */
static void drop(struct gw_session *s, unsigned slot)
{
    if (gw_stream_drop(&s->streams->slot[slot]))
        s->ops->blob_close(s->owner, slot);
}

void gw_session_drop_streams(struct gw_session *s)
{
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++) {
        const uint8_t state = s->streams->slot[i].state;

        if (state != GW_STREAM_FREE && state != GW_STREAM_DRAINING)
            drop(s, i);
    }
    forget_unused(s);
}

/* Sends what credit and the write queue allow; ends the stream after its last byte. */
static void advance(struct gw_session *s, unsigned slot)
{
    struct gw_stream *st = &s->streams->slot[slot];
    uint32_t n;

    if (gw_stream_is_finished(st)) {
        const uint16_t id = st->id;

        drop(s, slot);
        forget_unused(s);
        send_closed(s, id, otr_StreamStatus_STREAM_OK);
        return;
    }
    if (!s->ops->is_writable(s->owner))
        return;
    n = gw_stream_next(st);
    if (n > 0)
        s->ops->blob_read(s->owner, slot, st->offset, n);
}

static otr_StreamStatus check_open(const struct gw_session *s, const otr_StreamOpen *open)
{
    if (open->which_what != otr_StreamOpen_blob_tag || open->what.blob.sha256.size != SHA256_BYTES)
        return otr_StreamStatus_STREAM_BAD_REQUEST;
    if (!is_granted(s, open->what.blob.sha256.bytes))
        return otr_StreamStatus_STREAM_FORBIDDEN;
    return otr_StreamStatus_STREAM_OK;
}

void gw_session_take_open(struct gw_session *s, const otr_StreamOpen *open)
{
    const otr_StreamStatus status = check_open(s, open);
    int slot;

    if (s->streams != NULL && gw_streams_find(s->streams, open->stream_id) >= 0) {
        gw_session_fault(s, "a stream id that is in use was opened");
        return;
    }
    if (status != otr_StreamStatus_STREAM_OK) {
        send_opened(s, open->stream_id, status, 0);
        return;
    }
    if (s->streams == NULL && (s->streams = calloc(1, sizeof *s->streams)) == NULL) {
        send_opened(s, open->stream_id, otr_StreamStatus_STREAM_FAILED, 0);
        return;
    }
    slot = gw_streams_add(s->streams, (uint16_t)open->stream_id, open->credit, open->what.blob.offset,
                          open->what.blob.length);
    if (slot < 0)
        send_opened(s, open->stream_id, otr_StreamStatus_STREAM_TOO_MANY, 0);
    else
        s->ops->blob_open(s->owner, (unsigned)slot, open->what.blob.sha256.bytes);
}

void gw_session_take_credit(struct gw_session *s, const otr_StreamCredit *credit)
{
    const int slot = s->streams == NULL ? -1 : gw_streams_find(s->streams, credit->stream_id);

    if (slot < 0)
        return; /* was under way when the stream was closed */
    if (!gw_stream_grant(&s->streams->slot[slot], credit->bytes))
        gw_session_fault(s, "the credit of a stream exceeds 4 GiB");
    else if (s->streams->slot[slot].state == GW_STREAM_READY)
        advance(s, (unsigned)slot);
}

void gw_session_take_close(struct gw_session *s, const otr_StreamClose *close)
{
    const int slot = s->streams == NULL ? -1 : gw_streams_find(s->streams, close->stream_id);

    if (slot < 0)
        return;
    drop(s, (unsigned)slot);
    forget_unused(s);
}

/* A disk operation finished. False when the stream is gone meanwhile; what is left of it is released. */
static bool is_still_wanted(struct gw_session *s, unsigned slot, bool has_file)
{
    struct gw_stream *st = &s->streams->slot[slot];

    if (st->state != GW_STREAM_DRAINING)
        return true;
    gw_stream_drained(st);
    if (has_file)
        s->ops->blob_close(s->owner, slot);
    forget_unused(s);
    return false;
}

/* Opening failed: the slot holds no file. */
static void refuse_open(struct gw_session *s, unsigned slot, otr_StreamStatus status)
{
    const uint16_t id = s->streams->slot[slot].id;

    (void)gw_stream_drop(&s->streams->slot[slot]);
    gw_stream_drained(&s->streams->slot[slot]);
    forget_unused(s);
    send_opened(s, id, status, 0);
}

void gw_session_blob_opened(struct gw_session *s, unsigned slot, int status, uint64_t total_bytes)
{
    struct gw_stream *st = &s->streams->slot[slot];

    if (!is_still_wanted(s, slot, status == ST_OK))
        return;
    if (status != ST_OK) {
        refuse_open(s, slot,
                    status == ST_NOT_FOUND ? otr_StreamStatus_STREAM_NOT_FOUND
                                           : otr_StreamStatus_STREAM_FAILED);
        return;
    }
    if (total_bytes > UINT32_MAX || !gw_stream_begin(st, (uint32_t)total_bytes)) {
        s->ops->blob_close(s->owner, slot);
        refuse_open(s, slot, otr_StreamStatus_STREAM_BAD_REQUEST);
        return;
    }
    send_opened(s, st->id, otr_StreamStatus_STREAM_OK, (uint32_t)total_bytes);
    if (s->state == GW_SESSION_OPEN)
        advance(s, slot);
}

void gw_session_blob_read(struct gw_session *s, unsigned slot, int status, const void *data, uint32_t len)
{
    struct gw_stream *st = &s->streams->slot[slot];
    const uint16_t id = st->id;

    if (!is_still_wanted(s, slot, true))
        return;
    if (status != ST_OK) {
        gw_stream_sent(st, 0);
        drop(s, slot);
        forget_unused(s);
        send_closed(s, id, otr_StreamStatus_STREAM_FAILED);
        return;
    }
    gw_stream_sent(st, len);
    s->ops->send_data(s->owner, id, data, len);
    if (s->state == GW_SESSION_OPEN)
        advance(s, slot);
}

void gw_session_writable(struct gw_session *s)
{
    for (unsigned i = 0; i < GW_STREAM_SLOTS && s->state == GW_SESSION_OPEN && s->streams != NULL; i++)
        if (s->streams->slot[i].state == GW_STREAM_READY)
            advance(s, i);
}
