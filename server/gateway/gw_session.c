/* SPDX-License-Identifier: Apache-2.0 */
/* Life of a session: frames in, dispatch, deadlines, ends. gw_session.h has the diagram and the invariants.
 */
#include "gateway/gw_session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_control.h"
#include "gateway/gw_limits.h"
#include "gateway/gw_session_parts.h"

#define US_PER_MS 1000

const char *gw_session_end_name(enum gw_session_end why)
{
    static const char *const names[] = {
        [GW_END_NONE] = "none",         [GW_END_PEER] = "lost",         [GW_END_SILENT] = "silent",
        [GW_END_LATE] = "late",         [GW_END_PROTOCOL] = "protocol", [GW_END_REFUSED] = "refused",
        [GW_END_REPLACED] = "replaced", [GW_END_BUSY] = "busy",         [GW_END_SHUTDOWN] = "shutdown",
        [GW_END_MEMORY] = "memory",
    };

    return names[why];
}

void gw_session_set_state(struct gw_session *s, enum gw_session_state state)
{
    static const char *const names[] = { "handshake", "hello", "look_up", "open", "closed" };

    log_debug("session_state", "device", s->sid, "from", names[s->state], "to", names[state]);
    s->state = (uint8_t)state;
}

void gw_session_init(struct gw_session *s, const struct gw_session_ops *ops, void *owner,
                     uint32_t heartbeat_ms, struct gw_moment at)
{
    memset(s, 0, sizeof *s);
    s->ops = ops;
    s->owner = owner;
    s->heartbeat_ms = heartbeat_ms;
    s->heard_us = at.now_us;
    s->deadline_us = at.now_us + (int64_t)HANDSHAKE_TIMEOUT_MS * US_PER_MS;
    frame_parser_init(&s->frames, NULL);
    gw_logflow_init(&s->logs, at.now_us);
}

void gw_session_clear(struct gw_session *s)
{
    if (s->streams != NULL)
        gw_session_drop_streams(s);
    free(s->streams);
    free(s->frames.buffer);
    free(s->grants);
    free(s->hello);
    s->streams = NULL;
    s->frames.buffer = NULL;
    s->grants = NULL;
    s->hello = NULL;
    s->state = GW_SESSION_CLOSED;
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static void end(struct gw_session *s, enum gw_session_end why, const char *words)
{
    if (s->streams != NULL)
        gw_session_drop_streams(s);
    gw_session_set_state(s, GW_SESSION_CLOSED);
    s->ops->close(s->owner, why, words);
}

void gw_session_send(struct gw_session *s, const otr_ServerMessage *m)
{
    s->ops->send(s->owner, m);
}

void gw_session_refuse(struct gw_session *s, enum gw_session_end why, otr_ByeReason bye, const char *words,
                       uint32_t retry_after_ms)
{
    otr_ServerMessage m = otr_ServerMessage_init_zero;

    if (s->state == GW_SESSION_CLOSED)
        return;
    if (s->state != GW_SESSION_HANDSHAKE) {
        m.which_body = otr_ServerMessage_bye_tag;
        m.body.bye.reason = bye;
        m.body.bye.retry_after_ms = retry_after_ms;
        strncpy(m.body.bye.text, words, sizeof m.body.bye.text - 1);
        gw_session_send(s, &m);
    }
    end(s, why, words);
}

void gw_session_fault(struct gw_session *s, const char *words)
{
    gw_session_refuse(s, GW_END_PROTOCOL, otr_ByeReason_BYE_PROTOCOL_ERROR, words, 0);
}

void gw_session_replaced(struct gw_session *s)
{
    gw_session_refuse(s, GW_END_REPLACED, otr_ByeReason_BYE_REPLACED,
                      "a newer connection of this device exists", 0);
}

void gw_session_revoked(struct gw_session *s)
{
    gw_session_refuse(s, GW_END_REFUSED, otr_ByeReason_BYE_REVOKED, "this device was revoked",
                      GW_RETRY_REFUSED_MS);
}

void gw_session_shutdown(struct gw_session *s)
{
    gw_session_refuse(s, GW_END_SHUTDOWN, otr_ByeReason_BYE_SHUTDOWN, "the gateway stops",
                      GW_RETRY_SHUTDOWN_MS);
}

void gw_session_lost(struct gw_session *s, const char *words)
{
    if (s->state != GW_SESSION_CLOSED)
        end(s, GW_END_PEER, words);
}

/* ---- input --------------------------------------------------------------------------------------- */

void gw_session_authenticated(struct gw_session *s, const char *sid,
                              const unsigned char key_sha256[SHA256_BYTES])
{
    if (s->state != GW_SESSION_HANDSHAKE)
        return;
    memcpy(s->sid, sid, SID_BYTES);
    memcpy(s->key_sha256, key_sha256, SHA256_BYTES);
    gw_session_set_state(s, GW_SESSION_HELLO);
}

static void take_hello(struct gw_session *s, const otr_Hello *hello, struct gw_moment at)
{
    s->hello = malloc(sizeof *s->hello);
    if (s->hello == NULL) {
        end(s, GW_END_MEMORY, "no memory for a Hello");
        return;
    }
    *s->hello = *hello;
    s->boot_id = hello->boot_id;
    memcpy(s->board, hello->board, sizeof s->board);
    if (hello->has_microvisor)
        (void)gw_session_learn_microvisor(s, &hello->microvisor); /* the row is looked up anyway */
    s->id = s->ops->new_id(s->owner);
    s->deadline_us = at.now_us + (int64_t)GW_LOOK_UP_MAX_MS * US_PER_MS;
    gw_session_set_state(s, GW_SESSION_LOOK_UP);
    gw_session_look_up(s);
}

static void answer_ping(struct gw_session *s, const otr_Ping *ping)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_pong_tag };

    m.body.pong.nonce = ping->nonce;
    gw_session_send(s, &m);
}

static void dispatch_open(struct gw_session *s, const otr_DeviceMessage *m, struct gw_moment at)
{
    switch (m->which_body) {
    case otr_DeviceMessage_app_status_tag:
        gw_session_take_status(s, &m->body.app_status, at);
        break;
    case otr_DeviceMessage_microvisor_status_tag:
        gw_session_take_microvisor(s, &m->body.microvisor_status, at);
        break;
    case otr_DeviceMessage_crash_report_tag:
        gw_session_take_crash(s, &m->body.crash_report, at);
        break;
    case otr_DeviceMessage_log_tag:
        gw_session_take_log(s, &m->body.log, at);
        break;
    case otr_DeviceMessage_stream_open_tag:
        gw_session_take_open(s, &m->body.stream_open);
        break;
    case otr_DeviceMessage_stream_credit_tag:
        gw_session_take_credit(s, &m->body.stream_credit);
        break;
    case otr_DeviceMessage_stream_close_tag:
        gw_session_take_close(s, &m->body.stream_close);
        break;
    case otr_DeviceMessage_keys_request_tag:
        gw_session_take_keys_request(s, &m->body.keys_request);
        break;
    case otr_DeviceMessage_keys_status_tag:
        gw_session_take_keys_status(s, &m->body.keys_status, at);
        break;
    case otr_DeviceMessage_ping_tag:
        answer_ping(s, &m->body.ping);
        break;
    case otr_DeviceMessage_hello_tag:
        gw_session_fault(s, "a second Hello");
        break;
    default: /* nothing that this server takes: skipped, like one that it does not know */
        break;
    }
}

static void dispatch(struct gw_session *s, const otr_DeviceMessage *m, struct gw_moment at)
{
    switch ((enum gw_session_state)s->state) {
    case GW_SESSION_HELLO:
        if (m->which_body == otr_DeviceMessage_hello_tag)
            take_hello(s, &m->body.hello, at);
        else
            gw_session_fault(s, "the first message is not Hello");
        break;
    case GW_SESSION_LOOK_UP:
        gw_session_fault(s, "a message before Welcome");
        break;
    case GW_SESSION_OPEN:
        dispatch_open(s, m, at);
        break;
    case GW_SESSION_HANDSHAKE:
    case GW_SESSION_CLOSED:
        break;
    }
}

static void take_control(struct gw_session *s, const unsigned char *data, size_t len, struct gw_moment at)
{
    otr_DeviceMessage m;
    const char *why;

    switch (gw_control_decode(data, len, &m, &why)) {
    case GW_CONTROL_OK:
        dispatch(s, &m, at);
        break;
    case GW_CONTROL_SKIP:
        break;
    case GW_CONTROL_BAD:
        gw_session_fault(s, why);
        break;
    }
}

/* Memory for a control message in pieces is held only while it is incomplete. */
static bool lend_buffer(struct gw_session *s)
{
    uint8_t *buffer = malloc(CONTROL_MESSAGE_MAX_BYTES);

    if (buffer != NULL)
        frame_parser_lend(&s->frames, buffer);
    return buffer != NULL;
}

/* One item of the input; false when there is nothing more to do with it. */
static bool take_item(struct gw_session *s, const unsigned char **data, size_t *len, struct gw_moment at)
{
    struct frame_item item;

    switch (frame_parser_next(&s->frames, data, len, &item)) {
    case FRAME_CONTROL:
        take_control(s, item.data, item.length, at);
        return true;
    case FRAME_DATA: /* no stream carries bytes to the server yet: none is open in this direction */
        return true;
    case FRAME_WANT_BUFFER:
        if (lend_buffer(s))
            return true;
        end(s, GW_END_MEMORY, "no memory for a frame");
        return false;
    case FRAME_BROKEN:
        gw_session_fault(s, "a frame is longer than its limit");
        return false;
    case FRAME_MORE:
    default:
        return false;
    }
}

void gw_session_input(struct gw_session *s, const unsigned char *data, size_t len, struct gw_moment at)
{
    assert(s->state != GW_SESSION_HANDSHAKE);
    s->heard_us = at.now_us;
    while (s->state != GW_SESSION_CLOSED && take_item(s, &data, &len, at))
        ;
    free(frame_parser_reclaim(&s->frames));
}

/* ---- time ---------------------------------------------------------------------------------------- */

static int64_t silence_us(const struct gw_session *s)
{
    return (int64_t)s->heartbeat_ms * US_PER_MS * DEAD_PEER_HEARTBEATS_X2 / 2;
}

static void tick_open(struct gw_session *s, struct gw_moment at)
{
    if (!s->paused && at.now_us >= s->heard_us + silence_us(s)) {
        end(s, GW_END_SILENT, "nothing heard for 2.5 heartbeats");
        return;
    }
    gw_session_log_tick(s, at);
    gw_session_expire_logging(s, at);
    if (s->state == GW_SESSION_OPEN && at.now_us >= s->refresh_us) {
        s->refresh_us = at.now_us + (int64_t)GW_ROW_REFRESH_MS * US_PER_MS;
        gw_session_look_up(s);
    }
}

void gw_session_tick(struct gw_session *s, struct gw_moment at)
{
    switch ((enum gw_session_state)s->state) {
    case GW_SESSION_HANDSHAKE:
    case GW_SESSION_HELLO:
        if (at.now_us >= s->deadline_us)
            end(s, GW_END_LATE, "no Hello in time");
        break;
    case GW_SESSION_LOOK_UP:
        if (at.now_us >= s->deadline_us)
            gw_session_refuse(s, GW_END_BUSY, otr_ByeReason_BYE_BUSY, "the store does not answer",
                              GW_RETRY_BUSY_MS);
        break;
    case GW_SESSION_OPEN:
        tick_open(s, at);
        break;
    case GW_SESSION_CLOSED:
        break;
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t gw_session_deadline_us(const struct gw_session *s, struct gw_moment at)
{
    int64_t due;

    if (s->state == GW_SESSION_CLOSED)
        return INT64_MAX;
    if (s->state != GW_SESSION_OPEN)
        return s->deadline_us;
    due = s->paused ? gw_session_log_deadline_us(s) : s->heard_us + silence_us(s);
    due = sooner(due, s->refresh_us);
    if (s->desired.logging_enabled)
        due = sooner(due, at.now_us + (s->logging_until_us - at.wall_us));
    return due;
}

bool gw_session_wants_input(const struct gw_session *s)
{
    return s->state != GW_SESSION_CLOSED && !s->paused;
}
