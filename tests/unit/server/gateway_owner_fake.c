/* SPDX-License-Identifier: Apache-2.0 */
/* Recording owner of a session machine. */
#include "unit/server/gateway_owner_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "proto/codec/codec.h"

static void op_send(void *owner, const otr_ServerMessage *m)
{
    struct owner_fake *o = owner;

    o->sent[o->sent_count++ % OWNER_SENT_MAX] = *m;
}

static void op_send_data(void *owner, uint16_t stream_id, const void *data, uint32_t len)
{
    struct owner_fake *o = owner;

    (void)data;
    o->data_stream = stream_id;
    o->data_bytes += len;
}

static bool op_is_writable(void *owner)
{
    return !((struct owner_fake *)owner)->not_writable;
}

static void op_look_up(void *owner)
{
    ((struct owner_fake *)owner)->look_ups++;
}

static uint64_t op_new_id(void *owner)
{
    return ((struct owner_fake *)owner)->session_id;
}

static enum gw_open_result op_open(void *owner)
{
    struct owner_fake *o = owner;

    o->opens++;
    return o->opened;
}

static void op_report(void *owner, const struct store_report *report)
{
    struct owner_fake *o = owner;

    o->reports++;
    o->report = *report;
}

static void op_report_keys(void *owner, const struct store_device_keys *keys)
{
    struct owner_fake *o = owner;

    o->keys_reports++;
    o->keys = *keys;
}

static void op_fetch_keys(void *owner, uint32_t sequence)
{
    struct owner_fake *o = owner;

    o->keys_fetches++;
    o->keys_sequence = sequence;
}

static void op_store_line(void *owner, const struct gw_line *line)
{
    struct owner_fake *o = owner;

    o->line_seq[o->lines++ % OWNER_LINES_MAX] = line->seq;
    memcpy(o->line_text, line->text, line->text_len);
    o->line_text[line->text_len] = '\0';
    (void)snprintf(o->line_type, sizeof o->line_type, "%s", line->type);
}

static void op_store_crash(void *owner, const struct store_crash *crash)
{
    struct owner_fake *o = owner;

    o->crashes++;
    o->crash = *crash;
}

static bool op_has_store_room(void *owner)
{
    return !((struct owner_fake *)owner)->no_room;
}

static void op_blob_open(void *owner, unsigned slot, const unsigned char sha256[SHA256_BYTES])
{
    struct owner_fake *o = owner;

    o->blob_opens++;
    o->blob_slot = slot;
    memcpy(o->blob_sha256, sha256, SHA256_BYTES);
}

static void op_blob_read(void *owner, unsigned slot, uint32_t offset, uint32_t len)
{
    struct owner_fake *o = owner;

    o->blob_reads++;
    o->blob_slot = slot;
    o->read_offset = offset;
    o->read_len = len;
}

static void op_blob_close(void *owner, unsigned slot)
{
    (void)slot;
    ((struct owner_fake *)owner)->blob_closes++;
}

static void op_close(void *owner, enum gw_session_end why, const char *words)
{
    struct owner_fake *o = owner;

    o->closes++;
    o->why = why;
    (void)snprintf(o->words, sizeof o->words, "%s", words);
}

static const struct gw_session_ops ops = {
    .send = op_send,
    .send_data = op_send_data,
    .is_writable = op_is_writable,
    .look_up = op_look_up,
    .new_id = op_new_id,
    .open = op_open,
    .report = op_report,
    .report_keys = op_report_keys,
    .fetch_keys = op_fetch_keys,
    .store_line = op_store_line,
    .store_crash = op_store_crash,
    .has_store_room = op_has_store_room,
    .blob_open = op_blob_open,
    .blob_read = op_blob_read,
    .blob_close = op_blob_close,
    .close = op_close,
};

static void fill_row(struct store_session *row, const unsigned char *key, int64_t wall_us)
{
    memcpy(row->device.sid, OWNER_SID, SID_BYTES);
    memcpy(row->device.key_sha256, key, SHA256_BYTES);
    row->device.restart_seq = 3;
    row->device.logging_until_us = wall_us + (int64_t)3600 * 1000000;
    row->has_target = true;
    memcpy(row->target.sid, OWNER_APP_SID, SID_BYTES);
    memset(row->target.manifest_sha256, 0xa1, SHA256_BYTES);
    row->target.manifest_bytes = 300;
    row->layer_count = 1;
    memset(row->layers[0].fetch_sha256, 0xb2, SHA256_BYTES);
    memset(row->layers[0].block_list_sha256, 0xc3, SHA256_BYTES);
}

void owner_fake_init(struct owner_fake *o)
{
    unsigned char key[SHA256_BYTES];

    memset(o, 0, sizeof *o);
    memset(key, 0x5a, sizeof key);
    o->at = (struct gw_moment){ .now_us = 1000000, .wall_us = (int64_t)1700000000 * 1000000 };
    o->session_id = 77;
    fill_row(&o->row, key, o->at.wall_us);
    gw_session_init(&o->session, &ops, o, 10000, o->at);
    gw_session_authenticated(&o->session, OWNER_SID, key);
}

void owner_fake_open(struct owner_fake *o)
{
    const otr_DeviceMessage hello = owner_fake_hello();

    owner_fake_input(o, &hello);
    gw_session_row(&o->session, ST_OK, &o->row, o->at);
}

void owner_fake_clear(struct owner_fake *o)
{
    gw_session_clear(&o->session);
}

void owner_fake_input(struct owner_fake *o, const otr_DeviceMessage *m)
{
    unsigned char frame[FRAME_HEADER_BYTES + CONTROL_MESSAGE_MAX_BYTES];
    const int len = codec_device_encode(m, frame + FRAME_HEADER_BYTES, CONTROL_MESSAGE_MAX_BYTES);
    struct frame_header header = { .stream_id = 0 };

    if (len < 0)
        abort();
    header.length = (uint16_t)len;
    frame_header_encode(header, frame);
    gw_session_input(&o->session, frame, FRAME_HEADER_BYTES + (size_t)len, o->at);
}

void owner_fake_advance_ms(struct owner_fake *o, int64_t ms)
{
    o->at.now_us += ms * 1000;
    o->at.wall_us += ms * 1000;
}

void owner_fake_tick(struct owner_fake *o)
{
    gw_session_tick(&o->session, o->at);
}

otr_DeviceMessage owner_fake_hello(void)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_hello_tag;
    m.body.hello.boot_id = 0x1234;
    m.body.hello.boot_count = 9;
    strcpy(m.body.hello.board, "mps2_an505");
    strcpy(m.body.hello.microvisor_version, "0.1.0");
    m.body.hello.has_app = true;
    m.body.hello.app.state = otr_AppState_APP_RUNNING;
    return m;
}

otr_DeviceMessage owner_fake_log(uint32_t seq, otr_LogKind kind, const char *text)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_log_tag;
    m.body.log.seq = seq;
    m.body.log.kind = kind;
    m.body.log.text.size = (pb_size_t)strlen(text);
    memcpy(m.body.log.text.bytes, text, strlen(text));
    return m;
}

otr_DeviceMessage owner_fake_stream_open(uint32_t id, uint32_t credit, const unsigned char *sha256,
                                         uint32_t offset, uint32_t length)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_stream_open_tag;
    m.body.stream_open.stream_id = id;
    m.body.stream_open.credit = credit;
    m.body.stream_open.which_what = otr_StreamOpen_blob_tag;
    m.body.stream_open.what.blob.sha256.size = SHA256_BYTES;
    memcpy(m.body.stream_open.what.blob.sha256.bytes, sha256, SHA256_BYTES);
    m.body.stream_open.what.blob.offset = offset;
    m.body.stream_open.what.blob.length = length;
    return m;
}

const otr_ServerMessage *owner_fake_last(const struct owner_fake *o)
{
    return &o->sent[(o->sent_count - 1) % OWNER_SENT_MAX];
}
