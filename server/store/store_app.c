/* SPDX-License-Identifier: Apache-2.0 */
/* Applications and their layers. */
#include "store/store.h"

#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

void store_app_read(struct sql_query *q, int column, struct store_app *out)
{
    memset(out, 0, sizeof(*out));
    out->position = sql_i64(q, column);
    sql_text(q, column + 1, out->sid, sizeof(out->sid));
    sql_text(q, column + 2, out->account_sid, sizeof(out->account_sid));
    sql_text(q, column + 3, out->unique_name, sizeof(out->unique_name));
    sql_blob(q, column + 4, out->manifest_sha256, sizeof(out->manifest_sha256));
    out->manifest_bytes = (uint32_t)sql_i64(q, column + 5);
    out->created_us = sql_i64(q, column + 6);
    out->updated_us = sql_i64(q, column + 7);
}

static int app_row_insert(struct store *s, const struct store_app *app, const void *manifest)
{
    struct sql_query *q = sql_query(
        s->db, "INSERT INTO apps (sid, account_sid, unique_name, manifest, manifest_sha256, created_us, "
               "updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    sql_bind_text(q, 1, app->sid);
    sql_bind_text(q, 2, app->account_sid);
    sql_bind_text(q, 3, store_name_or_null(app->unique_name));
    sql_bind_blob(q, 4, manifest, app->manifest_bytes);
    sql_bind_blob(q, 5, app->manifest_sha256, sizeof(app->manifest_sha256));
    sql_bind_i64(q, 6, app->created_us);
    sql_bind_i64(q, 7, app->updated_us);
    return sql_run(q);
}

static bool all_zero(const unsigned char hash[32])
{
    static const unsigned char zero[32];
    return memcmp(hash, zero, sizeof(zero)) == 0;
}

static int layer_row_insert(struct store *s, const char *app_sid, uint32_t position,
                            const struct store_layer *layer)
{
    struct sql_query *q = sql_query(
        s->db,
        "INSERT INTO app_layers (app_id, position, fetch_sha256, bytes, block_list_sha256, block_list_bytes, "
        "external, start, size) VALUES ((SELECT id FROM apps WHERE sid = $1), $2, $3, $4, $5, $6, $7, $8, "
        "$9)");
    const void *list = all_zero(layer->block_list_sha256) ? NULL : layer->block_list_sha256;
    sql_bind_text(q, 1, app_sid);
    sql_bind_i64(q, 2, position);
    sql_bind_blob(q, 3, layer->fetch_sha256, sizeof(layer->fetch_sha256));
    sql_bind_i64(q, 4, layer->bytes);
    sql_bind_blob(q, 5, list, list ? sizeof(layer->block_list_sha256) : 0);
    sql_bind_i64(q, 6, layer->block_list_bytes);
    sql_bind_i64(q, 7, layer->external);
    sql_bind_i64(q, 8, layer->start);
    sql_bind_i64(q, 9, layer->size);
    return sql_run(q);
}

int store_app_create(struct store *s, const struct store_app *app, const void *manifest,
                     const struct store_layer *layers, uint32_t layer_count)
{
    if (!sid_is(app->sid, "KA") || sid_is(app->unique_name, "KA") || layer_count > APP_LAYERS_MAX) {
        return ST_INVALID;
    }
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = app_row_insert(s, app, manifest);
    for (uint32_t i = 0; rc == ST_OK && i < layer_count; i++) {
        rc = layer_row_insert(s, app->sid, i, &layers[i]);
    }
    return sql_end(s->db, rc);
}

int store_app_get(struct store *s, const char *account_sid, const char *sid_or_name, struct store_app *out)
{
    char key[UNIQUE_NAME_MAX_BYTES + 2];
    store_sid_normalize(sid_or_name, key, sizeof(key));
    struct sql_query *q =
        sid_is(key, "KA") ? sql_query(s->db, "SELECT " STORE_APP_COLUMNS
                                             " FROM apps a WHERE a.sid = $1 AND a.account_sid = $2")
                          : sql_query(s->db, "SELECT " STORE_APP_COLUMNS
                                             " FROM apps a WHERE a.unique_name = $1 AND a.account_sid = $2");
    sql_bind_text(q, 1, key);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    store_app_read(q, 0, out);
    sql_reset(q);
    return ST_OK;
}

int store_app_manifest(struct store *s, const char *account_sid, const char *app_sid, void *buf, size_t cap,
                       size_t *len)
{
    char sid[SID_BYTES];
    store_sid_normalize(app_sid, sid, sizeof(sid));
    struct sql_query *q = sql_query(s->db, "SELECT manifest FROM apps WHERE sid = $1 AND account_sid = $2");
    sql_bind_text(q, 1, sid);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    rc = sql_bytes(q, 0, buf, cap, len);
    sql_reset(q);
    return rc;
}

int store_app_targeted(struct store *s, const char *account_sid, int64_t position, struct store_app *out,
                       uint32_t *devices)
{
    struct sql_query *q = sql_query(
        s->db, "SELECT t.devices, " STORE_APP_COLUMNS " FROM apps a JOIN (SELECT target_app_id AS app_id, "
               "COUNT(*) AS devices FROM devices WHERE account_sid = $1 AND revoked = 0 AND "
               "target_app_id > $2 GROUP BY target_app_id) t ON t.app_id = a.id ORDER BY a.id LIMIT 1");
    sql_bind_text(q, 1, account_sid);
    sql_bind_i64(q, 2, position);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    *devices = (uint32_t)sql_i64(q, 0);
    store_app_read(q, 1, out);
    sql_reset(q);
    return ST_OK;
}

/* How many devices target the app. */
static int app_device_count(struct store *s, const char *app_sid, uint32_t *count)
{
    struct sql_query *q = sql_query(
        s->db, "SELECT COUNT(*) FROM devices WHERE target_app_id = (SELECT id FROM apps WHERE sid = $1)");
    sql_bind_text(q, 1, app_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    *count = (uint32_t)sql_i64(q, 0);
    sql_reset(q);
    return ST_OK;
}

static int app_row_delete(struct store *s, const char *account_sid, const char *app_sid)
{
    struct sql_query *q = sql_query(s->db, "DELETE FROM apps WHERE sid = $1 AND account_sid = $2");
    sql_bind_text(q, 1, app_sid);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_run(q);
    return rc == ST_OK && sql_changes(s->db) == 0 ? ST_NOT_FOUND : rc;
}

int store_app_delete(struct store *s, const char *account_sid, const char *app_sid, uint32_t *devices)
{
    char sid[SID_BYTES];
    store_sid_normalize(app_sid, sid, sizeof(sid));
    *devices = 0;
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = app_device_count(s, sid, devices);
    if (rc == ST_OK && *devices > 0) {
        rc = ST_IN_USE;
    }
    if (rc == ST_OK) {
        rc = app_row_delete(s, account_sid, sid);
    }
    return sql_end(s->db, rc);
}

#define APP_LIST "SELECT " STORE_APP_COLUMNS " FROM apps a WHERE a.account_sid = $1 "

int store_app_list(struct store *s, const char *account_sid, const struct store_page *page,
                   struct store_app *out, uint32_t *n)
{
    struct sql_query *q =
        page->backwards ? sql_query(s->db, APP_LIST "AND a.id > $2 ORDER BY a.id LIMIT $3 OFFSET $4")
                        : sql_query(s->db, APP_LIST "AND a.id < $2 ORDER BY a.id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, account_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        store_app_read(q, 0, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_app swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}

static void layer_read(struct sql_query *q, struct store_layer *out)
{
    memset(out, 0, sizeof(*out));
    sql_blob(q, 0, out->fetch_sha256, sizeof(out->fetch_sha256));
    sql_blob(q, 1, out->block_list_sha256, sizeof(out->block_list_sha256));
    out->bytes = (uint32_t)sql_i64(q, 2);
    out->block_list_bytes = (uint32_t)sql_i64(q, 3);
    out->external = sql_i64(q, 4) != 0;
    out->start = (uint32_t)sql_i64(q, 5);
    out->size = (uint32_t)sql_i64(q, 6);
}

int store_layers_get(struct store *s, const char *app_sid, struct store_layer *out, uint32_t *count)
{
    struct sql_query *q = sql_query(
        s->db,
        "SELECT l.fetch_sha256, l.block_list_sha256, l.bytes, l.block_list_bytes, l.external, l.start, "
        "l.size FROM app_layers l JOIN apps a ON a.id = l.app_id WHERE a.sid = $1 "
        "ORDER BY l.position LIMIT $2");
    sql_bind_text(q, 1, app_sid);
    sql_bind_i64(q, 2, APP_LAYERS_MAX);
    int rc;
    *count = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        layer_read(q, &out[(*count)++]);
    }
    return rc;
}

int store_blob_is_used(struct store *s, const unsigned char sha256[32], bool *used)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT 1 WHERE EXISTS (SELECT 1 FROM apps WHERE manifest_sha256 = $1) "
                         "OR EXISTS (SELECT 1 FROM app_layers WHERE fetch_sha256 = $1) "
                         "OR EXISTS (SELECT 1 FROM app_layers WHERE block_list_sha256 = $1) "
                         "OR EXISTS (SELECT 1 FROM microvisors WHERE manifest_sha256 = $1) "
                         "OR EXISTS (SELECT 1 FROM microvisors WHERE image_sha256 = $1)");
    sql_bind_blob(q, 1, sha256, 32);
    int rc = sql_step(q);
    *used = rc != ST_OK; /* a failed look never frees a blob */
    sql_reset(q);
    return rc < 0 ? rc : ST_OK;
}
