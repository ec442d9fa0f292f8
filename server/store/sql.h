/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store asks of a database driver: transactions and prepared queries in portable SQL. sql_sqlite.c
 * answers it; a PostgreSQL driver answers the same header.
 *
 * A query is found by the address of its text, which must be a string literal, so it is prepared once per
 * handle. Parameters are written $1, $2, ... in order of first appearance. Binding errors are remembered and
 * reported by the next step, hence bind functions return nothing. Every function accepts a NULL query (the
 * prepare failed and was logged).
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQL_ROW 1 /* sql_step: a row is there; negative values are enum status */

struct sql;
struct sql_query;

/* durable: a commit has reached the disk when it returns. create: make the database if there is none. Words
 * about a failure go to err. */
int sql_open(const char *path, bool durable, bool create, struct sql **out, char *err, size_t err_cap);
void sql_close(struct sql *db); /* NULL ok */

/* Runs several statements, as migrations need. Words about a failure go to err. */
int sql_script(struct sql *db, const char *text, char *err, size_t err_cap);

/* write: takes the writer's lock at once, so that a transaction never fails half way because of another one.
 */
int sql_begin(struct sql *db, bool write);
/* Commits if status is ST_OK, else rolls back. Returns status, or the commit's failure. */
int sql_end(struct sql *db, int status);

struct sql_query *sql_query(struct sql *db, const char *text);
void sql_bind_i64(struct sql_query *q, int index, int64_t v);
void sql_bind_text(struct sql_query *q, int index,
                   const char *v); /* NULL binds NULL; borrowed until the run ends */
void sql_bind_blob(struct sql_query *q, int index, const void *v, size_t len); /* as above */

/* SQL_ROW, ST_OK after the last row, or a failure: ST_EXISTS (unique key), ST_IN_USE (foreign key),
 * ST_TIMEOUT (another writer held the lock too long), ST_STORE. The query is reset on anything but SQL_ROW.
 */
int sql_step(struct sql_query *q);
void sql_reset(struct sql_query *q); /* ends a query before its last row */
int sql_run(struct sql_query *q);    /* steps to the end, ignoring rows */
int64_t sql_changes(struct sql *db); /* rows that the last INSERT, UPDATE or DELETE touched */

int64_t sql_i64(struct sql_query *q, int column);
void sql_text(struct sql_query *q, int column, char *out,
              size_t cap); /* NULL reads as "", longer text is cut */
/* Copies a value of exactly len bytes; anything else reads as zeros. */
void sql_blob(struct sql_query *q, int column, void *out, size_t len);
/* Copies a value of at most cap bytes. ST_OK or ST_TOO_LARGE. */
int sql_bytes(struct sql_query *q, int column, void *out, size_t cap, size_t *len);

#endif
