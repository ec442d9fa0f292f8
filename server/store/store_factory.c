/* SPDX-License-Identifier: Apache-2.0 */
/* Factory tokens: rows of their own, and lists of them. */
#include "store/store_factory.h"

#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

#define TOKEN_COLUMNS                                                                                        \
    "id, sid, account_sid, name, secret_sha256, devices_max, devices, rate_per_hour, expires_us, "           \
    "revoked_us, created_us"

static void token_read(struct sql_query *q, struct store_factory_token *out)
{
    memset(out, 0, sizeof(*out));
    out->position = sql_i64(q, 0);
    sql_text(q, 1, out->sid, sizeof(out->sid));
    sql_text(q, 2, out->account_sid, sizeof(out->account_sid));
    sql_text(q, 3, out->name, sizeof(out->name));
    sql_blob(q, 4, out->secret_sha256, sizeof(out->secret_sha256));
    out->devices_max = (uint32_t)sql_i64(q, 5);
    out->devices = (uint32_t)sql_i64(q, 6);
    out->rate_per_hour = (uint32_t)sql_i64(q, 7);
    out->expires_us = sql_i64(q, 8);
    out->revoked_us = sql_i64(q, 9);
    out->created_us = sql_i64(q, 10);
}

int store_factory_token_create(struct store *s, const struct store_factory_token *token)
{
    if (!sid_is(token->sid, "FT")) {
        return ST_INVALID;
    }
    struct sql_query *q = sql_query(
        s->db,
        "INSERT INTO factory_tokens (sid, account_sid, name, secret_sha256, devices_max, rate_per_hour, "
        "expires_us, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    sql_bind_text(q, 1, token->sid);
    sql_bind_text(q, 2, token->account_sid);
    sql_bind_text(q, 3, token->name);
    sql_bind_blob(q, 4, token->secret_sha256, sizeof(token->secret_sha256));
    sql_bind_i64(q, 5, token->devices_max);
    sql_bind_i64(q, 6, token->rate_per_hour);
    sql_bind_i64(q, 7, token->expires_us);
    sql_bind_i64(q, 8, token->created_us);
    int rc = sql_run(q);
    return rc == ST_IN_USE ? ST_NOT_FOUND : rc; /* foreign key: there is no such account */
}

int store_factory_token_get(struct store *s, const char *account_sid, const char *sid,
                            struct store_factory_token *out)
{
    char key[SID_BYTES];
    store_sid_normalize(sid, key, sizeof(key));
    struct sql_query *q =
        sql_query(s->db, "SELECT " TOKEN_COLUMNS " FROM factory_tokens WHERE sid = $1 AND account_sid = $2");
    sql_bind_text(q, 1, key);
    sql_bind_text(q, 2, account_sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    token_read(q, out);
    sql_reset(q);
    return ST_OK;
}

#define TOKEN_LIST "SELECT " TOKEN_COLUMNS " FROM factory_tokens WHERE account_sid = $1 "

int store_factory_token_list(struct store *s, const char *account_sid, const struct store_page *page,
                             struct store_factory_token *out, uint32_t *n)
{
    struct sql_query *q =
        page->backwards ? sql_query(s->db, TOKEN_LIST "AND id > $2 ORDER BY id LIMIT $3 OFFSET $4")
                        : sql_query(s->db, TOKEN_LIST "AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, account_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        token_read(q, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_factory_token swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}

int store_factory_token_revoke(struct store *s, const char *account_sid, const char *sid, int64_t at_us,
                               struct store_factory_token *out)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = store_factory_token_get(s, account_sid, sid, out);
    if (rc == ST_OK && out->revoked_us == 0) {
        struct sql_query *q = sql_query(s->db, "UPDATE factory_tokens SET revoked_us = $1 WHERE id = $2");
        sql_bind_i64(q, 1, at_us);
        sql_bind_i64(q, 2, out->position);
        rc = sql_run(q);
        out->revoked_us = at_us;
    }
    return sql_end(s->db, rc);
}
