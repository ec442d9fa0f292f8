/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and API keys. Secrets never reach the store, only their SHA-256. */
#include "store/store.h"

#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store_handle.h"

static void credential_read(struct sql_query *q, struct store_credential *out)
{
    memset(out, 0, sizeof(*out));
    sql_text(q, 0, out->account_sid, sizeof(out->account_sid));
    sql_text(q, 1, out->key_sid, sizeof(out->key_sid));
    sql_blob(q, 2, out->secret_sha256, sizeof(out->secret_sha256));
    out->revoked = sql_i64(q, 3) != 0;
}

/* A token that has expired is one that is revoked. */
static struct sql_query *credential_query(struct store *s, const char *sid)
{
    struct sql_query *q;
    if (sid_is(sid, "SK")) {
        q = sql_query(s->db, "SELECT k.account_sid, k.sid, k.secret_sha256, "
                             "CASE WHEN k.revoked <> 0 OR a.revoked <> 0 THEN 1 ELSE 0 END "
                             "FROM api_keys k JOIN accounts a ON a.sid = k.account_sid WHERE k.sid = $1");
        sql_bind_text(q, 1, sid);
    } else if (sid_is(sid, "FT")) {
        q = sql_query(s->db,
                      "SELECT t.account_sid, t.sid, t.secret_sha256, "
                      "CASE WHEN t.revoked_us <> 0 OR t.expires_us <= $1 OR a.revoked <> 0 THEN 1 ELSE 0 END "
                      "FROM factory_tokens t JOIN accounts a ON a.sid = t.account_sid WHERE t.sid = $2");
        sql_bind_i64(q, 1, clock_wall_us());
        sql_bind_text(q, 2, sid);
    } else {
        q = sql_query(s->db, "SELECT sid, '', token_sha256, revoked FROM accounts WHERE sid = $1");
        sql_bind_text(q, 1, sid);
    }
    return q;
}

int store_credential_get(struct store *s, const char *user, struct store_credential *out)
{
    char sid[SID_BYTES];
    if (strlen(user) != SID_CHARS) {
        return ST_NOT_FOUND;
    }
    store_sid_normalize(user, sid, sizeof(sid));
    struct sql_query *q = credential_query(s, sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    credential_read(q, out);
    sql_reset(q);
    return ST_OK;
}

int store_account_create(struct store *s, const char *account_sid, const unsigned char token_sha256[32])
{
    if (!sid_is(account_sid, "AC")) {
        return ST_INVALID;
    }
    struct sql_query *q =
        sql_query(s->db, "INSERT INTO accounts (sid, token_sha256, created_us) VALUES ($1, $2, $3)");
    sql_bind_text(q, 1, account_sid);
    sql_bind_blob(q, 2, token_sha256, 32);
    sql_bind_i64(q, 3, clock_wall_us());
    return sql_run(q);
}

int store_account_first(struct store *s, char account_sid[SID_BYTES])
{
    struct sql_query *q = sql_query(s->db, "SELECT sid FROM accounts ORDER BY created_us, sid LIMIT 1");
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    sql_text(q, 0, account_sid, SID_BYTES);
    sql_reset(q);
    return ST_OK;
}

int store_key_create(struct store *s, const struct store_credential *key, const char *name)
{
    if (!sid_is(key->key_sid, "SK")) {
        return ST_INVALID;
    }
    struct sql_query *q =
        sql_query(s->db, "INSERT INTO api_keys (sid, account_sid, name, secret_sha256, revoked, "
                         "created_us) VALUES ($1, $2, $3, $4, $5, $6)");
    sql_bind_text(q, 1, key->key_sid);
    sql_bind_text(q, 2, key->account_sid);
    sql_bind_text(q, 3, name);
    sql_bind_blob(q, 4, key->secret_sha256, sizeof(key->secret_sha256));
    sql_bind_i64(q, 5, key->revoked);
    sql_bind_i64(q, 6, clock_wall_us());
    int rc = sql_run(q);
    return rc == ST_IN_USE ? ST_NOT_FOUND : rc; /* foreign key: there is no such account */
}
