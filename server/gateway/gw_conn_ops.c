/* SPDX-License-Identifier: Apache-2.0 */
/* What a session asks of its connection (struct gw_session_ops): frames, store, blobs, registry. */
#include "gateway/gw_conn_parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_bus.h"
#include "gateway/gw_control.h"
#include "gateway/gw_fetch.h"

#define US_PER_S 1000000

/* ---- frames -------------------------------------------------------------------------------------- */

static void write_tls(struct gw_conn *c, const void *data, size_t len)
{
    if (c->tls.ssl != NULL && gw_tls_write(&c->tls, data, len) != ST_OK)
        c->broken = "TLS failed";
}

static void op_send(void *owner, const otr_ServerMessage *m)
{
    unsigned char frame[GW_CONTROL_FRAME_MAX_BYTES];

    write_tls(owner, frame, gw_control_encode(m, frame));
}

static void op_send_data(void *owner, uint16_t stream_id, const void *data, uint32_t len)
{
    unsigned char frame[FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES];
    const struct frame_header header = { .stream_id = stream_id, .length = (uint16_t)len };

    frame_header_encode(header, frame);
    memcpy(frame + FRAME_HEADER_BYTES, data, len);
    write_tls(owner, frame, FRAME_HEADER_BYTES + len);
}

static bool op_is_writable(void *owner)
{
    struct gw_conn *c = owner;

    gw_conn_flush(c);
    c->blocked = gw_conn_queued_bytes(c) >= GW_WRITE_HIGH_BYTES;
    return !c->blocked;
}

/* ---- store --------------------------------------------------------------------------------------- */

static void put_presence(struct gw_conn *c, bool online)
{
    const struct gw_moment at = gw_hub_moment();
    struct store_presence row = { .online = online, .gateway = c->hub->index };

    memcpy(row.device_sid, c->session.sid, SID_BYTES);
    row.last_seen_us = at.wall_us - (at.now_us - c->session.heard_us);
    gw_writer_presence(&c->hub->writer, &c->presence_slot, &row);
}

static void put_connection_line(struct gw_conn *c, const char *text)
{
    const struct gw_line line = { .type = "connection", .text = text, .text_len = strlen(text) };

    if (gw_writer_line(&c->hub->writer, c->session.sid, &line, gw_hub_moment().wall_us, NULL) != ST_OK)
        log_error("connection_line_lost", "device", c->session.sid, "error", "no memory");
}

static void on_row(void *owner, int status, const struct store_session *row)
{
    struct gw_conn *c = owner;

    gw_session_row(&c->session, status, row, gw_hub_moment());
    gw_conn_settle(c);
    gw_conn_release(c);
}

static void op_look_up(void *owner)
{
    struct gw_conn *c = owner;

    if (gw_lookup_ask(&c->hub->lookup, c->session.sid, c->session.board, on_row, c) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a look-up";
    if (c->session.state == GW_SESSION_OPEN)
        put_presence(c, true); /* the row is read again once a minute: last_seen moves on with it */
}

static void op_report(void *owner, const struct store_report *report)
{
    struct gw_conn *c = owner;

    gw_writer_report(&c->hub->writer, &c->report_slot, report);
}

static void op_report_keys(void *owner, const struct store_device_keys *keys)
{
    struct gw_conn *c = owner;

    gw_writer_keys(&c->hub->writer, &c->keys_slot, keys);
}

static void on_keys(void *owner, int status, uint32_t sequence, const unsigned char *message, size_t len)
{
    struct gw_conn *c = owner;

    gw_session_keys(&c->session, status, sequence, message, len);
    gw_conn_settle(c);
    gw_conn_release(c);
}

static void op_fetch_keys(void *owner, uint32_t sequence)
{
    struct gw_conn *c = owner;

    if (gw_errand_keys(&c->hub->errands, c->session.sid, sequence, on_keys, c) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a key update";
}

static void op_store_line(void *owner, const struct gw_line *line)
{
    struct gw_conn *c = owner;

    if (gw_writer_line(&c->hub->writer, c->session.sid, line, gw_hub_moment().wall_us, c) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a log line"; /* not acknowledged: the device sends it again */
}

static void op_store_crash(void *owner, const struct store_crash *crash)
{
    struct gw_conn *c = owner;

    if (gw_writer_crash(&c->hub->writer, crash, c) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a crash report"; /* not acknowledged: the device sends it again */
}

static bool op_has_store_room(void *owner)
{
    struct gw_conn *c = owner;

    return gw_writer_has_room(&c->hub->writer);
}

void gw_conn_line_stored(void *conn, uint32_t seq)
{
    struct gw_conn *c = conn;

    gw_session_line_stored(&c->session, seq);
}

void gw_conn_line_done(void *conn)
{
    struct gw_conn *c = conn;

    gw_session_ack(&c->session, gw_hub_moment());
    gw_conn_settle(c);
    gw_conn_release(c);
}

void gw_conn_crash_stored(void *conn, uint64_t report_id)
{
    gw_session_crash_stored(&((struct gw_conn *)conn)->session, report_id);
}

void gw_conn_crash_done(void *conn)
{
    struct gw_conn *c = conn;

    gw_conn_settle(c);
    gw_conn_release(c);
}

/* ---- blobs --------------------------------------------------------------------------------------- */

static void on_opened(void *owner, unsigned slot, int status, int fd, uint64_t total_bytes)
{
    struct gw_conn *c = owner;

    if (status == ST_OK)
        c->blob_fd[slot] = fd;
    else
        log_warn("blob_not_opened", "device", c->session.sid, "error", status_name(status));
    gw_session_blob_opened(&c->session, slot, status, total_bytes);
    gw_conn_settle(c);
    gw_conn_release(c);
}

static void op_blob_open(void *owner, unsigned slot, const unsigned char sha256[SHA256_BYTES])
{
    struct gw_conn *c = owner;

    if (gw_fetch_open(&c->hub->loop, c->hub->blobs, sha256, on_opened, c, slot) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a stream";
}

static void on_read(void *owner, unsigned slot, int status, const void *data, uint32_t len)
{
    struct gw_conn *c = owner;

    if (status != ST_OK)
        log_error("blob_not_read", "device", c->session.sid, "error", status_name(status));
    gw_session_blob_read(&c->session, slot, status, data, len);
    gw_conn_settle(c);
    gw_conn_release(c);
}

static void op_blob_read(void *owner, unsigned slot, uint32_t offset, uint32_t len)
{
    struct gw_conn *c = owner;

    if (gw_fetch_read(&c->hub->loop, c->blob_fd[slot], offset, len, on_read, c, slot) == ST_OK)
        c->references++;
    else
        c->broken = "no memory for a stream";
}

static void op_blob_close(void *owner, unsigned slot)
{
    struct gw_conn *c = owner;

    (void)close(c->blob_fd[slot]); /* read only: nothing can be lost */
    c->blob_fd[slot] = -1;
}

/* ---- opening and closing ------------------------------------------------------------------------- */

static uint64_t op_new_id(void *owner)
{
    return gw_hub_session_id(((struct gw_conn *)owner)->hub);
}

/* Drops the session that is open; false when that one is the newer. */
static bool replace_older(struct gw_conn *c)
{
    struct gw_conn *open = gw_conn_find(c->hub, c->session.sid);

    if (open == NULL)
        return true;
    if (open->session.id > c->session.id)
        return false;
    gw_session_replaced(&open->session);
    gw_conn_settle(open);
    return true;
}

static void log_opened(const struct gw_conn *c)
{
    char id[24];
    char remote[GW_REMOTE_TEXT_BYTES];

    log_info("session_opened", "device", c->session.sid, "session", log_u64(id, c->session.id), "peer",
             gw_conn_remote(c, remote), "board", c->session.hello->board, "version",
             c->session.hello->microvisor_version);
}

static enum gw_open_result op_open(void *owner)
{
    struct gw_conn *c = owner;
    struct gw_hub *hub = c->hub;
    char text[80];

    if (!replace_older(c))
        return GW_OPEN_STALE;
    if (!gw_hub_has_room(hub) || hub->stopping)
        return GW_OPEN_FULL;
    gw_registry_add(&hub->registry, &c->entry, c->session.sid);
    hub->handshakes--;
    c->opened = true;
    c->opened_us = gw_hub_moment().now_us;
    log_opened(c);
    put_presence(c, true);
    (void)snprintf(text, sizeof text, "Connection established for device %s", c->session.sid);
    put_connection_line(c, text);
    gw_bus_session_opened(hub->bus, c->session.sid, c->session.id);
    return GW_OPENED;
}

static void note_lost(struct gw_conn *c, const char *words)
{
    char text[192];

    gw_registry_remove(&c->hub->registry, &c->entry);
    if (c->ended == GW_END_REPLACED)
        gw_writer_withdraw_presence(&c->hub->writer, &c->presence_slot);
    else
        put_presence(c, false);
    (void)snprintf(text, sizeof text, "Connection lost for device %s: %s", c->session.sid, words);
    put_connection_line(c, text);
}

static void log_closed(struct gw_conn *c, const char *words)
{
    char id[24];
    char seconds[24];
    char remote[GW_REMOTE_TEXT_BYTES];
    const int64_t now_us = gw_hub_moment().now_us;

    if (c->opened)
        log_info("session_closed", "device", c->session.sid, "session", log_u64(id, c->session.id), "reason",
                 gw_session_end_name(c->ended), "words", words, "seconds",
                 log_i64(seconds, (now_us - c->opened_us) / US_PER_S));
    else
        gw_refusals_log(&c->hub->refusals, now_us, gw_conn_remote(c, remote), c->session.sid, words);
}

static void op_close(void *owner, enum gw_session_end why, const char *words)
{
    struct gw_conn *c = owner;

    c->ended = (uint8_t)why;
    log_closed(c, words);
    if (c->opened)
        note_lost(c, words);
    else
        c->hub->handshakes--;
}

const struct gw_session_ops gw_conn_ops = {
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
