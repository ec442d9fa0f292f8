/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema migrations, embedded from db/migrations. Each runs in its own write transaction, with the row that
 * records it, so that two processes that start at once, or a kill at any moment, leave a whole number of
 * migrations.
 */
#include "migrations.h"
#include "store/store_handle.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"

struct migration {
    int number;
    const char *name;
    const char *sql;
};

#define MIGRATION_ROW(number, name, sql) { number, name, sql },
static const struct migration migrations[] = { EMBED_MIGRATIONS(MIGRATION_ROW) };
#define MIGRATIONS_COUNT (int)(sizeof(migrations) / sizeof(migrations[0]))

/* Last migration that ran; 0 in a new database. */
static int migrate_version(struct sql *db, int *version)
{
    struct sql_query *q = sql_query(db, "SELECT MAX(number) FROM schema_migrations");
    int rc = sql_step(q);
    if (rc == SQL_ROW) {
        *version = (int)sql_i64(q, 0);
        sql_reset(q);
        return ST_OK;
    }
    return rc;
}

static int migrate_record(struct sql *db, const struct migration *m)
{
    struct sql_query *q =
        sql_query(db, "INSERT INTO schema_migrations (number, name, applied_us) VALUES ($1, $2, $3)");
    sql_bind_i64(q, 1, m->number);
    sql_bind_text(q, 2, m->name);
    sql_bind_i64(q, 3, clock_wall_us());
    return sql_run(q);
}

/* One transaction; another process may have run the migration since we looked. */
static int migrate_step(struct sql *db, const struct migration *m, char *err, size_t err_cap)
{
    char words[256] = "";
    int version = 0;
    int rc = sql_begin(db, true);
    if (rc != ST_OK) {
        (void)snprintf(err, err_cap, "database is locked by another process");
        return rc;
    }
    rc = migrate_version(db, &version);
    bool needed = rc == ST_OK && version < m->number;
    if (needed) {
        rc = sql_script(db, m->sql, words, sizeof(words));
    }
    if (needed && rc == ST_OK) {
        rc = migrate_record(db, m);
    }
    rc = sql_end(db, rc);
    if (rc != ST_OK) {
        (void)snprintf(err, err_cap, "migration %04d_%s failed: %s", m->number, m->name,
                       words[0] ? words : status_name(rc));
    } else if (needed) {
        char number[24];
        log_info("store_migrated", "number", log_i64(number, m->number), "name", m->name);
    }
    return rc;
}

int migrate_run(struct sql *db, bool migrate, char *err, size_t err_cap)
{
    int version = 0;
    int rc = ST_OK;
    if (migrate) {
        rc = sql_script(db,
                        "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, "
                        "name TEXT NOT NULL, applied_us BIGINT NOT NULL)",
                        err, err_cap);
    }
    for (int i = 0; migrate && rc == ST_OK && i < MIGRATIONS_COUNT; i++) {
        rc = migrate_step(db, &migrations[i], err, err_cap);
    }
    if (rc != ST_OK) {
        return rc;
    }
    rc = migrate_version(db, &version);
    if (rc != ST_OK || version != MIGRATIONS_COUNT) {
        (void)snprintf(err, err_cap, "schema is at migration %d, this program needs %d%s", version,
                       MIGRATIONS_COUNT,
                       version > MIGRATIONS_COUNT ? " (the database is newer: upgrade the program)" : "");
        return ST_STORE;
    }
    return ST_OK;
}
