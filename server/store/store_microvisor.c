/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors and, for each kind of board of an account, the one that is its devices' default. */
#include "store/store.h"

#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store_handle.h"

void store_microvisor_read(struct sql_query *q, int c, struct store_microvisor *out)
{
    memset(out, 0, sizeof(*out));
    out->position = sql_i64(q, c);
    sql_text(q, c + 1, out->sid, sizeof(out->sid));
    sql_text(q, c + 2, out->account_sid, sizeof(out->account_sid));
    sql_text(q, c + 3, out->unique_name, sizeof(out->unique_name));
    sql_blob(q, c + 4, out->manifest_sha256, sizeof(out->manifest_sha256));
    out->manifest_bytes = (uint32_t)sql_i64(q, c + 5);
    sql_blob(q, c + 6, out->image_sha256, sizeof(out->image_sha256));
    out->image_bytes = (uint32_t)sql_i64(q, c + 7);
    sql_text(q, c + 8, out->board, sizeof(out->board));
    sql_text(q, c + 9, out->version, sizeof(out->version));
    out->number = (uint32_t)sql_i64(q, c + 10);
    out->ratchet = (uint32_t)sql_i64(q, c + 11);
    out->created_us = sql_i64(q, c + 12);
    out->updated_us = sql_i64(q, c + 13);
    out->is_default = sql_i64(q, c + 14) != 0;
}

static int microvisor_insert(struct store *s, const struct store_microvisor *m)
{
    struct sql_query *q = sql_query(
        s->db, "INSERT INTO microvisors (sid, account_sid, unique_name, manifest_sha256, manifest_bytes, "
               "image_sha256, image_bytes, board, version, number, ratchet, created_us, updated_us) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    sql_bind_text(q, 1, m->sid);
    sql_bind_text(q, 2, m->account_sid);
    sql_bind_text(q, 3, store_name_or_null(m->unique_name));
    sql_bind_blob(q, 4, m->manifest_sha256, sizeof(m->manifest_sha256));
    sql_bind_i64(q, 5, m->manifest_bytes);
    sql_bind_blob(q, 6, m->image_sha256, sizeof(m->image_sha256));
    sql_bind_i64(q, 7, m->image_bytes);
    sql_bind_text(q, 8, m->board);
    sql_bind_text(q, 9, m->version);
    sql_bind_i64(q, 10, m->number);
    sql_bind_i64(q, 11, m->ratchet);
    sql_bind_i64(q, 12, m->created_us);
    sql_bind_i64(q, 13, m->updated_us);
    return sql_run(q);
}

/* The row of a query for one; ST_NOT_FOUND if it has none. */
static int microvisor_one(struct sql_query *q, struct store_microvisor *out)
{
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    store_microvisor_read(q, 0, out);
    sql_reset(q);
    return ST_OK;
}

#define MICROVISOR_SELECT "SELECT " STORE_MICROVISOR_COLUMNS " FROM microvisors m "

int store_microvisor_find(struct store *s, const char *account_sid, const unsigned char manifest_sha256[32],
                          struct store_microvisor *out)
{
    struct sql_query *q =
        sql_query(s->db, MICROVISOR_SELECT "WHERE m.account_sid = $1 AND m.manifest_sha256 = $2");
    sql_bind_text(q, 1, account_sid);
    sql_bind_blob(q, 2, manifest_sha256, 32);
    return microvisor_one(q, out);
}

int store_microvisor_create(struct store *s, const struct store_microvisor *m)
{
    if (!sid_is(m->sid, "KM") || sid_is(m->unique_name, "KM")) {
        return ST_INVALID;
    }
    return microvisor_insert(s, m);
}

int store_microvisor_get(struct store *s, const char *account_sid, const char *sid_or_name,
                         struct store_microvisor *out)
{
    char key[UNIQUE_NAME_MAX_BYTES + 2];
    store_sid_normalize(sid_or_name, key, sizeof(key));
    struct sql_query *q =
        sid_is(key, "KM")
            ? sql_query(s->db, MICROVISOR_SELECT "WHERE m.account_sid = $1 AND m.sid = $2")
            : sql_query(s->db, MICROVISOR_SELECT "WHERE m.account_sid = $1 AND m.unique_name = $2");
    sql_bind_text(q, 1, account_sid);
    sql_bind_text(q, 2, key);
    return microvisor_one(q, out);
}

#define MICROVISOR_LIST MICROVISOR_SELECT "WHERE m.account_sid = $1 "

int store_microvisor_list(struct store *s, const char *account_sid, const struct store_page *page,
                          struct store_microvisor *out, uint32_t *n)
{
    struct sql_query *q =
        page->backwards
            ? sql_query(s->db, MICROVISOR_LIST "AND m.id > $2 ORDER BY m.id LIMIT $3 OFFSET $4")
            : sql_query(s->db, MICROVISOR_LIST "AND m.id < $2 ORDER BY m.id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, account_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        store_microvisor_read(q, 0, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_microvisor swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}

/* How many devices target it. */
static int target_count(struct store *s, const struct store_microvisor *m, uint32_t *devices)
{
    struct sql_query *q = sql_query(s->db, "SELECT COUNT(*) FROM devices WHERE target_microvisor_id = $1");
    sql_bind_i64(q, 1, m->position);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    *devices = (uint32_t)sql_i64(q, 0);
    sql_reset(q);
    return ST_OK;
}

static int microvisor_row_delete(struct store *s, const struct store_microvisor *m)
{
    struct sql_query *q = sql_query(s->db, "DELETE FROM microvisors WHERE id = $1");
    sql_bind_i64(q, 1, m->position);
    return sql_run(q);
}

int store_microvisor_delete(struct store *s, const char *account_sid, const char *sid, uint32_t *devices)
{
    struct store_microvisor m;
    *devices = 0;
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = store_microvisor_get(s, account_sid, sid, &m);
    if (rc == ST_OK) {
        rc = target_count(s, &m, devices);
    }
    if (rc == ST_OK && (*devices > 0 || m.is_default)) {
        rc = ST_IN_USE;
    }
    if (rc == ST_OK) {
        rc = microvisor_row_delete(s, &m);
    }
    return sql_end(s->db, rc);
}

static int name_set(struct store *s, const struct store_microvisor *m, const char *name)
{
    struct sql_query *q =
        sql_query(s->db, "UPDATE microvisors SET unique_name = $1, updated_us = $2 WHERE id = $3");
    sql_bind_text(q, 1, store_name_or_null(name));
    sql_bind_i64(q, 2, clock_wall_us());
    sql_bind_i64(q, 3, m->position);
    return sql_run(q);
}

/* One default per board: a new one takes the old one's place. */
static int default_set(struct store *s, const struct store_microvisor *m)
{
    struct sql_query *q = sql_query(
        s->db, "INSERT INTO microvisor_defaults (account_sid, board, microvisor_id) VALUES ($1, $2, $3) "
               "ON CONFLICT (account_sid, board) DO UPDATE SET microvisor_id = excluded.microvisor_id");
    sql_bind_text(q, 1, m->account_sid);
    sql_bind_text(q, 2, m->board);
    sql_bind_i64(q, 3, m->position);
    return sql_run(q);
}

static int default_clear(struct store *s, const struct store_microvisor *m)
{
    struct sql_query *q = sql_query(s->db, "DELETE FROM microvisor_defaults WHERE microvisor_id = $1");
    sql_bind_i64(q, 1, m->position);
    return sql_run(q);
}

int store_microvisor_update(struct store *s, const char *account_sid, const char *sid,
                            const struct store_microvisor_change *change, struct store_microvisor *out)
{
    if (change->unique_name != NULL && sid_is(change->unique_name, "KM")) {
        return ST_INVALID;
    }
    struct store_microvisor m;
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = store_microvisor_get(s, account_sid, sid, &m);
    if (rc == ST_OK) {
        rc = name_set(s, &m, change->unique_name ? change->unique_name : m.unique_name);
    }
    if (rc == ST_OK && change->set_default) {
        rc = change->is_default ? default_set(s, &m) : default_clear(s, &m);
    }
    if (rc == ST_OK) {
        rc = store_microvisor_get(s, account_sid, m.sid, out);
    }
    return sql_end(s->db, rc);
}

int store_microvisor_default(struct store *s, const char *account_sid, const char *board,
                             struct store_microvisor *out)
{
    struct sql_query *q =
        sql_query(s->db, MICROVISOR_SELECT "JOIN microvisor_defaults f ON f.microvisor_id = m.id "
                                           "WHERE f.account_sid = $1 AND f.board = $2");
    sql_bind_text(q, 1, account_sid);
    sql_bind_text(q, 2, board);
    return microvisor_one(q, out);
}

int store_ratchet_above(struct store *s, const char *account_sid, const char *board, uint32_t ratchet,
                        uint32_t *devices, char example_sid[SID_BYTES])
{
    struct sql_query *q = sql_query(
        s->db, "SELECT COUNT(*), MIN(d.sid) FROM devices d JOIN device_reports r ON r.device_id = d.id "
               "JOIN device_microvisors v ON v.device_id = d.id WHERE d.account_sid = $1 AND r.board = $2 "
               "AND v.ratchet > $3 AND d.target_microvisor_id IS NULL");
    sql_bind_text(q, 1, account_sid);
    sql_bind_text(q, 2, board);
    sql_bind_i64(q, 3, ratchet);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    *devices = (uint32_t)sql_i64(q, 0);
    sql_text(q, 1, example_sid, SID_BYTES);
    sql_reset(q);
    return ST_OK;
}
