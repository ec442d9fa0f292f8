/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up and turning what all connections of a gateway process share. */
#include "gateway/gw_hub.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/paths.h"
#include "gateway/gw_bus.h"
#include "gateway/gw_conn.h"

#define US_PER_S        1000000
#define GATEWAY_ID_BITS 3 /* GATEWAYS_MAX is 8 */
#define PATH_MAX_BYTES  1024

struct gw_moment gw_hub_moment(void)
{
    return (struct gw_moment){ .now_us = clock_mono_us(), .wall_us = clock_wall_us() };
}

uint64_t gw_hub_session_id(struct gw_hub *hub)
{
    const uint64_t now = (uint64_t)clock_mono_us() + 1;
    uint64_t stamp = hub->last_session_id >> GATEWAY_ID_BITS;

    stamp = now > stamp ? now : stamp + 1;
    hub->last_session_id = stamp << GATEWAY_ID_BITS | hub->index;
    return hub->last_session_id;
}

bool gw_hub_has_room(const struct gw_hub *hub)
{
    return hub->registry.count < hub->conf->gateway_sessions_max && !gw_writer_is_congested(&hub->writer);
}

/* ---- certificates -------------------------------------------------------------------------------- */

/* Only the keeper's own certificates roll over. */
static int load_offers(const struct conf *conf, struct gw_tls_context *tls, char *err, size_t err_cap)
{
    static const char *const files[] = { PATH_SERVER_CA_CERT, PATH_SERVER_CA_NEXT_CERT,
                                         PATH_SERVER_CA_OLD_CERT };
    char authorities[3][PATH_MAX_BYTES];
    char certificate[PATH_MAX_BYTES];
    struct gw_tls_offers offers = { .certificate = certificate };

    if (conf->gateway_certificate[0] != '\0')
        return ST_OK;
    for (unsigned i = 0; i < 3; i++) {
        conf_path(conf, files[i], authorities[i]);
        offers.authorities[i] = authorities[i];
    }
    conf_path(conf, PATH_GATEWAY_OTHER_CERT, certificate);
    return gw_tls_context_offer(tls, &offers, err, err_cap);
}

int gw_hub_load_tls(struct gw_hub *hub)
{
    char certificate[PATH_MAX_BYTES];
    char key[PATH_MAX_BYTES];
    char ca[PATH_MAX_BYTES];
    char err[256];
    struct gw_tls_context *fresh;
    const struct conf *conf = hub->conf;
    int rc;

    conf_path(conf, PATH_GATEWAY_CERT, certificate);
    conf_path(conf, PATH_GATEWAY_KEY, key);
    conf_path(conf, PATH_FLEET_CA_CERT, ca);
    rc = gw_tls_context_new(conf->gateway_certificate[0] != '\0' ? conf->gateway_certificate : certificate,
                            conf->gateway_private_key[0] != '\0' ? conf->gateway_private_key : key, ca,
                            &fresh, err, sizeof err);
    if (rc == ST_OK) {
        rc = load_offers(conf, fresh, err, sizeof err);
        if (rc != ST_OK)
            gw_tls_context_release(fresh);
    }
    if (rc != ST_OK) {
        log_error("certificates_not_loaded", "error", err);
        return rc;
    }
    gw_tls_context_release(hub->tls);
    hub->tls = fresh;
    return ST_OK;
}

/* ---- time ---------------------------------------------------------------------------------------- */

/* After many handshakes the heap is full of holes; a second without connections that close is a good moment.
 */
static void keep_house(struct gw_hub *hub, int64_t now_us)
{
    if (now_us < hub->housekeeping_us)
        return;
    hub->housekeeping_us = now_us + US_PER_S;
    gw_refusals_tell(&hub->refusals);
}

static void end_if_done(struct gw_hub *hub, int64_t now_us)
{
    if (!hub->stopping)
        return;
    gw_writer_flush(&hub->writer);
    if (hub->conn_count == 0 && gw_writer_is_idle(&hub->writer))
        uv_stop(&hub->loop);
    if (now_us < hub->stop_us)
        return;
    log_error("stopped_hard", "error", gw_writer_is_idle(&hub->writer) ? "connections" : "rows not written");
    uv_stop(&hub->loop);
}

static void on_tick(uv_timer_t *timer)
{
    struct gw_hub *hub = timer->data;
    const int64_t now_us = clock_mono_us();
    struct gw_timer *t;

    while ((t = gw_wheel_next(&hub->wheel, now_us)) != NULL)
        gw_conn_on_timer(t);
    keep_house(hub, now_us);
    end_if_done(hub, now_us);
    if (hub->conn_count == 0 && !hub->stopping)
        (void)uv_timer_stop(timer);
}

void gw_hub_keep_ticking(struct gw_hub *hub)
{
    if (!uv_is_active((uv_handle_t *)&hub->tick) && !uv_is_closing((uv_handle_t *)&hub->tick)) {
        gw_wheel_init(&hub->wheel, clock_mono_us());
        (void)uv_timer_start(&hub->tick, on_tick, GW_TICK_MS, GW_TICK_MS);
    }
}

void gw_hub_stop(struct gw_hub *hub)
{
    hub->stopping = true;
    hub->stop_us = clock_mono_us() + (int64_t)GW_STOP_MS * 1000;
    gw_conn_shutdown_all(hub);
    gw_hub_keep_ticking(hub);
}

/* ---- set-up -------------------------------------------------------------------------------------- */

static const struct gw_writer_events writer_events = {
    .line_stored = gw_conn_line_stored,
    .line_done = gw_conn_line_done,
    .crash_stored = gw_conn_crash_stored,
    .crash_done = gw_conn_crash_done,
};

static int open_store(struct gw_hub *hub)
{
    char path[PATH_MAX_BYTES];
    char err[256] = "";
    int rc;

    conf_path(hub->conf, PATH_STORE, path);
    rc = gw_lookup_init(&hub->lookup, &hub->loop, path, err, sizeof err);
    if (rc == ST_OK)
        rc = gw_writer_init(&hub->writer, &hub->loop, path, hub->index, hub->conf->crashes_per_device,
                            &writer_events, err, sizeof err);
    if (rc == ST_OK)
        rc = gw_errands_init(&hub->errands, &hub->loop, path, err, sizeof err);
    if (rc != ST_OK)
        log_error("store_not_opened", "path", path, "error", err[0] != '\0' ? err : status_name(rc));
    return rc;
}

static int open_blobs(struct gw_hub *hub)
{
    char path[PATH_MAX_BYTES];
    int rc;

    conf_path(hub->conf, PATH_BLOBS, path);
    rc = blob_open(path, &hub->blobs);
    if (rc != ST_OK)
        log_error("blobs_not_opened", "path", path, "error", status_name(rc));
    return rc;
}

int gw_hub_init(struct gw_hub *hub, const struct conf *conf, unsigned index)
{
    int rc;

    memset(hub, 0, sizeof *hub);
    hub->conf = conf;
    hub->index = index;
    if (uv_loop_init(&hub->loop) != 0 || uv_timer_init(&hub->loop, &hub->tick) != 0) {
        log_error("loop_not_made", "error", "uv_loop_init");
        return ST_IO;
    }
    hub->tick.data = hub;
    gw_wheel_init(&hub->wheel, clock_mono_us());
    rc = gw_registry_init(&hub->registry);
    if (rc == ST_OK)
        rc = gw_hub_load_tls(hub);
    if (rc == ST_OK)
        rc = open_blobs(hub);
    if (rc == ST_OK)
        rc = open_store(hub);
    if (rc == ST_OK)
        rc = gw_bus_open(hub, &hub->bus);
    return rc;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void gw_hub_clear(struct gw_hub *hub)
{
    gw_conn_abandon_all(hub);
    gw_bus_close(hub->bus);
    hub->bus = NULL;
    uv_walk(&hub->loop, close_handle, NULL);
    (void)uv_run(&hub->loop, UV_RUN_DEFAULT); /* until all handles and pool operations are done */
    gw_writer_clear(&hub->writer);
    gw_lookup_clear(&hub->lookup);
    gw_errands_clear(&hub->errands);
    blob_close(hub->blobs);
    gw_tls_context_release(hub->tls);
    gw_registry_clear(&hub->registry);
    (void)uv_loop_close(&hub->loop);
}
