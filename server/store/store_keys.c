/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates of accounts, and what devices say of their key rings. */
#include "store/store.h"

#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

#define COLUMNS "id, sequence, message, key_ring, created_us"

/* A value that does not fit was not written by us. */
static int update_read(struct sql_query *q, struct store_key_update *out)
{
    memset(out, 0, sizeof(*out));
    out->position = sql_i64(q, 0);
    out->sequence = (uint32_t)sql_i64(q, 1);
    out->created_us = sql_i64(q, 4);
    int rc = sql_bytes(q, 2, out->message, sizeof(out->message), &out->message_len);
    return rc == ST_OK ? sql_bytes(q, 3, out->ring, sizeof(out->ring), &out->ring_len) : rc;
}

static int first_row(struct sql_query *q, struct store_key_update *out)
{
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    rc = update_read(q, out);
    sql_reset(q);
    return rc;
}

int store_keys_latest(struct store *s, const char *account_sid, struct store_key_update *out)
{
    struct sql_query *q = sql_query(s->db, "SELECT " COLUMNS " FROM key_updates WHERE account_sid = $1 "
                                           "ORDER BY sequence DESC LIMIT 1");
    sql_bind_text(q, 1, account_sid);
    return first_row(q, out);
}

int store_keys_get(struct store *s, const char *account_sid, uint32_t sequence, struct store_key_update *out)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT " COLUMNS " FROM key_updates WHERE account_sid = $1 AND sequence = $2");
    sql_bind_text(q, 1, account_sid);
    sql_bind_i64(q, 2, sequence);
    return first_row(q, out);
}

int store_keys_of_device(struct store *s, const char *device_sid, uint32_t sequence,
                         struct store_key_update *out)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT " COLUMNS " FROM key_updates WHERE sequence = $1 "
                         "AND account_sid = (SELECT account_sid FROM devices WHERE sid = $2)");
    sql_bind_i64(q, 1, sequence);
    sql_bind_text(q, 2, device_sid);
    return first_row(q, out);
}

static int update_insert(struct store *s, const char *account_sid, const struct store_key_update *u)
{
    struct sql_query *q =
        sql_query(s->db, "INSERT INTO key_updates (account_sid, sequence, message, key_ring, created_us) "
                         "VALUES ($1, $2, $3, $4, $5)");
    sql_bind_text(q, 1, account_sid);
    sql_bind_i64(q, 2, u->sequence);
    sql_bind_blob(q, 3, u->message, u->message_len);
    sql_bind_blob(q, 4, u->ring, u->ring_len);
    sql_bind_i64(q, 5, u->created_us);
    return sql_run(q);
}

int store_keys_add(struct store *s, const char *account_sid, const struct store_key_update *base,
                   const struct store_key_update *update)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    if (base != NULL) {
        rc = update_insert(s, account_sid, base);
    }
    if (rc == ST_OK) {
        rc = update_insert(s, account_sid, update);
    }
    return sql_end(s->db, rc);
}

#define LIST "SELECT " COLUMNS " FROM key_updates WHERE account_sid = $1 AND sequence > 0 "

int store_keys_list(struct store *s, const char *account_sid, const struct store_page *page,
                    struct store_key_update *out, uint32_t *n)
{
    struct sql_query *q = page->backwards
                              ? sql_query(s->db, LIST "AND id > $2 ORDER BY id LIMIT $3 OFFSET $4")
                              : sql_query(s->db, LIST "AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, account_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        int read = update_read(q, &out[(*n)++]);
        if (read != ST_OK) {
            sql_reset(q);
            return read;
        }
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_key_update swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}

int store_keys_progress(struct store *s, const char *account_sid, uint32_t sequence,
                        struct store_keys_progress *out)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT COUNT(*), SUM(CASE WHEN k.sequence >= $1 THEN 1 ELSE 0 END), "
                         "SUM(CASE WHEN k.sequence < $1 AND k.error <> 0 THEN 1 ELSE 0 END) "
                         "FROM devices d LEFT JOIN device_keys k ON k.device_id = d.id "
                         "WHERE d.account_sid = $2 AND d.revoked = 0");
    sql_bind_i64(q, 1, sequence);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    out->devices = (uint32_t)sql_i64(q, 0);
    out->current = (uint32_t)sql_i64(q, 1);
    out->refused = (uint32_t)sql_i64(q, 2);
    sql_reset(q);
    return ST_OK;
}

int store_server_ca_progress(struct store *s, uint64_t server_ca, struct store_server_ca_progress *out)
{
    struct sql_query *q = sql_query(
        s->db, "SELECT COUNT(*), SUM(CASE WHEN k.server_ca_0 = $1 OR k.server_ca_1 = $1 THEN 1 ELSE 0 END), "
               "SUM(CASE WHEN k.server_ca_in_use = $1 THEN 1 ELSE 0 END) "
               "FROM devices d LEFT JOIN device_keys k ON k.device_id = d.id WHERE d.revoked = 0");
    sql_bind_i64(q, 1, (int64_t)server_ca);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    out->devices = (uint32_t)sql_i64(q, 0);
    out->have = (uint32_t)sql_i64(q, 1);
    out->use = (uint32_t)sql_i64(q, 2);
    sql_reset(q);
    return ST_OK;
}

static int device_keys_put(struct store *s, const struct store_device_keys *keys)
{
    struct sql_query *q = sql_query(
        s->db,
        "INSERT INTO device_keys (device_id, sequence, error, status, reported_us, server_ca_0, "
        "server_ca_1, server_ca_in_use) SELECT d.id, $1, $2, $3, $4, $5, $6, $7 FROM devices d "
        "WHERE d.sid = $8 "
        "ON CONFLICT (device_id) DO UPDATE SET sequence = excluded.sequence, error = excluded.error, "
        "status = excluded.status, reported_us = excluded.reported_us, server_ca_0 = excluded.server_ca_0, "
        "server_ca_1 = excluded.server_ca_1, server_ca_in_use = excluded.server_ca_in_use");
    sql_bind_i64(q, 1, keys->sequence);
    sql_bind_i64(q, 2, keys->error);
    sql_bind_blob(q, 3, keys->status, keys->status_len);
    sql_bind_i64(q, 4, keys->reported_us);
    sql_bind_i64(q, 5, (int64_t)keys->server_cas[0]);
    sql_bind_i64(q, 6, (int64_t)keys->server_cas[1]);
    sql_bind_i64(q, 7, (int64_t)keys->server_ca_in_use);
    sql_bind_text(q, 8, keys->device_sid);
    return sql_run(q);
}

int store_device_keys_put(struct store *s, const struct store_device_keys *rows, uint32_t n)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    for (uint32_t i = 0; rc == ST_OK && i < n; i++) {
        rc = device_keys_put(s, &rows[i]);
    }
    return sql_end(s->db, rc);
}

int store_session_keys(struct store *s, struct store_session *out)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT (SELECT MAX(sequence) FROM key_updates WHERE account_sid = $1), "
                         "(SELECT status FROM device_keys WHERE device_id = $2)");
    sql_bind_text(q, 1, out->device.account_sid);
    sql_bind_i64(q, 2, out->device.position);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    out->keys_sequence = (uint32_t)sql_i64(q, 0);
    rc = sql_bytes(q, 1, out->keys_status, sizeof(out->keys_status), &out->keys_status_len);
    sql_reset(q);
    return rc;
}
