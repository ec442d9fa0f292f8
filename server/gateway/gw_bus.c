/* SPDX-License-Identifier: Apache-2.0 */
/* Bus messages from and to the gateway's loop. */
#include "gateway/gw_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sid.h"
#include "base/status.h"
#include "bus/bus.h"
#include "bus/peers.h"
#include "gateway/gw_conn.h"
#include "gateway/gw_hub.h"

/* Messages taken from one end in one turn, so that a flood of changes does not keep devices waiting. */
#define MESSAGES_PER_TURN 64

#define SID_CHARS_ON_BUS (SID_BYTES - 1u)

struct bus_end {
    uv_poll_t poll; /* first: closing frees by it */
    struct gw_bus *bus;
    int fd;
    bool is_gateway;
};

struct gw_bus {
    struct gw_hub *hub;
    struct bus_end end[GATEWAYS_MAX + 1];
    unsigned count;
    unsigned open;
};

static void read_sid(const struct bus_message *m, char sid[SID_BYTES])
{
    memcpy(sid, m->body, SID_CHARS_ON_BUS);
    sid[SID_CHARS_ON_BUS] = '\0';
}

static void take_opened(struct gw_hub *hub, const struct bus_message *m, const char *sid)
{
    uint64_t id;

    if (m->len < SID_CHARS_ON_BUS + sizeof id)
        return;
    memcpy(&id, m->body + SID_CHARS_ON_BUS, sizeof id);
    gw_conn_device_opened_elsewhere(hub, sid, id);
}

/* The api answers its client only when it has our word. */
static void take_revoked(const struct bus_end *end, const struct bus_message *m, const char *sid)
{
    gw_conn_device_revoked(end->bus->hub, sid);
    if (bus_send(end->fd, BUS_REPLY, m->tag, NULL, 0) != ST_OK)
        log_warn("reply_lost", "request", "device_revoked", "device", sid);
}

static void take(const struct bus_end *end, const struct bus_message *m)
{
    struct gw_hub *hub = end->bus->hub;
    char sid[SID_BYTES];

    if (m->len < SID_CHARS_ON_BUS)
        return;
    read_sid(m, sid);
    switch (m->type) {
    case BUS_DEVICE_CHANGED:
        gw_conn_device_changed(hub, sid);
        break;
    case BUS_DEVICE_REVOKED:
        take_revoked(end, m, sid);
        break;
    case BUS_SESSION_OPENED:
        take_opened(hub, m, sid);
        break;
    case BUS_ACCOUNT_CHANGED: /* sessions do not know their account, and it is seldom */
        gw_conn_all_changed(hub);
        break;
    default:
        break;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct bus_end *end = poll->data;
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message m;

    (void)events;
    if (status < 0) {
        log_error("bus_failed", "error", uv_strerror(status));
        (void)uv_poll_stop(poll);
        return;
    }
    for (unsigned i = 0; i < MESSAGES_PER_TURN; i++) {
        const int rc = bus_recv(end->fd, buf, sizeof buf, &m);

        if (rc == ST_OK)
            take(end, &m);
        else if (rc == ST_CLOSED) {
            (void)uv_poll_stop(poll);
            return;
        } else if (rc != ST_INVALID)
            return;
    }
}

static int listen_on(struct gw_bus *b, const char *name, bool is_gateway)
{
    struct bus_end *end = &b->end[b->count];
    int rc;

    end->fd = peers_fd(name);
    if (end->fd < 0)
        return ST_OK;
    end->bus = b;
    end->is_gateway = is_gateway;
    rc = uv_poll_init(&b->hub->loop, &end->poll, end->fd);
    if (rc == 0) {
        end->poll.data = end;
        b->count++;
        b->open++;
        rc = uv_poll_start(&end->poll, UV_READABLE, on_readable);
    }
    if (rc == 0)
        return ST_OK;
    log_error("bus_not_opened", "name", name, "error", uv_strerror(rc));
    return ST_IO;
}

int gw_bus_open(struct gw_hub *hub, struct gw_bus **out)
{
    struct gw_bus *b = calloc(1, sizeof *b);
    char name[32];
    int rc;

    if (b == NULL)
        return ST_NO_MEMORY;
    b->hub = hub;
    *out = b;
    rc = listen_on(b, "bus.api", false);
    for (unsigned i = 0; rc == ST_OK && i < GATEWAYS_MAX; i++) {
        if (i == hub->index)
            continue;
        (void)snprintf(name, sizeof name, "bus.gateway.%u", i);
        rc = listen_on(b, name, true);
    }
    return rc;
}

static void after_close(uv_handle_t *handle)
{
    struct bus_end *end = handle->data;

    if (--end->bus->open == 0)
        free(end->bus);
}

void gw_bus_close(struct gw_bus *b)
{
    if (b == NULL)
        return;
    if (b->count == 0) {
        free(b);
        return;
    }
    for (unsigned i = 0; i < b->count; i++)
        uv_close((uv_handle_t *)&b->end[i].poll, after_close);
}

void gw_bus_session_opened(struct gw_bus *b, const char *device_sid, uint64_t session_id)
{
    unsigned char body[SID_CHARS_ON_BUS + sizeof session_id];

    if (b == NULL)
        return;
    memcpy(body, device_sid, SID_CHARS_ON_BUS);
    memcpy(body + SID_CHARS_ON_BUS, &session_id, sizeof session_id);
    for (unsigned i = 0; i < b->count; i++)
        if (b->end[i].is_gateway)
            (void)bus_send(b->end[i].fd, BUS_SESSION_OPENED, 0, body, sizeof body); /* latency only */
}
