/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's process: prepares keys and store, gives up the rights it does not need, then answers requests
 * until it is told to stop. One thread, one request at a time: signing takes 20 microseconds, and nobody
 * waits long.
 *
 * Timers: every 12 hours it looks whether the gateway's certificate ends soon, and asks the parent to have it
 * reloaded if so.
 */
#include "keeper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/status.h"
#include "bus/bus.h"
#include "bus/peers.h"
#include "conf/conf.h"
#include "keeper/admin.h"
#include "keeper/pki.h"
#include "keeper/requests.h"
#include "keeper/sandbox.h"
#include "loop/role.h"

#define RENEW_CHECK_MS (12 * 3600 * 1000)

#define PEERS_MAX (1 + GATEWAYS_MAX) /* the api and the gateways */

struct peer {
    char name[24]; /* as in OUTRIGGER_FDS */
    enum keeper_peer kind;
};

struct keeper {
    const struct conf *conf;
    struct keeper_pki pki;
    struct peer peers[PEERS_MAX];
    struct pollfd
        polls[1 + PEERS_MAX]; /* [0] is the signals; [1 + i] belongs to peers[i], fd -1 when it is closed */
    unsigned peer_count;
};

static int peer_add(struct keeper *k, const char *name, enum keeper_peer kind)
{
    struct peer *peer = &k->peers[k->peer_count];
    const int fd = peers_fd(name);

    if (fd < 0) {
        log_error("no_bus", "peer", name, "expected", "its descriptor in OUTRIGGER_FDS");
        return ST_CLOSED;
    }
    (void)snprintf(peer->name, sizeof peer->name, "%s", name);
    peer->kind = kind;
    k->peer_count++;
    k->polls[k->peer_count] = (struct pollfd){ .fd = fd, .events = POLLIN };
    return ST_OK;
}

static int peers_open(struct keeper *k)
{
    int st = peer_add(k, "bus.api", KEEPER_PEER_API);

    for (unsigned i = 0; i < k->conf->gateway_processes && st == ST_OK; i++) {
        char name[24];

        (void)snprintf(name, sizeof name, "bus.gateway.%u", i);
        st = peer_add(k, name, KEEPER_PEER_GATEWAY);
    }
    return st;
}

static void request_serve(struct keeper *k, unsigned index, const struct bus_message *request)
{
    const struct peer *peer = &k->peers[index];
    struct keeper_reply reply;
    const int st = keeper_request_answer(&k->pki, peer->kind, request, &reply);
    const int sent = bus_send(k->polls[1 + index].fd, BUS_REPLY, request->tag, reply.body, reply.len);
    char type[24];

    if (reply.reload)
        role_ask_reload();
    if (st != ST_OK)
        log_warn("request_refused", "peer", peer->name, "request", keeper_request_name(request->type), "type",
                 log_u64(type, request->type), "status", status_name(st));
    if (sent != ST_OK)
        log_warn("reply_lost", "peer", peer->name, "status", status_name(sent));
}

/* One message per turn, so that a busy peer does not shut the others out. */
static void peer_serve(struct keeper *k, unsigned index)
{
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message request;
    const int st = bus_recv(k->polls[1 + index].fd, buf, sizeof buf, &request);

    if (st == ST_OK) {
        request_serve(k, index, &request);
    } else if (st != ST_TIMEOUT) {
        log_warn("bad_packet", "peer", k->peers[index].name, "status", status_name(st));
        if (st != ST_INVALID)
            k->polls[1 + index].fd =
                -1; /* poll skips it; the parent keeps the other end, so this is its end too */
    }
}

static void renew_check(struct keeper *k)
{
    bool renewed = false;

    if (keeper_pki_renew_gateway(k->conf, &renewed) == ST_OK && renewed)
        role_ask_reload();
}

/* True when the role shall stop. */
static bool signals_serve(struct keeper *k)
{
    for (;;) {
        switch (role_next_event()) {
        case ROLE_STOP:
            return true;
        case ROLE_RELOAD:
            renew_check(k);
            break;
        case ROLE_NOTHING:
            return false;
        }
    }
}

static int keeper_loop(struct keeper *k)
{
    int64_t next_check_us = clock_mono_us() + (int64_t)RENEW_CHECK_MS * 1000;

    for (;;) {
        const int64_t left_us = next_check_us - clock_mono_us();
        const int n = poll(k->polls, 1 + k->peer_count, left_us > 0 ? (int)(left_us / 1000) + 1 : 0);

        if (n < 0 && errno != EINTR) {
            log_error("poll_failed", "error", strerror(errno));
            return 1;
        }
        if (clock_mono_us() >= next_check_us) {
            next_check_us += (int64_t)RENEW_CHECK_MS * 1000;
            renew_check(k);
        }
        if (n <= 0)
            continue;
        if (k->polls[0].revents != 0 && signals_serve(k))
            return 0;
        for (unsigned i = 0; i < k->peer_count; i++)
            if (k->polls[1 + i].revents != 0)
                peer_serve(k, i);
    }
}

int keeper_run(const struct conf *conf)
{
    struct keeper k = { .conf = conf };
    int exit_status;

    k.polls[0] = (struct pollfd){ .fd = role_signal_fd(), .events = POLLIN };
    if (peers_open(&k) != ST_OK || keeper_admin_prepare(conf) != ST_OK ||
        keeper_pki_open(conf, &k.pki) != ST_OK)
        return 1;
    if (keeper_sandbox_enter() != ST_OK) {
        keeper_pki_close(&k.pki);
        return 1;
    }
    role_ready();
    exit_status = keeper_loop(&k);
    keeper_pki_close(&k.pki);
    return exit_status;
}
