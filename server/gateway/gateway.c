/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the gateway role: listening socket, signals, and the loop until it shall stop. */
#include "gateway/gateway.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/status.h"
#include "bus/peers.h"
#include "gateway/gw_conn.h"
#include "gateway/gw_hub.h"
#include "loop/role.h"

#define BACKLOG 1024
/* TCP's own probes, behind the heartbeat: they end what a stopped process of ours could not. */
#define KEEPALIVE_S 60
/* Descriptors besides those of devices: listening socket, bus ends, database files, log, blobs being read. */
#define OTHER_DESCRIPTORS 256u

static void on_connection(uv_stream_t *listener, int status)
{
    if (status < 0) {
        log_error("accept_failed", "error", uv_strerror(status));
        return;
    }
    gw_conn_accept(listener->data);
}

static int listen_for_devices(struct gw_hub *hub)
{
    const int fd = peers_fd("listen.gateway");
    int rc = fd >= 0 ? uv_tcp_init(&hub->loop, &hub->listener) : UV_EBADF;

    if (rc == 0)
        rc = uv_tcp_open(&hub->listener, fd);
    /* Accepted sockets inherit both from the listening one on Linux: five system calls less for each. */
    if (rc == 0)
        rc = uv_tcp_nodelay(&hub->listener, 1);
    if (rc == 0)
        rc = uv_tcp_keepalive(&hub->listener, 1, KEEPALIVE_S);
    if (rc == 0) {
        hub->listener.data = hub;
        rc = uv_listen((uv_stream_t *)&hub->listener, BACKLOG, on_connection);
    }
    if (rc == 0)
        return ST_OK;
    log_error("not_listening", "socket", "listen.gateway", "error", uv_strerror(rc));
    return ST_IO;
}

static void stop(struct gw_hub *hub)
{
    char sessions[24];

    if (hub->stopping)
        return;
    log_info("stopping", "sessions", log_u64(sessions, hub->registry.count));
    uv_close((uv_handle_t *)&hub->listener, NULL);
    gw_hub_stop(hub);
}

static void on_signal(uv_poll_t *poll, int status, int events)
{
    struct gw_hub *hub = poll->data;
    enum role_event event;

    (void)status;
    (void)events;
    while ((event = role_next_event()) != ROLE_NOTHING) {
        if (event == ROLE_STOP)
            stop(hub);
        else if (gw_hub_load_tls(hub) == ST_OK) {
            log_info("certificates_loaded");
            gw_conn_authority_changed(hub);
        }
    }
}

static int listen_for_signals(struct gw_hub *hub)
{
    if (uv_poll_init(&hub->loop, &hub->signals, role_signal_fd()) != 0 ||
        uv_poll_start(&hub->signals, UV_READABLE, on_signal) != 0) {
        log_error("signals_not_heard", "error", "uv_poll");
        return ST_IO;
    }
    hub->signals.data = hub;
    return ST_OK;
}

/* Raises the limit of open files to what the sessions need, as far as the system allows. */
static void raise_descriptors(const struct conf *conf)
{
    const rlim_t wanted = (rlim_t)conf->gateway_sessions_max + GW_HANDSHAKES_MAX + OTHER_DESCRIPTORS;
    struct rlimit limit;
    char have[24];
    char want[24];

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_warn("few_descriptors", "have", log_u64(have, limit.rlim_cur), "sessions_max_needs",
                 log_u64(want, wanted));
}

int gateway_run(const struct conf *conf, unsigned index)
{
    struct gw_hub *hub = malloc(sizeof *hub); /* 80 KB of buffers: too much for a stack */
    int rc;

    if (hub == NULL) {
        log_error("gateway_not_started", "error", "no memory");
        return 1;
    }
    raise_descriptors(conf);
    rc = gw_hub_init(hub, conf, index);
    if (rc == ST_OK)
        rc = listen_for_devices(hub);
    if (rc == ST_OK)
        rc = listen_for_signals(hub);
    if (rc != ST_OK)
        return 1; /* the process ends: nothing is worth freeing */
    role_ready();
    (void)uv_run(&hub->loop, UV_RUN_DEFAULT);
    gw_hub_clear(hub);
    free(hub);
    log_info("stopped");
    return 0;
}
