/* SPDX-License-Identifier: Apache-2.0 */
/* Life of a connection: accept, input, settle, linger, close. gw_conn.h has the invariants. */
#include "gateway/gw_conn_parts.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_bus.h"

#define US_PER_MS 1000

static struct gw_conn *conn_of_entry(struct gw_entry *e)
{
    return (struct gw_conn *)(void *)((char *)e - offsetof(struct gw_conn, entry));
}

static struct gw_conn *conn_of_timer(struct gw_timer *t)
{
    return (struct gw_conn *)(void *)((char *)t - offsetof(struct gw_conn, timer));
}

const char *gw_conn_remote(const struct gw_conn *c, char out[GW_REMOTE_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;

    if (c->remote.any.sa_family == AF_INET) {
        (void)uv_ip4_name(&c->remote.in4, host, sizeof host);
        port = ntohs(c->remote.in4.sin_port);
    } else if (c->remote.any.sa_family == AF_INET6) {
        (void)uv_ip6_name(&c->remote.in6, host, sizeof host);
        port = ntohs(c->remote.in6.sin6_port);
    }
    (void)snprintf(out, GW_REMOTE_TEXT_BYTES, "%s:%u", host, port);
    return out;
}

/* ---- end ----------------------------------------------------------------------------------------- */

static void unlink_conn(struct gw_conn *c)
{
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->hub->conn_count--;
}

void gw_conn_release(struct gw_conn *c)
{
    if (--c->references > 0)
        return;
    gw_session_clear(&c->session);
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        if (c->blob_fd[i] >= 0)
            (void)close(c->blob_fd[i]);
    unlink_conn(c);
    free(c);
}

static void on_closed(uv_handle_t *handle)
{
    gw_conn_release(handle->data);
}

static void free_buffers(struct gw_conn *c)
{
    gw_tls_clear(&c->tls);
    free(c->stash);
    c->stash = NULL;
    c->in_len = 0;
}

static void close_socket(struct gw_conn *c)
{
    if (c->closed)
        return;
    c->closed = true;
    gw_wheel_cancel(&c->timer);
    free_buffers(c);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void after_shutdown(uv_shutdown_t *request, int status)
{
    struct gw_conn *c = request->handle->data;

    free(request);
    if (status < 0 && !c->closed)
        close_socket(c);
}

/* Half-closes, so that a Bye reaches a peer that is still sending; then its end, or the linger time, closes
 * the socket. */
static void begin_linger(struct gw_conn *c)
{
    uv_shutdown_t *request = malloc(sizeof *request);

    if (request == NULL || uv_shutdown(request, (uv_stream_t *)&c->tcp, after_shutdown) != 0) {
        free(request);
        close_socket(c);
        return;
    }
    c->linger_us = gw_hub_moment().now_us + (int64_t)GW_LINGER_MS * US_PER_MS;
    gw_wheel_set(&c->hub->wheel, &c->timer, c->linger_us);
}

static void alloc_buffer(uv_handle_t *handle, size_t wish, uv_buf_t *buf);
static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void close_conn(struct gw_conn *c)
{
    if (c->closing)
        return;
    c->closing = true;
    gw_wheel_cancel(&c->timer);
    if (c->tls.ssl != NULL)
        gw_tls_end(&c->tls);
    gw_conn_flush(c);
    free_buffers(c);
    if (c->ended == GW_END_PEER || c->broken != NULL) {
        close_socket(c);
        return;
    }
    if (!c->reading && uv_read_start((uv_stream_t *)&c->tcp, alloc_buffer, on_input) == 0)
        c->reading = true; /* only to see its end */
    begin_linger(c);
}

/* ---- input --------------------------------------------------------------------------------------- */

static size_t take_input(void *owner, void *buf, size_t cap)
{
    struct gw_conn *c = owner;
    const size_t n = cap < c->in_len ? cap : c->in_len;

    memcpy(buf, c->in, n);
    c->in += n;
    c->in_len -= n;
    return n;
}

static const struct gw_tls_io conn_io = { .take = take_input, .put = gw_conn_put };

/* Handshake refused: OpenSSL has put its alert already. */
static void refuse(struct gw_conn *c, const struct gw_tls_peer *peer, const char *why)
{
    memcpy(c->session.sid, peer->sid,
           SID_BYTES); /* for the log line only: the state says that it is not proven */
    gw_session_lost(&c->session, why);
    c->ended = GW_END_REFUSED;
}

/* True when the handshake is finished. */
static bool shake_hands(struct gw_conn *c)
{
    struct gw_tls_peer peer;
    char why[128];
    const int rc = gw_tls_handshake(&c->tls, &peer, why);

    if (rc == ST_OK)
        gw_session_authenticated(&c->session, peer.sid, peer.key_sha256);
    else if (rc != ST_TIMEOUT)
        refuse(c, &peer, why);
    return rc == ST_OK;
}

/* One piece of plain bytes; false when there is none. */
static bool take_plain(struct gw_conn *c)
{
    unsigned char plain[GW_PLAIN_BYTES];
    const int n = gw_tls_read(&c->tls, plain, sizeof plain);

    if (n > 0)
        gw_session_input(&c->session, plain, (size_t)n, gw_hub_moment());
    else if (n == ST_CLOSED)
        gw_session_lost(&c->session, "closed by the device");
    else if (n < 0)
        gw_session_lost(&c->session, "broken TLS record");
    return n > 0;
}

static void pump(struct gw_conn *c)
{
    if (c->session.state == GW_SESSION_HANDSHAKE && !shake_hands(c))
        return;
    while (c->broken == NULL && gw_session_wants_input(&c->session) && take_plain(c))
        ;
}

/* Ciphertext that was read but may not be taken yet moves out of the shared buffer. */
static void keep_rest(struct gw_conn *c)
{
    unsigned char *rest;

    if (c->in_len == 0 || c->stash != NULL || c->session.state == GW_SESSION_CLOSED)
        return;
    rest = malloc(c->in_len);
    if (rest == NULL) {
        c->broken = "no memory for input";
        return;
    }
    memcpy(rest, c->in, c->in_len);
    c->in = c->stash = rest;
}

static void drop_empty_stash(struct gw_conn *c)
{
    if (c->in_len > 0)
        return;
    free(c->stash);
    c->stash = NULL;
    c->in = NULL;
}

static void alloc_buffer(uv_handle_t *handle, size_t wish, uv_buf_t *buf)
{
    struct gw_conn *c = handle->data;

    (void)wish;
    *buf = uv_buf_init((char *)c->hub->read_buf, sizeof c->hub->read_buf);
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct gw_conn *c = stream->data;

    if (n == 0)
        return;
    if (c->closing) {
        if (n < 0)
            close_socket(c);
        return;
    }
    if (n < 0) {
        gw_session_lost(&c->session, n == UV_EOF ? "closed by the device" : uv_strerror((int)n));
    } else {
        c->in = (const unsigned char *)buf->base;
        c->in_len = (size_t)n;
        pump(c);
        keep_rest(c);
    }
    gw_conn_settle(c);
}

/* ---- after each event ---------------------------------------------------------------------------- */

/* What was stashed is taken before the socket is read again. */
static void resume_reading(struct gw_conn *c)
{
    if (c->reading || !gw_session_wants_input(&c->session))
        return;
    if (c->paused) {
        pump(c);
        drop_empty_stash(c);
        c->paused = !gw_session_wants_input(&c->session); /* it may have had enough again */
    }
    if (c->stash == NULL && gw_session_wants_input(&c->session) &&
        uv_read_start((uv_stream_t *)&c->tcp, alloc_buffer, on_input) == 0)
        c->reading = true;
}

static void pause_reading(struct gw_conn *c)
{
    if (!c->reading || gw_session_wants_input(&c->session))
        return;
    (void)uv_read_stop((uv_stream_t *)&c->tcp); /* cannot fail */
    c->reading = false;
    c->paused = true;
}

static int64_t slim_due_us(const struct gw_conn *c)
{
    return c->opened_us + (int64_t)GW_SLIM_AFTER_MS * US_PER_MS;
}

static void set_timer(struct gw_conn *c)
{
    const int64_t due_us = gw_session_deadline_us(&c->session, gw_hub_moment());
    const bool is_fat = c->opened && !c->slim;

    gw_wheel_set(&c->hub->wheel, &c->timer, is_fat && slim_due_us(c) < due_us ? slim_due_us(c) : due_us);
}

void gw_conn_settle(struct gw_conn *c)
{
    if (c->closing) {
        gw_conn_flush(c);
        return;
    }
    if (c->broken == NULL) {
        pause_reading(c);
        resume_reading(c);
        gw_conn_flush(c);
    }
    if (c->broken != NULL)
        gw_session_lost(&c->session, c->broken);
    if (c->session.state == GW_SESSION_CLOSED)
        close_conn(c);
    else
        set_timer(c);
}

static void grow_slim(struct gw_conn *c, int64_t now_us)
{
    if (c->slim || c->session.state != GW_SESSION_OPEN || now_us < slim_due_us(c))
        return;
    c->slim = true;
    gw_tls_forget_peer(&c->tls);
}

void gw_conn_on_timer(struct gw_timer *timer)
{
    struct gw_conn *c = conn_of_timer(timer);
    const struct gw_moment at = gw_hub_moment();

    if (c->closing) {
        if (at.now_us >= c->linger_us)
            close_socket(c);
        else
            gw_wheel_set(&c->hub->wheel, timer, c->linger_us);
        return;
    }
    gw_session_tick(&c->session, at);
    grow_slim(c, at.now_us);
    gw_conn_settle(c);
}

/* ---- accept -------------------------------------------------------------------------------------- */

static struct gw_conn *conn_new(struct gw_hub *hub)
{
    struct gw_conn *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->hub = hub;
    c->references = 1;
    for (unsigned i = 0; i < GW_STREAM_SLOTS; i++)
        c->blob_fd[i] = -1;
    (void)uv_tcp_init(&hub->loop, &c->tcp); /* cannot fail without flags */
    c->tcp.data = c;
    c->next = hub->conns;
    c->link = &hub->conns;
    if (c->next != NULL)
        c->next->link = &c->next;
    hub->conns = c;
    hub->conn_count++;
    hub->handshakes++;
    gw_session_init(&c->session, &gw_conn_ops, c, hub->conf->gateway_heartbeat_ms, gw_hub_moment());
    return c;
}

static void begin(struct gw_conn *c)
{
    int len = sizeof c->remote;

    (void)uv_tcp_getpeername(&c->tcp, &c->remote.any, &len); /* unknown if it is gone already */
    if (c->hub->handshakes > GW_HANDSHAKES_MAX ||
        c->hub->conn_count > c->hub->conf->gateway_sessions_max + GW_HANDSHAKES_MAX)
        c->broken = "too many connections";
    else if (gw_tls_init(&c->tls, c->hub->tls, &conn_io, c) != ST_OK)
        c->broken = "no memory for TLS";
    gw_hub_keep_ticking(c->hub);
    gw_conn_settle(c);
}

void gw_conn_accept(struct gw_hub *hub)
{
    struct gw_conn *c = conn_new(hub);
    int rc;

    if (c == NULL) {
        log_error("accept_failed", "error", "no memory");
        return;
    }
    rc = uv_accept((uv_stream_t *)&hub->listener, (uv_stream_t *)&c->tcp);
    if (rc != 0)
        c->broken = uv_strerror(rc);
    begin(c);
}

/* ---- from outside -------------------------------------------------------------------------------- */

struct gw_conn *gw_conn_find(struct gw_hub *hub, const char *sid)
{
    struct gw_entry *e = gw_registry_find(&hub->registry, sid);

    return e == NULL ? NULL : conn_of_entry(e);
}

void gw_conn_device_changed(struct gw_hub *hub, const char *sid)
{
    struct gw_conn *c = gw_conn_find(hub, sid);

    gw_lookup_touch(&hub->lookup, sid);
    if (c == NULL)
        return;
    gw_session_changed(&c->session);
    gw_conn_settle(c);
}

void gw_conn_device_revoked(struct gw_hub *hub, const char *sid)
{
    struct gw_conn *c = gw_conn_find(hub, sid);

    gw_lookup_touch(&hub->lookup, sid);
    if (c == NULL)
        return;
    gw_session_revoked(&c->session);
    gw_conn_settle(c);
}

void gw_conn_device_opened_elsewhere(struct gw_hub *hub, const char *sid, uint64_t session_id)
{
    struct gw_conn *c = gw_conn_find(hub, sid);

    if (c == NULL)
        return;
    if (c->session.id > session_id) { /* theirs came with an older Hello: they shall drop it */
        gw_bus_session_opened(hub->bus, sid, c->session.id);
        return;
    }
    gw_session_replaced(&c->session);
    gw_conn_settle(c);
}

void gw_conn_all_changed(struct gw_hub *hub)
{
    struct gw_conn *next;

    for (struct gw_conn *c = hub->conns; c != NULL; c = next) {
        next = c->next; /* settling never frees: the socket closes in a later turn */
        gw_session_changed(&c->session);
        gw_conn_settle(c);
    }
}

void gw_conn_authority_changed(struct gw_hub *hub)
{
    const uint64_t authority = gw_tls_context_authority(hub->tls);
    struct gw_conn *next;

    for (struct gw_conn *c = hub->conns; c != NULL; c = next) {
        next = c->next;
        gw_session_authority(&c->session, authority);
        gw_conn_settle(c);
    }
}

void gw_conn_shutdown_all(struct gw_hub *hub)
{
    struct gw_conn *next;

    for (struct gw_conn *c = hub->conns; c != NULL; c = next) {
        next = c->next; /* settling never frees: the socket closes in a later turn */
        gw_session_shutdown(&c->session);
        gw_conn_settle(c);
    }
}

void gw_conn_abandon_all(struct gw_hub *hub)
{
    for (struct gw_conn *c = hub->conns; c != NULL; c = c->next) {
        c->closing = true;
        close_socket(c);
    }
}
