/* SPDX-License-Identifier: Apache-2.0 */
/* Output of a connection: one shared collecting buffer, uv_try_write, and a heap copy of what did not fit
 * (C4). */
#include "gateway/gw_conn_parts.h"

#include <stdlib.h>
#include <string.h>

struct write_job {
    uv_write_t request;
    unsigned char bytes[];
};

size_t gw_conn_queued_bytes(const struct gw_conn *c)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

static void after_write(uv_write_t *request, int status)
{
    struct gw_conn *c = request->handle->data;

    free((struct write_job *)(void *)request);
    if (status == UV_ECANCELED || c->closed)
        return;
    if (status < 0)
        c->broken = uv_strerror(status);
    else if (c->blocked && gw_conn_queued_bytes(c) < GW_WRITE_HIGH_BYTES) {
        c->blocked = false;
        gw_session_writable(&c->session);
    }
    gw_conn_settle(c);
}

static void queue(struct gw_conn *c, const unsigned char *data, size_t len)
{
    struct write_job *job = malloc(sizeof *job + len);
    uv_buf_t buf;
    int rc;

    if (job == NULL) {
        c->broken = "no memory for output";
        return;
    }
    memcpy(job->bytes, data, len);
    buf = uv_buf_init((char *)job->bytes, (unsigned)len);
    rc = uv_write(&job->request, (uv_stream_t *)&c->tcp, &buf, 1, after_write);
    if (rc == 0)
        return;
    free(job);
    c->broken = uv_strerror(rc);
}

static void write_out(struct gw_conn *c, unsigned char *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);
    int n;

    if (c->closed || c->broken != NULL)
        return;
    n = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    if (n < 0 && n != UV_EAGAIN) {
        c->broken = uv_strerror(n);
        return;
    }
    if (n < 0)
        n = 0;
    if ((size_t)n < len)
        queue(c, data + n, len - (size_t)n);
    if (gw_conn_queued_bytes(c) > GW_WRITE_MAX_BYTES)
        c->broken = "the peer does not read what it asked for";
}

void gw_conn_flush(struct gw_conn *c)
{
    struct gw_out *out = &c->hub->out;
    const size_t len = out->len;

    if (out->owner != c || len == 0)
        return;
    out->len = 0;
    out->owner = NULL;
    write_out(c, out->bytes, len);
}

void gw_conn_put(void *conn, const void *data, size_t len)
{
    struct gw_conn *c = conn;
    struct gw_out *out = &c->hub->out;

    if (out->owner != NULL && out->owner != c)
        gw_conn_flush(out->owner);
    out->owner = c;
    while (len > 0) {
        const size_t room = sizeof out->bytes - out->len;
        const size_t n = len < room ? len : room;

        memcpy(out->bytes + out->len, data, n);
        out->len += n;
        data = (const unsigned char *)data + n;
        len -= n;
        if (len > 0) {
            gw_conn_flush(c);
            out->owner = c;
        }
    }
}
