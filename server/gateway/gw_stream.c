/* SPDX-License-Identifier: Apache-2.0 */
/* Credit accounting of the streams of one session. */
#include "gateway/gw_stream.h"

#include <assert.h>
#include <string.h>

static bool is_open(const struct gw_stream *st)
{
    return st->state != GW_STREAM_FREE && st->state != GW_STREAM_DRAINING;
}

int gw_streams_find(const struct gw_streams *s, uint32_t id)
{
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        if (is_open(&s->slot[i]) && s->slot[i].id == id)
            return (int)i;
    return -1;
}

int gw_streams_add(struct gw_streams *s, uint16_t id, uint32_t credit, uint32_t offset, uint32_t length)
{
    unsigned open = 0;
    int free_slot = -1;

    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++) {
        if (is_open(&s->slot[i]))
            open++;
        if (s->slot[i].state == GW_STREAM_FREE)
            free_slot = (int)i;
    }
    if (open >= STREAMS_PER_DEVICE_MAX || free_slot < 0)
        return -1;
    s->slot[free_slot] = (struct gw_stream){
        .id = id, .state = GW_STREAM_OPENING, .offset = offset, .left = length, .credit = credit
    };
    return free_slot;
}

bool gw_streams_are_unused(const struct gw_streams *s)
{
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        if (s->slot[i].state != GW_STREAM_FREE)
            return false;
    return true;
}

bool gw_stream_begin(struct gw_stream *st, uint32_t total)
{
    assert(st->state == GW_STREAM_OPENING);
    if (st->offset > total)
        return false;
    if (st->left > total - st->offset)
        st->left = total - st->offset;
    st->state = GW_STREAM_READY;
    return true;
}

bool gw_stream_is_finished(const struct gw_stream *st)
{
    return st->state == GW_STREAM_READY && st->left == 0;
}

uint32_t gw_stream_next(struct gw_stream *st)
{
    uint32_t n = st->left < st->credit ? st->left : st->credit;

    if (st->state != GW_STREAM_READY || n == 0)
        return 0;
    if (n > FRAME_PAYLOAD_MAX_BYTES)
        n = FRAME_PAYLOAD_MAX_BYTES;
    st->state = GW_STREAM_READING;
    return n;
}

void gw_stream_sent(struct gw_stream *st, uint32_t bytes)
{
    assert(st->state == GW_STREAM_READING && bytes <= st->left && bytes <= st->credit);
    st->offset += bytes;
    st->left -= bytes;
    st->credit -= bytes;
    st->state = GW_STREAM_READY;
}

bool gw_stream_grant(struct gw_stream *st, uint32_t bytes)
{
    if (bytes > UINT32_MAX - st->credit)
        return false;
    st->credit += bytes;
    return true;
}

bool gw_stream_drop(struct gw_stream *st)
{
    assert(is_open(st));
    if (st->state == GW_STREAM_READY)
        st->state = GW_STREAM_FREE;
    else
        st->state = GW_STREAM_DRAINING;
    return st->state == GW_STREAM_FREE;
}

void gw_stream_drained(struct gw_stream *st)
{
    assert(st->state == GW_STREAM_DRAINING);
    st->state = GW_STREAM_FREE;
}
