/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines of devices: stored at most once, read in pages, trimmed by age and by number. */
#include "store/store.h"

#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

/* Devices that one trim looks at: each costs a walk over at most lines_per_device index entries. */
#define TRIM_DEVICES 64

static int log_insert(struct store *s, const struct store_log *line)
{
    struct sql_query *q = sql_query(
        s->db,
        "INSERT INTO logs (device_id, boot_id, seq, device_us, received_us, type, text, dropped) "
        "SELECT d.id, $1, $2, $3, $4, $5, $6, $7 FROM devices d WHERE d.sid = $8 ON CONFLICT DO NOTHING");
    sql_bind_i64(q, 1, (int64_t)line->boot_id);
    sql_bind_i64(q, 2, line->seq);
    sql_bind_i64(q, 3, (int64_t)line->device_us);
    sql_bind_i64(q, 4, line->received_us);
    sql_bind_text(q, 5, line->type);
    sql_bind_text(q, 6, line->text);
    sql_bind_i64(q, 7, line->dropped);
    sql_bind_text(q, 8, line->device_sid);
    return sql_run(q);
}

int store_log_put(struct store *s, const struct store_log *lines, uint32_t n)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    for (uint32_t i = 0; rc == ST_OK && i < n; i++) {
        rc = log_insert(s, &lines[i]);
    }
    return sql_end(s->db, rc);
}

#define LOG_SELECT                                                                                           \
    "SELECT l.id, l.boot_id, l.seq, l.device_us, l.received_us, l.type, l.text, l.dropped FROM logs l "      \
    "WHERE l.device_id = (SELECT id FROM devices WHERE sid = $1) AND ($2 = '' OR l.type = $2) "

static void log_read(struct sql_query *q, struct store_log *out)
{
    out->id = sql_i64(q, 0);
    out->boot_id = (uint64_t)sql_i64(q, 1);
    out->seq = (uint32_t)sql_i64(q, 2);
    out->device_us = (uint64_t)sql_i64(q, 3);
    out->received_us = sql_i64(q, 4);
    sql_text(q, 5, out->type, sizeof(out->type));
    sql_text(q, 6, out->text, sizeof(out->text));
    out->dropped = (uint32_t)sql_i64(q, 7);
}

int store_log_list(struct store *s, const char *device_sid, int64_t after_id, bool newest_first,
                   const char *type, uint32_t limit, struct store_log *out, uint32_t *n)
{
    struct sql_query *q = newest_first
                              ? sql_query(s->db, LOG_SELECT "AND l.id < $3 ORDER BY l.id DESC LIMIT $4")
                              : sql_query(s->db, LOG_SELECT "AND l.id > $3 ORDER BY l.id LIMIT $4");
    char sid[SID_BYTES];
    store_sid_normalize(device_sid, sid, sizeof(sid));
    sql_bind_text(q, 1, sid);
    sql_bind_text(q, 2, type);
    sql_bind_i64(q, 3, newest_first && after_id == 0 ? INT64_MAX : after_id);
    sql_bind_i64(q, 4, limit);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        struct store_log *line = &out[(*n)++];
        memcpy(line->device_sid, sid, sizeof(sid));
        log_read(q, line);
    }
    return rc;
}

/* Ids grow with time, so the oldest lines are the ones with the smallest ids. */
static int trim_age(struct store *s, int64_t before_us, uint32_t limit, uint32_t *deleted)
{
    struct sql_query *q =
        sql_query(s->db, "DELETE FROM logs WHERE id IN (SELECT o.id FROM (SELECT id, received_us FROM "
                         "logs ORDER BY id LIMIT $1) AS o WHERE o.received_us < $2)");
    sql_bind_i64(q, 1, limit);
    sql_bind_i64(q, 2, before_us);
    int rc = sql_run(q);
    if (rc == ST_OK) {
        *deleted += (uint32_t)sql_changes(s->db);
    }
    return rc;
}

static int trim_device(struct store *s, int64_t device, uint32_t per_device, uint32_t limit,
                       uint32_t *deleted)
{
    struct sql_query *q = sql_query(
        s->db, "DELETE FROM logs WHERE id IN (SELECT l.id FROM logs l WHERE l.device_id = $1 AND l.id <= "
               "(SELECT k.id FROM logs k WHERE k.device_id = $1 ORDER BY k.id DESC LIMIT 1 OFFSET $2) "
               "ORDER BY l.id LIMIT $3)");
    sql_bind_i64(q, 1, device);
    sql_bind_i64(q, 2, per_device);
    sql_bind_i64(q, 3, limit);
    int rc = sql_run(q);
    if (rc == ST_OK) {
        *deleted += (uint32_t)sql_changes(s->db);
    }
    return rc;
}

/* The device after the one that was looked at last; 0 at the end of the round. */
static int trim_next_device(struct store *s)
{
    struct sql_query *q = sql_query(s->db, "SELECT id FROM devices WHERE id > $1 ORDER BY id LIMIT 1");
    sql_bind_i64(q, 1, s->trim_device);
    int rc = sql_step(q);
    s->trim_device = 0;
    if (rc == SQL_ROW) {
        s->trim_device = sql_i64(q, 0);
        sql_reset(q);
        rc = ST_OK;
    }
    return rc;
}

int store_log_trim(struct store *s, int64_t before_us, uint32_t per_device, uint32_t limit, uint32_t *deleted)
{
    *deleted = 0;
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = trim_age(s, before_us, limit, deleted);
    for (int i = 0; rc == ST_OK && i < TRIM_DEVICES && *deleted < limit; i++) {
        rc = trim_next_device(s);
        if (rc != ST_OK || s->trim_device == 0) {
            break;
        }
        rc = trim_device(s, s->trim_device, per_device, limit - *deleted, deleted);
    }
    return sql_end(s->db, rc);
}
