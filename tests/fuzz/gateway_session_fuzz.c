/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a device may say inside TLS, well-formed or not, cut at random: the session machine must keep its promises.
 *
 * Checked: S4 data never exceeds credit (as far as the input granted any: bytes read from disk never exceed what was asked),
 * S5 no acknowledgement above what is stored, S8 no operation after the end, S10 no microvisor is wished that the device may not
 * have, S11 no acknowledgement of a crash report that is not stored, each opened file closed once.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_limits.h"
#include "gateway/gw_session.h"

#define CHECK(what)                                                                                          \
    do {                                                                                                     \
        if (!(what))                                                                                         \
            abort();                                                                                         \
    } while (0)

#define BLOB_BYTES   10000u
#define EVENTS_AFTER 40u /* what was asked for is answered after the last byte */

struct owner {
    struct gw_session session;
    struct gw_moment at;
    uint32_t random;
    bool ended, wants_row;
    uint32_t wants_keys; /* sequence; 0: none */
    uint32_t lines[GW_LOG_WAITING_MAX + GW_PLAIN_BYTES], line_count;
    uint64_t crashes[GW_CRASHES_WAITING_MAX], stored_crash;
    uint32_t crash_count;
    int opening[GW_STREAM_SLOTS], reading[GW_STREAM_SLOTS], files;
};

static uint32_t next_random(struct owner *o)
{
    o->random = o->random * 1664525u + 1013904223u;
    return o->random >> 8;
}

#define BOARD   "x" /* that the wanted microvisor is for */
#define RATCHET 3u  /* of it */

static void check_wish(const struct owner *o, const otr_Desired *wish)
{
    static const unsigned char wanted[SHA256_BYTES] = { 0xa4 };

    if (wish->microvisor_sha256.size == 0)
        return;
    CHECK(o->session.microvisor.known && o->session.microvisor.ratchet <= RATCHET);
    CHECK(strcmp(o->session.board, BOARD) == 0);
    CHECK(memcmp(o->session.microvisor.running_sha256, wanted, sizeof wanted) != 0);
}

static void op_send(void *owner, const otr_ServerMessage *m)
{
    struct owner *o = owner;

    CHECK(!o->ended);
    if (m->which_body == otr_ServerMessage_welcome_tag)
        check_wish(o, &m->body.welcome.desired);
    if (m->which_body == otr_ServerMessage_desired_tag)
        check_wish(o, &m->body.desired);
    if (m->which_body == otr_ServerMessage_crash_ack_tag)
        CHECK(m->body.crash_ack.report_id == o->stored_crash);
    if (m->which_body == otr_ServerMessage_log_ack_tag)
        for (uint32_t i = 0; i < o->line_count; i++)
            CHECK(o->lines[i] > m->body.log_ack.seq); /* lines that still wait are above it */
}

static void op_send_data(void *owner, uint16_t stream_id, const void *data, uint32_t len)
{
    struct owner *o = owner;

    (void)data;
    CHECK(!o->ended && (stream_id & 1) != 0 && len > 0 && len <= FRAME_PAYLOAD_MAX_BYTES);
}

static bool op_is_writable(void *owner)
{
    return next_random(owner) % 4 != 0;
}

static void op_look_up(void *owner)
{
    struct owner *o = owner;

    CHECK(!o->ended && !o->wants_row);
    o->wants_row = true;
}

static uint64_t op_new_id(void *owner)
{
    CHECK(!((struct owner *)owner)->ended);
    return 1;
}

static enum gw_open_result op_open(void *owner)
{
    CHECK(!((struct owner *)owner)->ended);
    return next_random(owner) % 16 == 0 ? GW_OPEN_STALE : GW_OPENED;
}

static void op_report(void *owner, const struct store_report *report)
{
    CHECK(!((struct owner *)owner)->ended);
    CHECK(memchr(report->board, 0, sizeof report->board) != NULL);
}

static void op_report_keys(void *owner, const struct store_device_keys *keys)
{
    CHECK(!((struct owner *)owner)->ended && keys->status_len <= sizeof keys->status);
}

static void op_fetch_keys(void *owner, uint32_t sequence)
{
    struct owner *o = owner;

    CHECK(!o->ended && o->wants_keys == 0 && sequence != 0); /* S10 */
    o->wants_keys = sequence;
}

static void op_store_line(void *owner, const struct gw_line *line)
{
    struct owner *o = owner;

    CHECK(!o->ended && line->text_len <= LOG_TEXT_MAX_BYTES && line->text[line->text_len] == '\0');
    CHECK(strlen(line->text) == line->text_len);
    CHECK(o->line_count < GW_LOG_WAITING_MAX + GW_PLAIN_BYTES); /* S7: paused soon after the limit */
    o->lines[o->line_count++] = line->seq;
}

static void op_store_crash(void *owner, const struct store_crash *crash)
{
    struct owner *o = owner;

    CHECK(!o->ended && crash->report_id != 0 && o->crash_count < GW_CRASHES_WAITING_MAX);
    CHECK(crash->registers_len <= sizeof crash->registers && crash->stack_len <= sizeof crash->stack &&
          crash->sealed_len <= sizeof crash->sealed);
    CHECK(crash->sealed_len == 0 || crash->registers_len + crash->stack_len == 0);
    o->crashes[o->crash_count++] = crash->report_id;
}

static bool op_has_store_room(void *owner)
{
    return next_random(owner) % 8 != 0;
}

static void op_blob_open(void *owner, unsigned slot, const unsigned char sha256[SHA256_BYTES])
{
    struct owner *o = owner;

    CHECK(!o->ended && slot < GW_STREAM_SLOTS && sha256[0] >= 0xa1 && sha256[0] <= 0xa5);
    CHECK(!o->opening[slot] && !o->reading[slot]);
    o->opening[slot] = 1;
}

static void op_blob_read(void *owner, unsigned slot, uint32_t offset, uint32_t len)
{
    struct owner *o = owner;

    CHECK(!o->ended && !o->reading[slot] && !o->opening[slot]);
    CHECK(len > 0 && len <= FRAME_PAYLOAD_MAX_BYTES && offset <= BLOB_BYTES && len <= BLOB_BYTES - offset);
    o->reading[slot] = (int)len;
}

static void op_blob_close(void *owner, unsigned slot)
{
    struct owner *o = owner;

    CHECK(!o->opening[slot] && !o->reading[slot] && o->files > 0);
    o->files--;
}

static void op_close(void *owner, enum gw_session_end why, const char *words)
{
    struct owner *o = owner;

    CHECK(!o->ended && why != GW_END_NONE && words[0] != '\0');
    o->ended = true;
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

static void answer_keys(struct owner *o)
{
    static const unsigned char message[NEW_KEYS_MAX_BYTES];
    const uint32_t sequence = o->wants_keys;

    o->wants_keys = 0;
    gw_session_keys(&o->session, next_random(o) % 4 == 0 ? ST_NOT_FOUND : ST_OK, sequence, message,
                    next_random(o) % sizeof message);
}

static void answer_row(struct owner *o)
{
    struct store_session row;

    memset(&row, 0, sizeof row);
    memset(row.device.key_sha256, 5, sizeof row.device.key_sha256);
    row.device.logging_until_us = o->at.wall_us + 1000000 * (int64_t)(next_random(o) % 3);
    row.has_target = next_random(o) % 8 != 0;
    strcpy(row.target.sid, "KA00112233445566778899aabbccddeeff");
    memset(row.target.manifest_sha256, 0xa1, SHA256_BYTES);
    memset(row.layers[0].fetch_sha256, 0xa2, SHA256_BYTES);
    memset(row.layers[0].block_list_sha256, 0xa3, SHA256_BYTES);
    row.layer_count = 1;
    row.device.wanted.position = next_random(o) % 4 != 0;
    row.device.wanted.ratchet = RATCHET;
    row.device.wanted.manifest_bytes = 100;
    strcpy(row.device.wanted.board, BOARD);
    row.device.wanted.manifest_sha256[0] = 0xa4;
    row.device.wanted.image_sha256[0] = 0xa5;
    o->wants_row = false;
    gw_session_row(&o->session, ST_OK, &row, o->at);
}

static void answer_slot(struct owner *o, unsigned slot)
{
    static const unsigned char data[FRAME_PAYLOAD_MAX_BYTES];
    const int len = o->reading[slot];

    if (o->opening[slot]) {
        const int status = next_random(o) % 8 == 0 ? ST_NOT_FOUND : ST_OK;

        o->opening[slot] = 0;
        o->files += status == ST_OK;
        gw_session_blob_opened(&o->session, slot, status, BLOB_BYTES);
    } else if (len > 0) {
        o->reading[slot] = 0;
        gw_session_blob_read(&o->session, slot, next_random(o) % 16 == 0 ? ST_IO : ST_OK, data,
                             (uint32_t)len);
    }
}

static void answer_lines(struct owner *o)
{
    const uint32_t n = o->line_count == 0 ? 0 : 1 + next_random(o) % o->line_count;

    for (uint32_t i = 0; i < n; i++)
        gw_session_line_stored(&o->session, o->lines[i]);
    o->line_count -= n;
    memmove(o->lines, o->lines + n, o->line_count * sizeof *o->lines);
    gw_session_ack(&o->session, o->at);
}

static void answer_crash(struct owner *o)
{
    if (o->crash_count == 0)
        return;
    o->stored_crash = o->crashes[0];
    memmove(o->crashes, o->crashes + 1, --o->crash_count * sizeof *o->crashes);
    gw_session_crash_stored(&o->session, o->stored_crash);
}

/* Something that the world does between two reads. */
static void happen(struct owner *o)
{
    if (o->ended)
        return;
    switch (next_random(o) % 8) {
    case 0:
        answer_lines(o);
        break;
    case 1:
        gw_session_changed(&o->session);
        break;
    case 2:
        o->at.now_us += next_random(o) % 3000000;
        o->at.wall_us += next_random(o) % 3000000;
        gw_session_tick(&o->session, o->at);
        break;
    case 3:
        gw_session_writable(&o->session);
        answer_crash(o);
        break;
    default:
        answer_slot(o, next_random(o) % GW_STREAM_SLOTS);
        break;
    }
    if (o->wants_row)
        answer_row(o);
    if (o->wants_keys != 0 && next_random(o) % 2 == 0)
        answer_keys(o);
}

static void finish(struct owner *o)
{
    gw_session_lost(&o->session, "end of input");
    CHECK(o->session.state == GW_SESSION_CLOSED && o->ended);
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        answer_slot(o, i);
    if (o->wants_keys != 0)
        answer_keys(o); /* too late: nobody is sent anything */
    CHECK(o->files == 0);
    gw_session_clear(&o->session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[SHA256_BYTES] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
                                                     5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 };
    struct owner o = { .at = { .now_us = 1, .wall_us = 1000000000 }, .random = (uint32_t)size };

    log_init("fuzz", LOG_LEVEL_ERROR); /* what it logs is not looked at */
    for (size_t i = 0; i < size; i++)
        o.random = (o.random ^ data[i]) * 16777619u;
    gw_session_init(&o.session, &ops, &o, 10000, o.at);
    gw_session_authenticated(&o.session, "UV00112233445566778899aabbccddeeff", key);
    while (size > 0 && !o.ended) {
        size_t n = 1 + next_random(&o) % 120;

        n = n < size ? n : size;
        gw_session_input(&o.session, data, n, o.at);
        data += n;
        size -= n;
        for (unsigned i = next_random(&o) % 6; i > 0; i--)
            happen(&o);
        if (o.wants_row)
            answer_row(&o);
    }
    for (unsigned i = 0; i < EVENTS_AFTER && !o.ended; i++)
        happen(&o);
    finish(&o);
    return 0;
}
