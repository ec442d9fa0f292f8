/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device connection: a TCP socket, TLS, a session machine, and what they need to work on one loop.
 *
 * Invariants
 *  C1 nothing is held for an idle connection but this struct, TLS state and the grants;
 *  C2 the struct lives until its socket is closed and no pool operation refers to it (references);
 *  C3 every event ends in settle, which flushes, closes, pauses or resumes reading, and sets the timer;
 *  C4 the write queue never exceeds GW_WRITE_MAX_BYTES by more than one turn's output;
 *  C5 a connection that ends says why exactly once.
 */
#ifndef GATEWAY_GW_CONN_H
#define GATEWAY_GW_CONN_H

#include <stdint.h>

struct gw_hub;
struct gw_conn;
struct gw_timer;

/* Takes the next connection from the hub's listener. Refuses it, with a logged reason, when there are too
 * many. */
void gw_conn_accept(struct gw_hub *hub);

/* The timer of a connection has come. */
void gw_conn_on_timer(struct gw_timer *timer);

/* Of a device that has an open session here; else nothing happens. */
void gw_conn_device_changed(struct gw_hub *hub, const char *sid);
void gw_conn_device_revoked(struct gw_hub *hub, const char *sid);
void gw_conn_device_opened_elsewhere(struct gw_hub *hub, const char *sid, uint64_t session_id);

/* Of every device: their rows are read again. */
void gw_conn_all_changed(struct gw_hub *hub);

/* Devices that should see another certificate now connect again. */
void gw_conn_authority_changed(struct gw_hub *hub);

/* Goodbye to all. */
void gw_conn_shutdown_all(struct gw_hub *hub);
/* Closes all sockets at once, without waiting for anything to be sent. */
void gw_conn_abandon_all(struct gw_hub *hub);

/* What the writer tells about log lines and crash reports (struct gw_writer_events). */
void gw_conn_line_stored(void *conn, uint32_t seq);
void gw_conn_line_done(void *conn);
void gw_conn_crash_stored(void *conn, uint64_t report_id);
void gw_conn_crash_done(void *conn);

#endif
