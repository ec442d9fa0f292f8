/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a store handle, and what all questions share. */
#include "store/store.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

int store_open(const char *path, enum store_durability durability, bool migrate, struct store **out,
               char *err, size_t err_cap)
{
    *out = NULL;
    struct store *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        (void)snprintf(err, err_cap, "out of memory");
        return ST_NO_MEMORY;
    }
    int rc = sql_open(path, durability == STORE_FULL, migrate, &s->db, err, err_cap);
    if (rc == ST_OK) {
        rc = migrate_run(s->db, migrate, err, err_cap);
    }
    if (rc != ST_OK) {
        store_close(s);
        return rc;
    }
    *out = s;
    return ST_OK;
}

void store_close(struct store *s)
{
    if (s != NULL) {
        sql_close(s->db);
        free(s);
    }
}

int store_ping(struct store *s)
{
    struct sql_query *q = sql_query(s->db, "SELECT COUNT(*) FROM schema_migrations");
    int rc = sql_step(q);
    if (rc == SQL_ROW) {
        sql_reset(q);
        return ST_OK;
    }
    return rc == ST_OK ? ST_STORE : rc;
}

void store_sid_normalize(const char *sid_or_name, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", sid_or_name);
    bool sid = strlen(sid_or_name) == SID_CHARS && isupper((unsigned char)out[0]) &&
               isupper((unsigned char)out[1]) && sid_is(sid_or_name, out);
    for (size_t i = 2; sid && i < SID_CHARS; i++) {
        out[i] = (char)tolower((unsigned char)out[i]);
    }
}

void store_page_bind(struct sql_query *q, const char *of_sid, const struct store_page *page)
{
    bool from_newest = !page->backwards && page->position == 0;
    sql_bind_text(q, 1, of_sid);
    sql_bind_i64(q, 2, from_newest ? INT64_MAX : page->position);
    sql_bind_i64(q, 3, page->limit);
    sql_bind_i64(q, 4, page->skip);
}
