/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of a session: which are stored, when they are acknowledged, when a flood is held back (S5, S7).
 */
#include "gateway/gw_session_parts.h"

#include <assert.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "gateway/gw_text.h"

#define US_PER_MS 1000

static void send_ack(struct gw_session *s, uint32_t seq, struct gw_moment at)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_log_ack_tag };

    m.body.log_ack.seq = seq;
    s->acked_us = at.now_us;
    gw_session_send(s, &m);
}

void gw_session_ack(struct gw_session *s, struct gw_moment at)
{
    uint32_t seq;

    if (s->state == GW_SESSION_OPEN && gw_logflow_ack(&s->logs, &seq))
        send_ack(s, seq, at);
}

static bool is_wanted(const struct gw_session *s, const otr_Log *log, struct gw_moment at)
{
    return log->kind != otr_LogKind_LOG_APP || s->logging_until_us > at.wall_us;
}

static void store_line(struct gw_session *s, const otr_Log *log)
{
    char text[LOG_TEXT_MAX_BYTES + 1];
    struct gw_line line = { .boot_id = s->boot_id,
                            .seq = log->seq,
                            .device_us = log->device_us,
                            .type = gw_text_log_type(log->kind),
                            .text = text,
                            .dropped = log->dropped };

    if (log->kind == otr_LogKind_LOG_CRASH && log->has_crash)
        line.text_len = gw_text_crash(&log->crash, text, sizeof text);
    else
        line.text_len = gw_text_utf8(log->text.bytes, log->text.size, text);
    gw_logflow_waits(&s->logs);
    s->ops->store_line(s->owner, &line);
}

static void pause_if_due(struct gw_session *s, struct gw_moment at)
{
    if (s->state != GW_SESSION_OPEN)
        return;
    if (s->logs.waiting > 0 && !s->ops->has_store_room(s->owner))
        s->wait_store = true;
    if (s->wait_store || gw_logflow_is_full(&s->logs) || gw_logflow_is_over_budget(&s->logs, at.now_us))
        s->paused = true;
}

void gw_session_charge(struct gw_session *s, uint32_t lines, struct gw_moment at)
{
    gw_logflow_charge(&s->logs, lines, at.now_us);
    pause_if_due(s, at);
}

void gw_session_take_log(struct gw_session *s, const otr_Log *log, struct gw_moment at)
{
    switch (gw_logflow_take(&s->logs, log->seq, at.now_us)) {
    case GW_LOGFLOW_NEW:
        if (is_wanted(s, log, at))
            store_line(s, log);
        else
            gw_session_ack(s, at);
        break;
    case GW_LOGFLOW_REPEATED:
        if (log->seq <= s->logs.acked)
            send_ack(s, s->logs.acked, at);
        break;
    case GW_LOGFLOW_GAP:
        gw_session_fault(s, "a log line's seq does not follow the one before");
        return;
    }
    pause_if_due(s, at);
}

void gw_session_line_stored(struct gw_session *s, uint32_t seq)
{
    gw_logflow_stored(&s->logs, seq);
    s->wait_store = false;
}

/* Lines are stored in batches; half the allowance must be free again, so that the device is not paused at
 * each line. */
static bool may_resume(const struct gw_session *s, struct gw_moment at)
{
    return !s->wait_store && s->logs.waiting <= GW_LOG_WAITING_MAX / 2 &&
           at.now_us >= gw_logflow_resume_us(&s->logs);
}

static int64_t keep_alive_us(const struct gw_session *s)
{
    return s->acked_us + (int64_t)s->heartbeat_ms * US_PER_MS;
}

void gw_session_log_tick(struct gw_session *s, struct gw_moment at)
{
    if (!s->paused)
        return;
    if (may_resume(s, at)) {
        s->paused = false;
        s->heard_us = at.now_us; /* what it said meanwhile is still in the socket */
    } else if (at.now_us >= keep_alive_us(s)) {
        send_ack(s, s->logs.acked, at);
    }
}

int64_t gw_session_log_deadline_us(const struct gw_session *s)
{
    const int64_t alive = keep_alive_us(s);
    const int64_t resume = gw_logflow_resume_us(&s->logs);

    return !s->wait_store && s->logs.waiting <= GW_LOG_WAITING_MAX / 2 && resume < alive ? resume : alive;
}
