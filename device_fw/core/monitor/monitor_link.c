/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out what the link machine decides: opens and closes the TLS stream, moves bytes between it and the channel, greets,
 * and takes the server's messages. Events that close the stream are noted while the channel works and acted on after it.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/line.h"
#include "core/kv/kv.h"
#include "core/log/log.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_boot.h"
#include "port/port_power.h"
#include "port/port_status.h"
#include "port/port_stream.h"

/* Safety net: the board wakes the thread for network events, this only bounds what a lost one costs. */
#define POLL_US 50000u

static void feed(struct monitor *m, enum link_event event, uint32_t value);

static void print_state(enum link_state from, enum link_state to)
{
    struct line line;

    line_start(&line, "link");
    line_key_text(&line, "from", link_state_name(from));
    line_key_text(&line, "to", link_state_name(to));
    line_print(&line);
}

static void close_stream(struct monitor *m)
{
    port_stream_close();
    chan_reset(&m->chan);
    memset(m->cancel_pending, 0, sizeof(m->cancel_pending));
    m->status_known = false;
    m->crash_sent = 0;
    m->stream_lost = false;
    m->bye = false;
    ota_link(&m->ota, false, m->now_us);
    self_link(&m->self, false, m->now_us);
    monitor_keys_reset(m);
}

/* After a refusal the clock counts for nothing until a server has set it again: it may be what was wrong. */
static void open_stream(struct monitor *m)
{
    uint64_t wall_s = m->clock_doubted ? 0 : sys_wall_time_us(m->now_us) / 1000000u;

    identity_stream(&m->identity, &m->stream_identity);
    keyring_stream(&m->keyring, &m->stream_identity);
    if (port_stream_open(&m->stream_identity, wall_s > m->time_floor_s ? wall_s : m->time_floor_s) != 0)
        m->stream_lost = true;
}

static void send_hello(struct monitor *m)
{
    const struct port_boot_build *build = port_boot_build();
    otr_Hello *hello = &m->message.body.hello;

    memset(hello, 0, sizeof(*hello));
    m->message.which_body = otr_DeviceMessage_hello_tag;
    hello->protocol_minor = PROTO_MINOR;
    strncpy(hello->microvisor_version, build->version, sizeof(hello->microvisor_version) - 1);
    hello->microvisor_number = build->number;
    strncpy(hello->board, port_board_name(), sizeof(hello->board) - 1);
    hello->boot_id = m->boot_id;
    hello->boot_count = m->boot_count;
    hello->reset_reason = (otr_ResetReason)port_reset_reason();
    hello->uptime_us = m->now_us;
    monitor_status_hello(m, hello);
    monitor_keys_greet(m, hello);
    (void)chan_send(&m->chan, &m->message); /* the first message of a channel always has room */
}

static void send_ping(struct monitor *m)
{
    m->message.which_body = otr_DeviceMessage_ping_tag;
    m->message.body.ping.nonce = m->link.nonce;
    (void)chan_send(&m->chan, &m->message); /* no room: other bytes are on their way and prove the same */
}

static enum mv_network_status network_status(enum link_state state)
{
    switch (state) {
    case LINK_UP:
        return MV_NETWORK_CONNECTED;
    case LINK_OPENING:
    case LINK_GREETING:
        return MV_NETWORK_CONNECTING;
    case LINK_RESTING:
        return MV_NETWORK_DELIBERATELY_OFFLINE;
    default:
        return MV_NETWORK_DISCONNECTED;
    }
}

static void feed(struct monitor *m, enum link_event event, uint32_t value)
{
    struct link_input input = { event, value, monitor_random(m), m->now_us };
    enum link_state from = m->link.state;
    uint32_t actions = link_fsm_step(&m->link, &input);

    if (actions & LINK_CLOSE)
        close_stream(m);
    if (actions & LINK_OPEN)
        open_stream(m);
    if (actions & LINK_SEND_HELLO)
        send_hello(m);
    if (actions & LINK_SEND_PING)
        send_ping(m);
    if (m->link.state != from) {
        print_state(from, m->link.state);
        sys_set_network(network_status(m->link.state), m->now_us);
    }
}

static void lost(struct monitor *m, const char *why)
{
    struct line line;

    line_start(&line, "link lost");
    line_key_text(&line, "reason", why);
    line_print(&line);
    m->stream_lost = true;
}

void monitor_link_renew(struct monitor *m, const char *why)
{
    lost(m, why);
}

/* The floor outlives everything, so a wrong one would shut the device out for good: it stays in the first half of the
 * validity of the certificate that vouches for it, which leaves the server the other half to be accepted and to renew. */
static void raise_floor(struct monitor *m, uint64_t wall_s, const struct port_stream_validity *valid)
{
    uint64_t most_s = valid->from_s + (valid->until_s - valid->from_s) / 2;
    uint64_t floor_s = wall_s < most_s ? wall_s : most_s;
    uint8_t raw[8];

    if (floor_s < m->time_floor_s + TIME_FLOOR_STEP_S)
        return;
    m->time_floor_s = floor_s;
    bytes_put_u64(raw, floor_s);
    (void)kv_put(KV_TIME_FLOOR, raw, sizeof(raw)); /* tried again a few hours later */
}

/* A time at which the server's own certificate is not valid is wrong: without it the server would not have got this far. */
static void keep_time(struct monitor *m, uint64_t wall_time_us)
{
    uint64_t wall_s = wall_time_us / 1000000u;
    struct port_stream_validity valid;
    struct line line;

    port_stream_validity(&valid);
    if (wall_s < valid.from_s || wall_s > valid.until_s) {
        line_start(&line, "link time refused");
        line_key_number(&line, "unix_s", wall_s);
        line_key_number(&line, "certificate_from", valid.from_s);
        line_key_number(&line, "certificate_until", valid.until_s);
        line_print(&line);
        return;
    }
    sys_set_wall_time(wall_time_us, m->now_us);
    m->clock_doubted = false;
    raise_floor(m, wall_s, &valid);
}

static void take_welcome(struct monitor *m, const otr_Welcome *welcome)
{
    struct line line;

    if (m->link.state != LINK_GREETING) {
        lost(m, "second welcome");
        return;
    }
    line_start(&line, "link welcomed");
    line_key_number(&line, "session", welcome->session_id);
    line_key_number(&line, "heartbeat_ms", welcome->heartbeat_ms);
    line_print(&line);
    feed(m, LINK_WELCOME, welcome->heartbeat_ms);
    keep_time(m, welcome->wall_time_us);
    log_ring_rewind();
    self_link(&m->self, true, m->now_us);
    ota_link(&m->ota, true, m->now_us);
    if (welcome->has_desired)
        monitor_apply_desired(m, &welcome->desired);
}

static void take_bye(struct monitor *m, const otr_Bye *bye)
{
    struct line line;

    line_start(&line, "link bye");
    line_key_number(&line, "reason", bye->reason);
    line_key_number(&line, "retry_after_ms", bye->retry_after_ms);
    line_key_text(&line, "text", bye->text);
    line_print(&line);
    m->bye = true;
    m->bye_retry_ms = bye->retry_after_ms;
}

static void take_message(void *context, const otr_ServerMessage *message)
{
    struct monitor *m = context;

    if (m->stream_lost || m->bye)
        return; /* the session is over */
    if (message->which_body == otr_ServerMessage_welcome_tag)
        take_welcome(m, &message->body.welcome);
    else if (message->which_body == otr_ServerMessage_bye_tag)
        take_bye(m, &message->body.bye);
    else if (m->link.state != LINK_UP)
        lost(m, "message before welcome");
    else if (message->which_body == otr_ServerMessage_desired_tag)
        monitor_apply_desired(m, &message->body.desired);
    else if (message->which_body == otr_ServerMessage_crash_ack_tag)
        monitor_crash_ack(m, message->body.crash_ack.report_id);
    else if (message->which_body == otr_ServerMessage_keys_update_tag)
        monitor_keys_take(m, &message->body.keys_update);
    else if (message->which_body == otr_ServerMessage_log_ack_tag && !log_ring_ack(message->body.log_ack.seq))
        lost(m, "acknowledgement of lines that were not sent");
}

void monitor_link_init(struct monitor *m)
{
    link_fsm_init(&m->link);
    chan_init(&m->chan, take_message, &monitor_fetch_sink, m);
}

void monitor_link_enable(struct monitor *m)
{
    feed(m, LINK_ENABLE, 0);
}

void monitor_link_rest(struct monitor *m)
{
    feed(m, LINK_REST, 0);
}

void monitor_link_resume(struct monitor *m)
{
    feed(m, LINK_RESUME, 0);
}

/* False when it stopped before everything was read. */
static bool receive_bytes(struct monitor *m)
{
    for (uint32_t i = 0; i < MONITOR_RX_ROUNDS && !m->stream_lost && !m->bye; i++) {
        int count = port_stream_read(m->rx, sizeof(m->rx));

        if (count == PORT_AGAIN)
            return true;
        if (count <= 0) {
            lost(m, count == PORT_CLOSED ? "closed by server" : port_stream_error());
            return true;
        }
        feed(m, LINK_HEARD, 0);
        if (chan_receive(&m->chan, m->rx, (uint32_t)count) != 0)
            lost(m, "server broke the protocol");
        chan_fetch_grant(&m->chan);
    }
    return false;
}

static void poll_stream(struct monitor *m)
{
    int status = port_stream_poll();

    if (status == PORT_AGAIN)
        return;
    m->clock_doubted = m->clock_doubted || status == PORT_EAUTH;
    if (status != PORT_OK)
        lost(m, port_stream_error());
    else if (m->link.state == LINK_OPENING)
        feed(m, LINK_STREAM_UP, 0);
}

static bool has_stream(const struct monitor *m)
{
    return m->link.state == LINK_OPENING || m->link.state == LINK_GREETING || m->link.state == LINK_UP;
}

/* Acts on what was noted while the channel was at work. */
static void settle(struct monitor *m)
{
    if (m->bye)
        feed(m, LINK_BYE, m->bye_retry_ms);
    else if (m->stream_lost)
        feed(m, LINK_STREAM_LOST, 0);
}

uint64_t monitor_link_receive(struct monitor *m)
{
    bool all_read = true;

    feed(m, LINK_TIMER, 0);
    if (has_stream(m) && !m->stream_lost)
        poll_stream(m);
    if (!m->stream_lost && (m->link.state == LINK_GREETING || m->link.state == LINK_UP))
        all_read = receive_bytes(m);
    settle(m);
    return all_read ? link_fsm_due_us(&m->link) : m->now_us;
}

static void send_bytes(struct monitor *m)
{
    uint32_t length;
    const uint8_t *bytes = chan_output(&m->chan, &length);

    while (length > 0) {
        int count = port_stream_write(bytes, length);

        if (count == PORT_AGAIN)
            return;
        if (count <= 0) {
            lost(m, port_stream_error());
            return;
        }
        feed(m, LINK_SENT, 0);
        chan_output_done(&m->chan, (uint32_t)count);
        bytes = chan_output(&m->chan, &length);
    }
}

/* Queues log lines while there is room; heartbeats and credit keep theirs. True when one was queued. */
static bool queue_logs(struct monitor *m)
{
    bool queued = false;
    uint32_t waiting;

    for (;;) {
        (void)chan_output(&m->chan, &waiting);
        m->message.which_body = otr_DeviceMessage_log_tag;
        if (m->link.state != LINK_UP || waiting > CHAN_TX_LOG_MARK || !log_ring_peek(&m->message.body.log))
            return queued;
        if (chan_send(&m->chan, &m->message) != 0)
            return queued;
        log_ring_sent();
        queued = true;
    }
}

uint64_t monitor_link_send(struct monitor *m)
{
    uint32_t waiting;

    if (m->link.state != LINK_GREETING && m->link.state != LINK_UP)
        return has_stream(m) ? m->now_us + POLL_US : UINT64_MAX;
    monitor_update_cancel_pending(m);
    do {
        (void)queue_logs(m);
        send_bytes(m);
        (void)chan_output(&m->chan, &waiting);
    } while (waiting == 0 && !m->stream_lost && queue_logs(m));
    settle(m);
    return waiting > 0 ? m->now_us + POLL_US : link_fsm_due_us(&m->link);
}
