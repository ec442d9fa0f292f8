/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector. A blob may be deleted only while no upload stands between its blobs and its row: look and delete happen under
 * the write side of blobs_in_use, which uploads hold for reading. The grace time guards against what the lock cannot see, such as
 * another program that restores rows.
 */
#include "api/collect.h"

#include <stdbool.h>

#include "api/service.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/status.h"
#include "blob/blob.h"

/* Rows that one trim deletes: keeps the writer's lock for milliseconds. */
#define TRIM_ROWS 2000

struct collect {
    struct worker *w;
    int64_t before_s;
    uint32_t deleted;
};

static bool blob_is_unused(struct collect *c, const unsigned char sha256[32])
{
    bool used = true;
    return store_blob_is_used(c->w->store, sha256, &used) == ST_OK && !used;
}

static bool blob_look(void *arg, const unsigned char sha256[32], int64_t put_at_s)
{
    struct collect *c = arg;
    struct service *s = c->w->service;
    char hex[65];
    if (put_at_s >= c->before_s || !blob_is_unused(c, sha256)) {
        return true; /* nearly always; uploads need not wait for this */
    }
    (void)pthread_rwlock_wrlock(&s->blobs_in_use);
    bool gone = blob_is_unused(c, sha256) && blob_delete(s->blobs, sha256) == ST_OK;
    (void)pthread_rwlock_unlock(&s->blobs_in_use);
    if (gone) {
        c->deleted++;
        log_debug("blob_collected", "sha256", log_hex(hex, sizeof(hex), sha256, 32));
    }
    return true;
}

uint32_t collect_blobs(struct worker *w, int64_t grace_s)
{
    struct collect c = { .w = w, .before_s = clock_wall_us() / 1000000 - grace_s };
    char count[24];
    blob_torn_remove(w->service->blobs); /* of a process that was killed while others went on */
    int rc = blob_each(w->service->blobs, blob_look, &c);
    if (rc != ST_OK || c.deleted > 0) {
        log_info("blobs_collected", "count", log_u64(count, c.deleted), "result", status_name(rc));
    }
    return c.deleted;
}

uint32_t collect_logs(struct worker *w)
{
    const struct conf *conf = &w->service->conf;
    int64_t before_us = clock_wall_us() - (int64_t)conf->log_retention_days * 86400 * 1000000;
    uint32_t deleted = 0;
    char count[24];
    int rc = store_log_trim(w->store, before_us, conf->log_lines_per_device, TRIM_ROWS, &deleted);
    if (deleted > 0 || rc != ST_OK) {
        log_info("log_lines_trimmed", "count", log_u64(count, deleted), "result", status_name(rc));
    }
    return deleted;
}
