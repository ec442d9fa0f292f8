/* SPDX-License-Identifier: Apache-2.0 */
/* The api role: opens what it needs, serves, keeps house, stops. */
#include "api/api.h"

#include <stdio.h>

#include "api/collect.h"
#include "api/http.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "bus/peers.h"
#include "loop/role.h"

#define TICK_MS 1000

/* Less than the 5 s that a role has to stop. */
#define STOP_GRACE_MS 3000

/* First look for blobs after a minute, then each hour. Log lines: as long as there is something to delete, every tick; else each
 * minute. */
#define COLLECT_FIRST_US INT64_C(60000000)
#define COLLECT_EACH_US  INT64_C(3600000000)
#define TRIM_EACH_US     INT64_C(60000000)

struct housekeeping {
    int64_t next_collect_us, next_trim_us;
};

static uint32_t gateways_find(const struct conf *conf, int out[GATEWAYS_MAX])
{
    uint32_t n = conf->gateway_processes < GATEWAYS_MAX ? conf->gateway_processes : GATEWAYS_MAX;
    for (uint32_t i = 0; i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "bus.gateway.%u", i);
        out[i] = peers_fd(name);
    }
    return n;
}

static void housekeeping_step(struct service *s, struct housekeeping *h)
{
    struct worker *w = service_worker(s);
    int64_t now_us = clock_mono_us();
    if (w != NULL && now_us >= h->next_trim_us) {
        h->next_trim_us = collect_logs(w) > 0 ? now_us : now_us + TRIM_EACH_US;
    }
    if (w != NULL && now_us >= h->next_collect_us) {
        (void)collect_blobs(w, COLLECT_GRACE_S); /* logs what it did */
        h->next_collect_us = now_us + COLLECT_EACH_US;
    }
}

static void serve(struct service *s, struct http *http)
{
    struct housekeeping h = { .next_collect_us = clock_mono_us() + COLLECT_FIRST_US };
    for (;;) {
        switch (role_wait_event(TICK_MS)) {
        case ROLE_STOP:
            return;
        case ROLE_RELOAD:
            http_reload(http);
            break;
        case ROLE_NOTHING:
            break;
        }
        http_tick(http);
        housekeeping_step(s, &h);
    }
}

int api_run(const struct conf *conf)
{
    static struct service service;
    int gateways[GATEWAYS_MAX];
    int listen_fd = peers_fd("listen.api");
    if (listen_fd < 0) {
        log_error("api_start_failed", "error", "the parent gave no socket named listen.api");
        return 1;
    }
    uint32_t count = gateways_find(conf, gateways);
    int rc = service_open(&service, conf, peers_fd("bus.keeper"), gateways, count);
    struct http *http = rc == ST_OK ? http_start(&service, listen_fd) : NULL;
    if (http != NULL) {
        role_ready();
        serve(&service, http);
        http_stop(http, STOP_GRACE_MS);
    }
    service_close(&service);
    return http != NULL ? 0 : 1;
}
