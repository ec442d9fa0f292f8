/* SPDX-License-Identifier: Apache-2.0 */
/* Caps of the gateway, each with its reason. What device and server share is in proto/limits.h. */
#ifndef GATEWAY_GW_LIMITS_H
#define GATEWAY_GW_LIMITS_H

/* Connections that are still in their handshake, on top of sessions_max: a reconnecting fleet of that size
 * shakes hands at a thousand per second, so that many are under way at once and more would only wait. */
#define GW_HANDSHAKES_MAX 1024u

/* Client certificate list: our device certificates are about 450 bytes of DER, the chain has one level. */
#define GW_CERTIFICATE_LIST_MAX_BYTES 4096

/* CA certificates in the fleet CA file: the old and the new one of a roll-over, twice. */
#define GW_FLEET_CAS_MAX 4u

/* Device certificates whose signature is remembered to be right: 36 bytes each, so that the signature of a returning
 * device is verified once per process for fleets of this order. */
#define GW_KNOWN_CERTIFICATES 8192u

/* One read from a socket: four TLS records of a device. One buffer per loop, so its size costs nothing. */
#define GW_READ_BYTES 16384u

/* Plain bytes taken from TLS at once: bounds how far a session can overrun its log budget before it is
 * paused. */
#define GW_PLAIN_BYTES 4096u

/* Bytes of TLS records collected in one loop turn before they are handed to the kernel. One buffer per loop.
 */
#define GW_OUT_BYTES 65536u

/* Write queue of a connection behind the kernel's socket buffer: above HIGH no more blob data is read for it,
 * above MAX (a peer that asks without ever reading) it is closed. A frame with its records is 4.2 KB. */
#define GW_WRITE_HIGH_BYTES 8192u
#define GW_WRITE_MAX_BYTES  65536u

/* How long a closing connection may take to hand its Bye to the kernel. */
#define GW_LINGER_MS 1000u

/* After a stop: time for goodbyes and the last batch; the parent kills after 5 s. */
#define GW_STOP_MS 4000u

/* A session that has lasted this long gives back what only its handshake needed. Devices that only check in are gone by then. */
#define GW_SLIM_AFTER_MS 2000u

/* Streams of one session, also those whose last disk read is still under way after the device closed them:
 * four more, so that a device may drop all its streams and open as many at once. */
#define GW_STREAM_SLOTS (2u * STREAMS_PER_DEVICE_MAX)

/* Log lines per second of one device, and the burst it may send at once (its whole ring after an outage). */
#define GW_LOG_LINES_PER_S 200u
#define GW_LOG_BURST_LINES 1000u

/* What a change of a microvisor's update phase costs of that budget: an update has seven, and each is a line of the server's own log. */
#define GW_PHASE_LINES 10u

/* What a crash report costs of that budget: it has the size of one and a half lines, but is a transaction of its own. */
#define GW_CRASH_LINES 20u

/* Crash reports of one session that wait for the store. A device sends one at a time; each takes 1.4 KB until it is written. */
#define GW_CRASHES_WAITING_MAX 4u

/* Lines of one session that wait for the store; above it the session is not read until some are stored. */
#define GW_LOG_WAITING_MAX 512u

/* All lines of this process that wait for the store: above it every session that sends one is paused. */
#define GW_LOG_QUEUE_BYTES 0x400000u /* 4 MiB */

/* Rows written in one transaction: large enough that commits are rare, small enough that one takes
 * milliseconds. */
#define GW_BATCH_ROWS 256u

/* How long a row may wait for others before the batch is written. */
#define GW_BATCH_MS 20u

/* Reports and presence rows that wait while the store fails, besides one per session: new sessions are told
 * to come back later above it. */
#define GW_ROWS_WAITING_MAX 16384u

/* A failed batch is tried again after this long. */
#define GW_STORE_RETRY_MS 1000u

/* Rows looked up in one turn of the reading thread, so that the first of a thousand is answered at once. */
#define GW_ASKS_PER_TURN 32u

/* Store look-up at Hello: a store that takes longer is down, the device shall come back later. */
#define GW_LOOK_UP_MAX_MS 10000u

/* Every session's row is read again this often, in case a bus message was lost; last_seen is written as
 * often. */
#define GW_ROW_REFRESH_MS 60000u

/* Wait that devices are told: after a restart of the gateway they come back at once (their own jitter spreads
 * them); while the store is down or the process is full they wait longer; revoked and unknown ones have no
 * business here. */
#define GW_RETRY_SHUTDOWN_MS 500u
#define GW_RETRY_BUSY_MS     15000u
#define GW_RETRY_REFUSED_MS  300000u

/* Refusals logged per second; what is beyond is counted and told once per second. */
#define GW_REFUSALS_PER_S 20u

/* Timer wheel: 20 ms is a tenth of the shortest heartbeat; 512 slots make 10 s, longer waits go round again.
 */
#define GW_TICK_MS     20u
#define GW_WHEEL_SLOTS 512u

#endif
