/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: identity, what the operator wants of them, and the complete row that the REST API shows. */
#include "store/store.h"

#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store_handle.h"

static void device_wanted_read(struct sql_query *q, int c, struct store_device *out)
{
    out->position = sql_i64(q, c);
    sql_text(q, c + 1, out->sid, sizeof(out->sid));
    sql_text(q, c + 2, out->account_sid, sizeof(out->account_sid));
    sql_text(q, c + 3, out->unique_name, sizeof(out->unique_name));
    sql_blob(q, c + 4, out->key_sha256, sizeof(out->key_sha256));
    out->revoked = sql_i64(q, c + 5) != 0;
    sql_text(q, c + 6, out->target_sid, sizeof(out->target_sid));
    out->targeted_us = sql_i64(q, c + 7);
    out->restart_seq = (uint32_t)sql_i64(q, c + 8);
    out->logging_until_us = sql_i64(q, c + 9);
    out->created_us = sql_i64(q, c + 10);
    out->updated_us = sql_i64(q, c + 11);
}

static void device_reported_read(struct sql_query *q, int c, struct store_device *out)
{
    sql_text(q, c, out->reported_sid, sizeof(out->reported_sid));
    sql_blob(q, c + 1, out->reported_sha256, sizeof(out->reported_sha256));
    out->reported_us = sql_i64(q, c + 2);
    out->app_state = (uint32_t)sql_i64(q, c + 3);
    out->update_phase = (uint32_t)sql_i64(q, c + 4);
    out->update_error = (uint32_t)sql_i64(q, c + 5);
    out->bytes_done = (uint32_t)sql_i64(q, c + 6);
    out->bytes_total = (uint32_t)sql_i64(q, c + 7);
    out->crash_count = (uint32_t)sql_i64(q, c + 8);
    sql_blob(q, c + 9, out->update_sha256, sizeof(out->update_sha256));
    sql_text(q, c + 10, out->board, sizeof(out->board));
    sql_text(q, c + 11, out->microvisor_version, sizeof(out->microvisor_version));
    out->boot_count = (uint32_t)sql_i64(q, c + 12);
    out->reset_reason = (uint32_t)sql_i64(q, c + 13);
    out->online = sql_i64(q, c + 14) != 0;
    out->last_seen_us = sql_i64(q, c + 15);
}

static void device_microvisor_read(struct sql_query *q, int c, struct store_device *out)
{
    struct store_microvisor_status *v = &out->microvisor;
    out->microvisor_number = (uint32_t)sql_i64(q, c);
    out->microvisor_reported_us = sql_i64(q, c + 1);
    v->slot = (uint32_t)sql_i64(q, c + 2);
    v->confirmed = sql_i64(q, c + 3) != 0;
    v->ratchet = (uint32_t)sql_i64(q, c + 4);
    v->update_phase = (uint32_t)sql_i64(q, c + 5);
    v->update_error = (uint32_t)sql_i64(q, c + 6);
    v->bytes_done = (uint32_t)sql_i64(q, c + 7);
    v->bytes_total = (uint32_t)sql_i64(q, c + 8);
    sql_blob(q, c + 9, v->update_sha256, sizeof(v->update_sha256));
    sql_blob(q, c + 10, v->manifest_sha256, sizeof(v->manifest_sha256));
    sql_text(q, c + 11, out->microvisor_sid, sizeof(out->microvisor_sid));
    out->wanted_is_own = sql_i64(q, c + 12) != 0;
    out->microvisor_targeted_us = sql_i64(q, c + 13);
    out->urgent_position = sql_i64(q, c + 14);
    store_microvisor_read(q, c + 15, &out->wanted);
}

void store_device_read(struct sql_query *q, int column, struct store_device *out)
{
    memset(out, 0, sizeof(*out));
    device_wanted_read(q, column, out);
    device_reported_read(q, column + 12, out);
    sql_blob(q, column + 28, out->target_sha256, sizeof(out->target_sha256));
    out->keys_sequence = (uint32_t)sql_i64(q, column + 29);
    out->keys_error = (uint32_t)sql_i64(q, column + 30);
    out->keys_reported_us = sql_i64(q, column + 31);
    device_microvisor_read(q, column + 32, out);
}

int store_device_insert(struct store *s, const struct store_device *dev)
{
    struct sql_query *q = sql_query(
        s->db, "INSERT INTO devices (sid, account_sid, unique_name, key_sha256, revoked, logging_until_us, "
               "created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    sql_bind_text(q, 1, dev->sid);
    sql_bind_text(q, 2, dev->account_sid);
    sql_bind_text(q, 3, store_name_or_null(dev->unique_name));
    sql_bind_blob(q, 4, dev->key_sha256, sizeof(dev->key_sha256));
    sql_bind_i64(q, 5, dev->revoked);
    sql_bind_i64(q, 6, dev->logging_until_us);
    sql_bind_i64(q, 7, dev->created_us);
    sql_bind_i64(q, 8, dev->updated_us);
    return sql_run(q);
}

int store_device_find(struct store *s, const char *sid, struct store_device *out)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT " STORE_DEVICE_COLUMNS " FROM " STORE_DEVICE_TABLES " WHERE d.sid = $1");
    sql_bind_text(q, 1, sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    store_device_read(q, 0, out);
    sql_reset(q);
    return ST_OK;
}

int store_device_find_name(struct store *s, const char *account_sid, const char *name,
                           struct store_device *out)
{
    struct sql_query *q = sql_query(s->db, "SELECT " STORE_DEVICE_COLUMNS " FROM " STORE_DEVICE_TABLES
                                           " WHERE d.account_sid = $1 AND d.unique_name = $2");
    sql_bind_text(q, 1, account_sid);
    sql_bind_text(q, 2, name);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    store_device_read(q, 0, out);
    sql_reset(q);
    return ST_OK;
}

int store_device_create(struct store *s, const struct store_device *dev, struct store_device *existing)
{
    if (!sid_is(dev->sid, "UV") || sid_is(dev->unique_name, "UV")) {
        return ST_INVALID;
    }
    int rc = store_device_insert(s, dev);
    if (rc == ST_EXISTS) {
        int found = store_device_find(s, dev->sid, existing);
        if (found == ST_NOT_FOUND) {
            found = store_device_find_name(s, dev->account_sid, dev->unique_name, existing);
        }
        if (found != ST_OK) {
            return found == ST_NOT_FOUND ? ST_STORE : found;
        }
    }
    return rc == ST_IN_USE ? ST_NOT_FOUND : rc; /* foreign key: there is no such account */
}

int store_device_get(struct store *s, const char *account_sid, const char *sid_or_name,
                     struct store_device *out)
{
    char key[UNIQUE_NAME_MAX_BYTES + 2];
    store_sid_normalize(sid_or_name, key, sizeof(key));
    if (!sid_is(key, "UV")) {
        return store_device_find_name(s, account_sid, key, out);
    }
    int rc = store_device_find(s, key, out);
    return rc == ST_OK && strcmp(out->account_sid, account_sid) != 0 ? ST_NOT_FOUND : rc;
}

#define DEVICE_LIST "SELECT " STORE_DEVICE_COLUMNS " FROM " STORE_DEVICE_TABLES " WHERE d.account_sid = $1 "

int store_device_list(struct store *s, const char *account_sid, const struct store_page *page,
                      struct store_device *out, uint32_t *n)
{
    struct sql_query *q =
        page->backwards ? sql_query(s->db, DEVICE_LIST "AND d.id > $2 ORDER BY d.id LIMIT $3 OFFSET $4")
                        : sql_query(s->db, DEVICE_LIST "AND d.id < $2 ORDER BY d.id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, account_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        store_device_read(q, 0, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_device swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}

/* Id of the app that a change names; 0 for none. */
static int target_id(struct store *s, const char *account_sid, const char *app_sid, int64_t *id)
{
    *id = 0;
    if (app_sid[0] == '\0') {
        return ST_OK;
    }
    struct sql_query *q = sql_query(s->db, "SELECT id FROM apps WHERE sid = $1 AND account_sid = $2");
    sql_bind_text(q, 1, app_sid);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_INVALID : rc;
    }
    *id = sql_i64(q, 0);
    sql_reset(q);
    return ST_OK;
}

static int target_set(struct store *s, const struct store_device *dev, const char *app_sid, int64_t now_us)
{
    int64_t id = 0;
    int rc = target_id(s, dev->account_sid, app_sid, &id);
    if (rc != ST_OK) {
        return rc;
    }
    struct sql_query *q =
        sql_query(s->db, "UPDATE devices SET target_app_id = NULLIF($1, 0), targeted_us = $2 WHERE id = $3");
    sql_bind_i64(q, 1, id);
    sql_bind_i64(q, 2, id == 0 ? 0 : now_us);
    sql_bind_i64(q, 3, dev->position);
    return sql_run(q);
}

/* The microvisor that a change names; position 0 for none. */
static int microvisor_target_set(struct store *s, const struct store_device *dev, const char *sid,
                                 int64_t now_us)
{
    struct store_microvisor m = { .position = 0 };
    int rc = sid[0] == '\0' ? ST_OK : store_microvisor_get(s, dev->account_sid, sid, &m);
    if (rc != ST_OK) {
        return rc == ST_NOT_FOUND ? ST_INVALID : rc;
    }
    struct sql_query *q = sql_query(s->db, "UPDATE devices SET target_microvisor_id = NULLIF($1, 0), "
                                           "microvisor_targeted_us = $2, urgent_microvisor_id = NULL "
                                           "WHERE id = $3");
    sql_bind_i64(q, 1, m.position);
    sql_bind_i64(q, 2, m.position == 0 ? 0 : now_us);
    sql_bind_i64(q, 3, dev->position);
    return sql_run(q);
}

/* out is the row as the change has left it. */
static int urgent_set(struct store *s, bool urgent, struct store_device *out)
{
    struct sql_query *q =
        sql_query(s->db, "UPDATE devices SET urgent_microvisor_id = NULLIF($1, 0) WHERE id = $2");
    out->urgent_position = urgent ? out->wanted.position : 0;
    sql_bind_i64(q, 1, out->urgent_position);
    sql_bind_i64(q, 2, out->position);
    return sql_run(q);
}

/* The plain columns, computed on the row as it was read in the same transaction. */
static int row_set(struct store *s, const struct store_device *dev, const struct store_device_change *change,
                   int64_t now_us)
{
    struct sql_query *q =
        sql_query(s->db, "UPDATE devices SET unique_name = $1, logging_until_us = $2, restart_seq = $3, "
                         "revoked = $4, updated_us = $5 WHERE id = $6");
    sql_bind_text(q, 1, store_name_or_null(change->unique_name ? change->unique_name : dev->unique_name));
    sql_bind_i64(q, 2, change->set_logging ? change->logging_until_us : dev->logging_until_us);
    sql_bind_i64(q, 3, (uint32_t)(dev->restart_seq + (change->restart ? 1u : 0u)));
    sql_bind_i64(q, 4, change->set_revoked ? change->revoked : dev->revoked);
    sql_bind_i64(q, 5, now_us);
    sql_bind_i64(q, 6, dev->position);
    return sql_run(q);
}

int store_device_update(struct store *s, const char *account_sid, const char *device_sid,
                        const struct store_device_change *change, struct store_device *out)
{
    if (change->unique_name != NULL && sid_is(change->unique_name, "UV")) {
        return ST_INVALID;
    }
    int64_t now_us = clock_wall_us();
    struct store_device dev;
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = store_device_get(s, account_sid, device_sid, &dev);
    if (rc == ST_OK) {
        rc = row_set(s, &dev, change, now_us);
    }
    if (rc == ST_OK && change->target_sid != NULL) {
        rc = target_set(s, &dev, change->target_sid, now_us);
    }
    if (rc == ST_OK && change->microvisor_sid != NULL) {
        rc = microvisor_target_set(s, &dev, change->microvisor_sid, now_us);
    }
    if (rc == ST_OK) {
        rc = store_device_get(s, account_sid, dev.sid, out);
    }
    if (rc == ST_OK && change->set_urgent) {
        rc = urgent_set(s, change->urgent, out);
    }
    return sql_end(s->db, rc);
}

/* The row knows the default for the board that the device named last; this session may be another board's first. */
static int board_judge(struct store *s, const char *board, struct store_device *dev)
{
    if (board[0] == '\0' || dev->wanted_is_own || strcmp(board, dev->board) == 0) {
        return ST_OK;
    }
    int rc = store_microvisor_default(s, dev->account_sid, board, &dev->wanted);
    if (rc == ST_NOT_FOUND) {
        dev->wanted = (struct store_microvisor){ .position = 0 };
    }
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

int store_session_get(struct store *s, const char *device_sid, const char *board, struct store_session *out)
{
    memset(out, 0, sizeof(*out));
    int rc = sql_begin(s->db, false); /* one snapshot: the target cannot be deleted between the questions */
    if (rc != ST_OK) {
        return rc;
    }
    rc = store_device_find(s, device_sid, &out->device);
    if (rc == ST_OK) {
        rc = board_judge(s, board, &out->device);
    }
    if (rc == ST_OK && out->device.target_sid[0] != '\0') {
        rc = store_app_get(s, out->device.account_sid, out->device.target_sid, &out->target);
        out->has_target = rc == ST_OK;
    }
    if (rc == ST_OK && out->has_target) {
        rc = store_layers_get(s, out->target.sid, out->layers, &out->layer_count);
    }
    if (rc == ST_OK) {
        rc = store_session_keys(s, out);
    }
    return sql_end(s->db, rc);
}
