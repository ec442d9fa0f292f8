/* SPDX-License-Identifier: Apache-2.0 */
/* Drives link machine and channel as the microvisor's monitor does, over virtual pipes. */
#include "sim/device_end_fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define UNACKED_MAX 64u
#define PIECE_BYTES 4096u

static void feed(struct device_world *d, enum link_event event, uint32_t value);

/* ---- connection ---------------------------------------------------------------------------------- */

static void close_stream(struct device_world *d)
{
    if (d->pipe != NULL)
        pipe_close(d->pipe, PIPE_FROM_DEVICE, d->now_us);
    d->pipe = NULL;
    d->lost = d->bye = false;
    chan_reset(&d->chan);
    memset(d->fetch, 0, sizeof d->fetch);
    d->keys_asked = 0;
}

static void open_stream(struct device_world *d)
{
    assert(d->pipe_count < sizeof d->pipes / sizeof *d->pipes);
    d->pipe = malloc(sizeof *d->pipe);
    assert(d->pipe != NULL);
    pipe_init(d->pipe);
    d->pipes[d->pipe_count++] = d->pipe;
    d->handshake_us = d->now_us + 1000 + sim_random(d->random) % (4 * d->weather->latency_us + 1);
}

static void send(struct device_world *d, const otr_DeviceMessage *m)
{
    (void)chan_send(&d->chan, m);
}

static void send_hello(struct device_world *d)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_hello_tag;
    m.body.hello.boot_id = d->boot_id;
    strcpy(m.body.hello.board, "sim");
    strcpy(m.body.hello.microvisor_version, "0");
    m.body.hello.has_app = true;
    send(d, &m);
}

static void feed(struct device_world *d, enum link_event event, uint32_t value)
{
    const struct link_input input = { event, value, sim_random(d->random), d->now_us };
    const uint32_t actions = link_fsm_step(&d->link, &input);
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    if (actions & LINK_CLOSE)
        close_stream(d);
    if (actions & LINK_OPEN)
        open_stream(d);
    if (actions & LINK_SEND_HELLO)
        send_hello(d);
    if (actions & LINK_SEND_PING) {
        m.which_body = otr_DeviceMessage_ping_tag;
        m.body.ping.nonce = d->link.nonce;
        send(d, &m);
    }
}

/* ---- messages ------------------------------------------------------------------------------------ */

static void take_desired(struct device_world *d, const otr_Desired *desired)
{
    d->desired = *desired;
    d->desireds++;
}

static void take_ack(struct device_world *d, uint32_t seq)
{
    if (seq > d->sent) {
        d->lost = true;
        return;
    }
    if (d->weather->noise_one_in ==
        0) /* noise may turn a number into another: only clean weather is judged */
        for (uint32_t i = d->acked + 1; i <= seq; i++)
            assert(gateway_world_has_stored(d->gateway, d->boot_id, i));
    if (seq > d->acked)
        d->acked = seq;
}

/* One answer to each request, whole, and in the session in which it was asked (S10). */
static void take_keys(struct device_world *d, const otr_KeysUpdate *update)
{
    bool judged = d->weather->noise_one_in == 0;

    assert(!judged || (update->sequence == d->keys_asked && update->message.size == SIM_KEYS_BYTES));
    for (uint32_t i = 0; judged && i < SIM_KEYS_BYTES; i++)
        assert(update->message.bytes[i] == sim_keys_byte(update->sequence, i));
    d->keys_taken = d->keys_asked;
    d->keys_asked = 0;
}

static void step_keys(struct device_world *d)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    if (d->keys_asked != 0 || !sim_once_in(d->random, 50))
        return;
    m.which_body = otr_DeviceMessage_keys_request_tag;
    m.body.keys_request.sequence = d->keys_taken + 1;
    if (chan_send(&d->chan, &m) == 0)
        d->keys_asked = m.body.keys_request.sequence;
}

static void take_message(void *context, const otr_ServerMessage *m)
{
    struct device_world *d = context;

    if (d->lost || d->bye)
        return;
    switch (m->which_body) {
    case otr_ServerMessage_welcome_tag:
        if (d->link.state != LINK_GREETING) {
            d->lost = true;
            return;
        }
        feed(d, LINK_WELCOME, m->body.welcome.heartbeat_ms);
        d->welcomes++;
        d->sent = d->acked; /* unacknowledged lines are sent again */
        take_desired(d, &m->body.welcome.desired);
        break;
    case otr_ServerMessage_bye_tag:
        d->bye = true;
        d->bye_retry_ms = m->body.bye.retry_after_ms;
        break;
    case otr_ServerMessage_desired_tag:
        take_desired(d, &m->body.desired);
        break;
    case otr_ServerMessage_keys_update_tag:
        take_keys(d, &m->body.keys_update);
        break;
    case otr_ServerMessage_log_ack_tag:
        take_ack(d, m->body.log_ack.seq);
        break;
    default:
        break;
    }
}

/* ---- blobs --------------------------------------------------------------------------------------- */

static void on_opened(void *context, uint32_t number, uint32_t total_bytes)
{
    struct device_world *d = context;

    (void)number;
    assert(d->weather->noise_one_in != 0 || total_bytes == SIM_BLOB_BYTES);
}

static void on_data(void *context, uint32_t number, const uint8_t *data, uint32_t length)
{
    struct device_world *d = context;

    for (uint32_t i = 0; i < length && d->weather->noise_one_in == 0; i++)
        assert(data[i] == sim_blob_byte(0xb2, d->fetch[number].offset + d->fetch[number].have + i));
    d->fetch[number].have += length;
}

static void on_blob_closed(void *context, uint32_t number, otr_StreamStatus reason)
{
    struct device_world *d = context;
    const uint32_t left = SIM_BLOB_BYTES - d->fetch[number].offset;
    const uint32_t wanted = left < PIECE_BYTES ? left : PIECE_BYTES;

    d->fetch[number].busy = false;
    if (reason == otr_StreamStatus_STREAM_OK && d->fetch[number].have == wanted)
        d->pieces++;
    else
        assert(d->weather->noise_one_in != 0 || reason != otr_StreamStatus_STREAM_OK);
}

static const struct chan_fetch_sink sink = { .opened = on_opened, .data = on_data, .closed = on_blob_closed };

static void start_fetch(struct device_world *d, uint32_t number)
{
    uint8_t sha256[SHA256_BYTES];

    memset(sha256, 0xb2, sizeof sha256);
    if (chan_fetch_open(&d->chan, number, sha256, d->next_offset, PIECE_BYTES) != 0)
        return;
    d->fetch[number].busy = true;
    d->fetch[number].have = 0;
    d->fetch[number].offset = d->next_offset;
    d->next_offset += PIECE_BYTES;
    if (d->next_offset >= SIM_BLOB_BYTES)
        d->next_offset = 0;
}

static void step_fetches(struct device_world *d)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        if (!d->fetch[i].busy && sim_once_in(d->random, 10))
            start_fetch(d, i);
        else if (d->fetch[i].busy && sim_once_in(d->random, 300) && chan_fetch_cancel(&d->chan, i) == 0)
            d->fetch[i].busy = false;
    }
}

/* ---- logs ---------------------------------------------------------------------------------------- */

static void step_logs(struct device_world *d)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;
    uint32_t waiting;

    if (sim_once_in(d->random, d->line_one_in) && d->written + 1 < SIM_LINES_MAX)
        d->written += 1 + sim_random(d->random) % 8;
    if (d->written >= SIM_LINES_MAX)
        d->written = SIM_LINES_MAX - 1;
    m.which_body = otr_DeviceMessage_log_tag;
    m.body.log.kind = otr_LogKind_LOG_APP;
    m.body.log.text.size = 20;
    memset(m.body.log.text.bytes, 'x', 20);
    while (d->link.state == LINK_UP && d->sent < d->written && d->sent - d->acked < UNACKED_MAX) {
        m.body.log.seq = d->sent + 1;
        (void)chan_output(&d->chan, &waiting);
        if (waiting > CHAN_TX_LOG_MARK || chan_send(&d->chan, &m) != 0)
            break;
        d->sent++;
    }
}

/* ---- life ---------------------------------------------------------------------------------------- */

void device_world_init(struct device_world *d, struct sim_random *random, const struct pipe_weather *weather,
                       struct gateway_world *gateway)
{
    memset(d, 0, sizeof *d);
    d->random = random;
    d->weather = weather;
    d->gateway = gateway;
    d->boot_id = 1;
    d->line_one_in = 20;
    link_fsm_init(&d->link);
    chan_init(&d->chan, take_message, &sink, d);
    feed(d, LINK_ENABLE, 0);
}

void device_world_clear(struct device_world *d)
{
    for (uint32_t i = 0; i < d->pipe_count; i++) {
        pipe_clear(d->pipes[i]);
        free(d->pipes[i]);
    }
}

void device_world_reboot(struct device_world *d)
{
    if (d->pipe != NULL)
        pipe_break(d->pipe, true, false, d->random, d->now_us);
    d->pipe = NULL;
    d->boot_id++;
    assert(d->boot_id < SIM_BOOTS_MAX);
    d->written = d->sent = d->acked = 0;
    memset(d->fetch, 0, sizeof d->fetch);
    d->lost = d->bye = false;
    link_fsm_init(&d->link);
    chan_init(&d->chan, take_message, &sink, d);
    feed(d, LINK_ENABLE, 0);
}

static void step_handshake(struct device_world *d)
{
    if (d->link.state != LINK_OPENING || d->now_us < d->handshake_us)
        return;
    if (d->refuse_handshakes) {
        d->lost = true;
        return;
    }
    gateway_world_accept(d->gateway, d->pipe);
    feed(d, LINK_STREAM_UP, 0);
}

static void step_input(struct device_world *d)
{
    uint8_t buf[512];
    size_t n;

    while (d->pipe != NULL && !d->lost && !d->bye &&
           (n = pipe_read(d->pipe, PIPE_FROM_GATEWAY, buf, sizeof buf, d->now_us)) > 0) {
        feed(d, LINK_HEARD, 0);
        if (chan_receive(&d->chan, buf, (uint32_t)n) != 0)
            d->lost = true;
        else
            chan_fetch_grant(&d->chan);
    }
    if (d->pipe != NULL && pipe_is_over(d->pipe, PIPE_FROM_DEVICE, d->now_us))
        d->lost = true;
}

static void step_output(struct device_world *d)
{
    uint32_t len;
    const uint8_t *data = chan_output(&d->chan, &len);

    if (d->pipe == NULL || len == 0 || (d->link.state != LINK_GREETING && d->link.state != LINK_UP))
        return;
    pipe_write(d->pipe, PIPE_FROM_DEVICE, data, len, d->weather, d->random, d->now_us);
    chan_output_done(&d->chan, len);
    feed(d, LINK_SENT, 0);
}

void device_world_step(struct device_world *d, uint64_t now_us)
{
    d->now_us = now_us;
    feed(d, LINK_TIMER, 0);
    step_handshake(d);
    if (d->link.state == LINK_GREETING || d->link.state == LINK_UP)
        step_input(d);
    if (d->bye)
        feed(d, LINK_BYE, d->bye_retry_ms);
    else if (d->lost)
        feed(d, LINK_STREAM_LOST, 0);
    if (d->link.state == LINK_UP) {
        step_fetches(d);
        step_keys(d);
    }
    step_logs(d);
    step_output(d);
}
