/* SPDX-License-Identifier: Apache-2.0 */
/* Owner of the session machines in the simulation. */
#include "sim/gateway_end_fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_control.h"

/* Now and then the store hangs for longer than a silent peer is waited for. */
#define STORE_STALL_US (7u * SIM_HEARTBEAT * 1000u)

#define WALL_AT_START_US ((int64_t)1700000000 * 1000000)

static struct gw_moment moment(const struct gateway_world *g)
{
    return (struct gw_moment){ .now_us = (int64_t)g->now_us,
                               .wall_us = WALL_AT_START_US + (int64_t)g->now_us };
}

static uint64_t store_due(struct gateway_world *g)
{
    return g->now_us + 1 + sim_random(g->random) % g->store_delay_us;
}

unsigned char sim_blob_byte(unsigned char tag, uint32_t offset)
{
    return (unsigned char)(tag + offset / 3);
}

unsigned char sim_keys_byte(uint32_t sequence, uint32_t offset)
{
    return (unsigned char)(sequence * 31 + offset);
}

/* ---- what the session asks ----------------------------------------------------------------------- */

static void write_out(struct gateway_conn *c, const void *data, size_t len)
{
    assert(!c->closed);
    pipe_write(c->pipe, PIPE_FROM_GATEWAY, data, len, c->world->weather, c->world->random, c->world->now_us);
}

static void check_ack(struct gateway_conn *c, uint32_t seq)
{
    for (uint32_t i = 0; i < c->line_count; i++)
        assert(c->lines[i] > seq); /* what waits is above every acknowledgement (S5) */
}

static void op_send(void *owner, const otr_ServerMessage *m)
{
    unsigned char frame[GW_CONTROL_FRAME_MAX_BYTES];

    if (m->which_body == otr_ServerMessage_log_ack_tag)
        check_ack(owner, m->body.log_ack.seq);
    write_out(owner, frame, gw_control_encode(m, frame));
}

static void op_send_data(void *owner, uint16_t stream_id, const void *data, uint32_t len)
{
    unsigned char frame[FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES];
    const struct frame_header header = { .stream_id = stream_id, .length = (uint16_t)len };

    frame_header_encode(header, frame);
    memcpy(frame + FRAME_HEADER_BYTES, data, len);
    write_out(owner, frame, FRAME_HEADER_BYTES + len);
}

static bool op_is_writable(void *owner)
{
    struct gateway_conn *c = owner;

    return c->pipe->way[PIPE_FROM_GATEWAY].bytes < GW_WRITE_HIGH_BYTES;
}

static void op_look_up(void *owner)
{
    struct gateway_conn *c = owner;

    assert(c->look_up_due_us == 0);
    c->look_up_due_us = store_due(c->world);
    c->row = c->world->row; /* what changes from now on needs another look */
}

static uint64_t op_new_id(void *owner)
{
    return ++((struct gateway_conn *)owner)->world->last_id;
}

static enum gw_open_result op_open(void *owner)
{
    struct gateway_conn *c = owner;
    struct gateway_world *g = c->world;

    if (g->current != NULL && g->current->session.id > c->session.id)
        return GW_OPEN_STALE;
    if (g->current != NULL)
        gw_session_replaced(&g->current->session);
    assert(g->current == NULL);
    g->current = c;
    g->opened++;
    c->opened = true;
    return GW_OPENED;
}

static void op_report(void *owner, const struct store_report *report)
{
    assert(((struct gateway_conn *)owner)->opened);
    assert(strcmp(report->device_sid, SIM_SID) == 0);
}

static void op_report_keys(void *owner, const struct store_device_keys *keys)
{
    assert(((struct gateway_conn *)owner)->opened);
    assert(strcmp(keys->device_sid, SIM_SID) == 0);
}

static void op_fetch_keys(void *owner, uint32_t sequence)
{
    struct gateway_conn *c = owner;

    assert(c->keys_sequence == 0 && sequence != 0);
    c->keys_sequence = sequence;
    c->keys_due_us = store_due(c->world);
}

static void op_store_line(void *owner, const struct gw_line *line)
{
    struct gateway_conn *c = owner;

    assert(c->line_count < sizeof c->lines / sizeof *c->lines);
    if (c->line_count == 0)
        c->lines_due_us = store_due(c->world) + (sim_once_in(c->world->random, 500) ? STORE_STALL_US : 0);
    c->lines[c->line_count++] = line->seq;
}

static void op_store_crash(void *owner, const struct store_crash *crash)
{
    (void)owner, (void)crash;
    assert(!"the devices of this simulation do not crash");
}

static bool op_has_store_room(void *owner)
{
    return !sim_once_in(((struct gateway_conn *)owner)->world->random, 10);
}

static void op_blob_open(void *owner, unsigned slot, const unsigned char sha256[SHA256_BYTES])
{
    struct gateway_conn *c = owner;

    assert(!c->disk[slot].opening && !c->disk[slot].reading && !c->disk[slot].has_file);
    c->disk[slot].opening = true;
    c->disk[slot].tag = sha256[0];
    c->disk[slot].due_us = store_due(c->world);
}

static void op_blob_read(void *owner, unsigned slot, uint32_t offset, uint32_t len)
{
    struct gateway_conn *c = owner;

    assert(c->disk[slot].has_file && !c->disk[slot].reading && offset + len <= SIM_BLOB_BYTES);
    c->disk[slot].reading = true;
    c->disk[slot].offset = offset;
    c->disk[slot].len = len;
    c->disk[slot].due_us = store_due(c->world);
}

static void op_blob_close(void *owner, unsigned slot)
{
    struct gateway_conn *c = owner;

    assert(c->disk[slot].has_file && !c->disk[slot].reading);
    c->disk[slot].has_file = false;
}

static void op_close(void *owner, enum gw_session_end why, const char *words)
{
    struct gateway_conn *c = owner;

    (void)why;
    (void)words;
    assert(!c->closed);
    c->closed = true;
    if (c->world->current == c)
        c->world->current = NULL;
    c->world->closed += c->opened;
    pipe_close(c->pipe, PIPE_FROM_GATEWAY, c->world->now_us);
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

/* ---- what happens -------------------------------------------------------------------------------- */

void gateway_world_init(struct gateway_world *g, struct sim_random *random,
                        const struct pipe_weather *weather)
{
    memset(g, 0, sizeof *g);
    g->random = random;
    g->weather = weather;
    g->store_delay_us = 30000;
    g->stored = calloc(SIM_BOOTS_MAX, SIM_LINES_MAX);
    assert(g->stored != NULL);
    memset(g->row.device.key_sha256, 9, SHA256_BYTES);
    g->row.device.logging_until_us = INT64_MAX;
    g->row.has_target = true;
    strcpy(g->row.target.sid, "KA00112233445566778899aabbccddeeff");
    memset(g->row.target.manifest_sha256, 0xa1, SHA256_BYTES);
    g->row.target.manifest_bytes = 100;
    memset(g->row.layers[0].fetch_sha256, 0xb2, SHA256_BYTES);
    g->row.layer_count = 1;
}

static void conn_free(struct gateway_conn *c)
{
    gw_session_clear(&c->session);
    free(c);
}

void gateway_world_clear(struct gateway_world *g)
{
    gateway_world_kill(g);
    free(g->stored);
}

void gateway_world_kill(struct gateway_world *g)
{
    struct gateway_conn *next;

    for (struct gateway_conn *c = g->conns; c != NULL; c = next) {
        next = c->next;
        if (!c->closed) {
            g->closed += c->opened;
            pipe_close(c->pipe, PIPE_FROM_GATEWAY, g->now_us);
        }
        for (unsigned i = 0; i < GW_STREAM_SLOTS; i++) /* disk work that never comes back */
            c->disk[i].has_file = true, c->disk[i].reading = false;
        conn_free(c);
    }
    g->conns = NULL;
    g->current = NULL;
}

void gateway_world_accept(struct gateway_world *g, struct sim_pipe *pipe)
{
    unsigned char key[SHA256_BYTES];
    struct gateway_conn *c = calloc(1, sizeof *c);

    assert(c != NULL);
    memset(key, 9, sizeof key);
    c->world = g;
    c->pipe = pipe;
    c->next = g->conns;
    g->conns = c;
    gw_session_init(&c->session, &ops, c, SIM_HEARTBEAT, moment(g));
    gw_session_authenticated(&c->session, SIM_SID, key);
}

void gateway_world_changed(struct gateway_world *g, bool told)
{
    for (struct gateway_conn *c = g->conns; c != NULL && told; c = c->next) {
        if (c == g->current)
            gw_session_changed(&c->session);
        else if (c->look_up_due_us != 0)
            c->row = g->row; /* as gw_lookup_touch does */
    }
}

static void step_input(struct gateway_conn *c)
{
    unsigned char buf[512];
    size_t n;

    while (!c->closed && gw_session_wants_input(&c->session) &&
           (n = pipe_read(c->pipe, PIPE_FROM_DEVICE, buf, sizeof buf, c->world->now_us)) > 0)
        gw_session_input(&c->session, buf, n, moment(c->world));
    if (!c->closed && pipe_is_over(c->pipe, PIPE_FROM_GATEWAY, c->world->now_us))
        gw_session_lost(&c->session, "pipe");
}

static void commit_lines(struct gateway_conn *c)
{
    const uint32_t n = 1 + sim_random(c->world->random) % c->line_count; /* a batch ends anywhere */

    for (uint32_t i = 0; i < n; i++) {
        const bool fits = c->session.boot_id < SIM_BOOTS_MAX && c->lines[i] < SIM_LINES_MAX;

        assert(fits || c->world->weather->noise_one_in != 0);
        if (fits)
            c->world->stored[c->session.boot_id * SIM_LINES_MAX + c->lines[i]] = 1;
    }
    for (uint32_t i = 0; i < n; i++)
        gw_session_line_stored(&c->session, c->lines[i]);
    c->line_count -= n;
    memmove(c->lines, c->lines + n, c->line_count * sizeof *c->lines);
    c->lines_due_us = store_due(c->world);
    c->world->commits++;
    gw_session_ack(&c->session, moment(c->world));
}

static void step_disk(struct gateway_conn *c, unsigned slot)
{
    unsigned char data[FRAME_PAYLOAD_MAX_BYTES];
    const uint32_t offset = c->disk[slot].offset;
    const uint32_t len = c->disk[slot].len;

    if ((!c->disk[slot].opening && !c->disk[slot].reading) || c->world->now_us < c->disk[slot].due_us)
        return;
    if (c->disk[slot].opening) {
        c->disk[slot].opening = false;
        c->disk[slot].has_file = true;
        gw_session_blob_opened(&c->session, slot, ST_OK, SIM_BLOB_BYTES);
        return;
    }
    for (uint32_t i = 0; i < len; i++)
        data[i] = sim_blob_byte(c->disk[slot].tag, offset + i);
    c->disk[slot].reading = false;
    gw_session_blob_read(&c->session, slot, ST_OK, data, len);
}

static void step_keys(struct gateway_conn *c)
{
    unsigned char message[SIM_KEYS_BYTES];
    const uint32_t sequence = c->keys_sequence;

    if (sequence == 0 || c->world->now_us < c->keys_due_us)
        return;
    for (uint32_t i = 0; i < sizeof message; i++)
        message[i] = sim_keys_byte(sequence, i);
    c->keys_sequence = 0;
    gw_session_keys(&c->session, ST_OK, sequence, message, sizeof message);
}

static bool has_work(const struct gateway_conn *c)
{
    bool busy = c->look_up_due_us != 0 || c->line_count > 0 || c->keys_sequence != 0;

    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        busy |= c->disk[i].opening || c->disk[i].reading;
    return busy;
}

static void step_conn(struct gateway_conn *c)
{
    struct gateway_world *g = c->world;

    step_input(c);
    if (c->look_up_due_us != 0 && g->now_us >= c->look_up_due_us) {
        c->look_up_due_us = 0;
        gw_session_row(&c->session, sim_once_in(g->random, 50) ? ST_STORE : ST_OK, &c->row, moment(g));
    }
    if (c->line_count > 0 && g->now_us >= c->lines_due_us)
        commit_lines(c);
    step_keys(c);
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        step_disk(c, i);
    gw_session_writable(&c->session);
    if (gw_session_deadline_us(&c->session, moment(g)) <= (int64_t)g->now_us)
        gw_session_tick(&c->session, moment(g));
}

void gateway_world_step(struct gateway_world *g, uint64_t now_us)
{
    struct gateway_conn **link = &g->conns;

    g->now_us = now_us;
    for (struct gateway_conn *c = g->conns; c != NULL; c = c->next)
        step_conn(c);
    while (*link != NULL) {
        struct gateway_conn *c = *link;

        if (c->closed && !has_work(c)) {
            for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
                assert(!c->disk[i].has_file); /* each file was closed */
            *link = c->next;
            conn_free(c);
        } else {
            link = &c->next;
        }
    }
}

bool gateway_world_has_stored(const struct gateway_world *g, uint64_t boot_id, uint32_t seq)
{
    return g->stored[boot_id * SIM_LINES_MAX + seq] != 0;
}
