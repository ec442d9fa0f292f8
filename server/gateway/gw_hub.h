/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connections of one gateway process share: the loop, its buffers, certificates, store, blobs,
 * registry, timers, bus ends. One thread, one hub; the pool threads never see it.
 */
#ifndef GATEWAY_GW_HUB_H
#define GATEWAY_GW_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "blob/blob.h"
#include "conf/conf.h"
#include "gateway/gw_errand.h"
#include "gateway/gw_limits.h"
#include "gateway/gw_lookup.h"
#include "gateway/gw_refusals.h"
#include "gateway/gw_registry.h"
#include "gateway/gw_session.h"
#include "gateway/gw_tls.h"
#include "gateway/gw_uv.h"
#include "gateway/gw_wheel.h"
#include "gateway/gw_writer.h"

struct gw_conn;

/* TLS records on their way to the socket of the connection that is being worked on. */
struct gw_out {
    struct gw_conn *owner;
    size_t len;
    unsigned char bytes[GW_OUT_BYTES];
};

struct gw_hub {
    const struct conf *conf;
    unsigned index;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_poll_t signals;
    uv_timer_t tick;
    struct gw_bus *bus; /* NULL in tests without peers */
    struct gw_tls_context *tls;
    struct blob_store *blobs;
    struct gw_lookup lookup;
    struct gw_writer writer;
    struct gw_errands errands;
    struct gw_registry registry;
    struct gw_wheel wheel;
    struct gw_refusals refusals;
    struct gw_conn *conns; /* all of them */
    uint32_t conn_count;
    uint32_t handshakes; /* connections without an open session */
    uint64_t last_session_id;
    int64_t housekeeping_us;
    bool stopping;
    int64_t stop_us; /* when to give up waiting after a stop */
    unsigned char read_buf[GW_READ_BYTES];
    struct gw_out out;
};

/* Opens store, blobs and certificates; ST_OK, or a failure that was logged. */
int gw_hub_init(struct gw_hub *hub, const struct conf *conf, unsigned index);
/* After the loop has ended. */
void gw_hub_clear(struct gw_hub *hub);

/* Reads the certificates again; the old ones stay when the new ones are not good. */
int gw_hub_load_tls(struct gw_hub *hub);

struct gw_moment gw_hub_moment(void);

/* Grows over all gateway processes of the machine: later Hellos have larger ids. Never 0. */
uint64_t gw_hub_session_id(struct gw_hub *hub);

/* Is there room for one more open session? */
bool gw_hub_has_room(const struct gw_hub *hub);

/* Turns the wheel while there are connections, and ends the loop after a stop when all is written. */
void gw_hub_keep_ticking(struct gw_hub *hub);

/* Tells all sessions goodbye and lets the loop end when that and the last batch are done. */
void gw_hub_stop(struct gw_hub *hub);

#endif
