/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open connections: how many one client may have, and deadlines. The HTTP library drops a connection that is silent; this drops one that is merely slow, so that a
 * handful of bytes now and then cannot hold connections for ever.
 *
 *   WAITING  until a request's head is complete     CONN_FIRST_US from the connect, CONN_NEXT_US from the last answer
 *   BODY     until the body is complete             CONN_SLACK_US, and CONN_LEAST_RATE from then on
 *   BUSY     while the server works                 none
 *   ANSWER   until the answer is sent               as BODY
 */
#ifndef API_CONNS_H
#define API_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/client.h"

#define CONN_FIRST_US                                                                                        \
    (INT64_C(10) * 1000000) /* TCP and TLS handshake and a head of 8 KiB, even over a bad line */
#define CONN_NEXT_US    (INT64_C(60) * 1000000) /* idle connections that clients keep */
#define CONN_SLACK_US   (INT64_C(20) * 1000000)
#define CONN_LEAST_RATE 8192 /* bytes per second: a slow modem */

enum conn_phase { CONN_WAITING, CONN_BODY, CONN_BUSY, CONN_ANSWER };

struct conns;
struct conn;

struct conns *conns_new(void);
void conns_free(struct conns *c); /* NULL ok; all connections are gone */

/* May this client have one more, where each has at most most (0: any number)? A refusal is counted. Between the question and conns_add
 * other threads may ask for the same client, so that it can get as many more as there are threads. */
bool conns_admit(struct conns *c, const struct client *client, unsigned most);

/* fd is borrowed until conns_remove. NULL: no memory. */
struct conn *conns_add(struct conns *c, int fd, const struct client *client, int64_t now_us);
void conns_remove(struct conns *c, struct conn *conn); /* NULL ok */

/* Enters a phase; bytes is the length of the answer for CONN_ANSWER. NULL ok. */
void conns_phase(struct conns *c, struct conn *conn, enum conn_phase phase, uint64_t bytes, int64_t now_us);
void conns_progress(struct conns *c, struct conn *conn, uint64_t bytes); /* of the body. NULL ok */

/* Shuts down connections past their deadline (their owner then removes them); returns how many. */
unsigned conns_sweep(struct conns *c, int64_t now_us);

unsigned conns_refused(struct conns *c); /* since the last call */
size_t conns_count(struct conns *c);
size_t conns_active(struct conns *c); /* those that are not WAITING */

#endif
