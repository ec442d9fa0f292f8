/* SPDX-License-Identifier: Apache-2.0 */
/* The list of connections and the sweep over it. A connection is removed before its descriptor is closed, so the sweep, under the
 * same lock, never touches a descriptor that belongs to somebody else by now. */
#include "api/conns.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct conn {
    struct conn *next, **link;
    int fd;
    struct client client;
    enum conn_phase phase;
    int64_t since_us;
    uint64_t bytes;
    bool first, shut;
};

struct conns {
    pthread_mutex_t lock;
    struct conn *first;
    size_t count;
    unsigned refused;
};

struct conns *conns_new(void)
{
    struct conns *c = calloc(1, sizeof(*c));
    if (c != NULL) {
        (void)pthread_mutex_init(&c->lock, NULL); /* cannot fail with default attributes on Linux */
    }
    return c;
}

void conns_free(struct conns *c)
{
    if (c != NULL) {
        (void)pthread_mutex_destroy(&c->lock);
        free(c);
    }
}

/* A walk over the list for each new connection: it has at most HTTP_CONNECTIONS_MAX entries. */
static unsigned client_connections(const struct conns *c, const struct client *client)
{
    unsigned n = 0;
    for (const struct conn *conn = c->first; conn != NULL; conn = conn->next) {
        n += conn->client.counted && memcmp(conn->client.id, client->id, sizeof(client->id)) == 0;
    }
    return n;
}

bool conns_admit(struct conns *c, const struct client *client, unsigned most)
{
    if (!client->counted || most == 0) {
        return true;
    }
    (void)pthread_mutex_lock(&c->lock);
    bool admitted = client_connections(c, client) < most;
    c->refused += !admitted;
    (void)pthread_mutex_unlock(&c->lock);
    return admitted;
}

struct conn *conns_add(struct conns *c, int fd, const struct client *client, int64_t now_us)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL) {
        return NULL;
    }
    conn->fd = fd;
    conn->client = *client;
    conn->since_us = now_us;
    conn->first = true;
    (void)pthread_mutex_lock(&c->lock);
    conn->next = c->first;
    conn->link = &c->first;
    if (c->first != NULL) {
        c->first->link = &conn->next;
    }
    c->first = conn;
    c->count++;
    (void)pthread_mutex_unlock(&c->lock);
    return conn;
}

void conns_remove(struct conns *c, struct conn *conn)
{
    if (conn == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    *conn->link = conn->next;
    if (conn->next != NULL) {
        conn->next->link = conn->link;
    }
    c->count--;
    (void)pthread_mutex_unlock(&c->lock);
    free(conn);
}

void conns_phase(struct conns *c, struct conn *conn, enum conn_phase phase, uint64_t bytes, int64_t now_us)
{
    if (conn == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    conn->first = conn->first && phase == CONN_WAITING;
    conn->phase = phase;
    conn->bytes = bytes;
    conn->since_us = now_us;
    (void)pthread_mutex_unlock(&c->lock);
}

void conns_progress(struct conns *c, struct conn *conn, uint64_t bytes)
{
    if (conn != NULL) {
        (void)pthread_mutex_lock(&c->lock);
        conn->bytes += bytes;
        (void)pthread_mutex_unlock(&c->lock);
    }
}

static bool conn_is_late(const struct conn *conn, int64_t now_us)
{
    int64_t age_us = now_us - conn->since_us;
    switch (conn->phase) {
    case CONN_WAITING:
        return age_us > (conn->first ? CONN_FIRST_US : CONN_NEXT_US);
    case CONN_BODY:
    case CONN_ANSWER:
        return age_us > CONN_SLACK_US + (int64_t)(conn->bytes * 1000000 / CONN_LEAST_RATE);
    case CONN_BUSY:
        break;
    }
    return false;
}

unsigned conns_sweep(struct conns *c, int64_t now_us)
{
    unsigned n = 0;
    (void)pthread_mutex_lock(&c->lock);
    for (struct conn *conn = c->first; conn != NULL; conn = conn->next) {
        if (!conn->shut && conn_is_late(conn, now_us)) {
            conn->shut = true;
            (void)shutdown(conn->fd, SHUT_RDWR); /* one that is gone already is as good */
            n++;
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

unsigned conns_refused(struct conns *c)
{
    (void)pthread_mutex_lock(&c->lock);
    unsigned n = c->refused;
    c->refused = 0;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

size_t conns_count(struct conns *c)
{
    (void)pthread_mutex_lock(&c->lock);
    size_t n = c->count;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

size_t conns_active(struct conns *c)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&c->lock);
    for (const struct conn *conn = c->first; conn != NULL; conn = conn->next) {
        n += conn->phase != CONN_WAITING;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}
