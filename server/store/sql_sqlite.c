/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite driver of the store: one connection in WAL mode with a cache of prepared statements.
 *
 * Invariants: a statement is reset as soon as its last row was read, so that no read lock outlives a
 * question; text and blobs are bound without a copy, the callers' buffers live until the reset. The database
 * file is readable by its owner only.
 */
#include "store/sql.h"

#include <errno.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"

/* Every literal of the store's files; asserted by the store test, which asks every question once. */
#define QUERIES_MAX 128

/* A writer holds the lock for one commit (milliseconds); this is for a machine that stalls. */
#define BUSY_TIMEOUT_MS 5000

struct sql_query {
    struct sql *db;
    const char *text;
    sqlite3_stmt *stmt;
    int bind_error;
};

struct sql {
    sqlite3 *handle;
    struct sql_query queries[QUERIES_MAX];
    int query_count;
};

static int sql_status(struct sql *db, int rc, const char *text)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ST_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
    case SQLITE_CONSTRAINT_TRIGGER: /* RESTRICT is reported so */
        return ST_IN_USE;
    }
    char code[24];
    log_error("store_failed", "code", log_i64(code, rc), "error", sqlite3_errmsg(db->handle), "sql", text);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
        return ST_TIMEOUT;
    case SQLITE_FULL:
        return ST_NO_SPACE;
    default:
        return ST_STORE;
    }
}

static int sql_pragmas(struct sql *db, bool durable)
{
    static const char common[] =
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1024;";
    char *words = NULL;
    int rc = sqlite3_exec(db->handle, common, NULL, NULL, &words);
    sqlite3_free(words);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db->handle, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                          NULL, NULL, NULL);
    }
    /* Changing the journal mode does not go through the busy handler when another process does it at the same
     * moment. */
    for (int i = 0; rc == SQLITE_OK && i < 200; i++) {
        rc = sqlite3_exec(db->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc != SQLITE_BUSY) {
            break;
        }
        rc = SQLITE_OK;
        (void)sqlite3_sleep(10);
    }
    return rc;
}

/* Made by hand, since SQLite would make it readable for everybody; its companions get the same mode.
 *
 * A file that is there is not opened: closing any descriptor of it would drop the locks that all other handles of this
 * process hold on it (POSIX advisory locks), and the next process to close its handle would take away the log that they
 * are still writing to. */
static int sql_file_make(const char *path, bool create)
{
    if (!create) {
        return access(path, R_OK | W_OK) == 0 ? ST_OK : ST_IO;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        return errno == EEXIST && access(path, R_OK | W_OK) == 0 ? ST_OK : ST_IO;
    }
    close(fd);
    return ST_OK;
}

int sql_open(const char *path, bool durable, bool create, struct sql **out, char *err, size_t err_cap)
{
    *out = NULL;
    if (sql_file_make(path, create) != ST_OK) {
        (void)snprintf(err, err_cap, "%s: cannot be opened for reading and writing: %m", path);
        return ST_IO;
    }
    struct sql *db = calloc(1, sizeof(*db));
    if (db == NULL) {
        (void)snprintf(err, err_cap, "out of memory");
        return ST_NO_MEMORY;
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(db->handle, 1);
        (void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
        rc = sql_pragmas(db, durable);
    }
    if (rc != SQLITE_OK) {
        (void)snprintf(err, err_cap, "%s: %s", path,
                       db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc));
        sql_close(db);
        return ST_STORE;
    }
    *out = db;
    return ST_OK;
}

void sql_close(struct sql *db)
{
    if (db == NULL) {
        return;
    }
    for (int i = 0; i < db->query_count; i++) {
        (void)sqlite3_finalize(
            db->queries[i].stmt); /* repeats the last step's error, which was handled then */
    }
    (void)sqlite3_close(db->handle);
    free(db);
}

int sql_script(struct sql *db, const char *text, char *err, size_t err_cap)
{
    char *words = NULL;
    int rc = sqlite3_exec(db->handle, text, NULL, NULL, &words);
    if (rc != SQLITE_OK) {
        (void)snprintf(err, err_cap, "%s", words ? words : sqlite3_errstr(rc));
        sqlite3_free(words);
        return ST_STORE;
    }
    return ST_OK;
}

int sql_begin(struct sql *db, bool write)
{
    return sql_run(write ? sql_query(db, "BEGIN IMMEDIATE") : sql_query(db, "BEGIN"));
}

int sql_end(struct sql *db, int status)
{
    int rc = status;
    if (status == ST_OK) {
        rc = sql_run(sql_query(db, "COMMIT"));
    }
    if (rc != ST_OK && sqlite3_get_autocommit(db->handle) == 0) {
        (void)sql_run(sql_query(
            db, "ROLLBACK")); /* a failed rollback was logged; the handle rolls back when it closes */
    }
    return rc;
}

/* PostgreSQL numbers parameters by name, SQLite by first appearance: refuse a text where the two would
 * differ. */
static bool sql_parameters_ordered(sqlite3_stmt *stmt)
{
    int n = sqlite3_bind_parameter_count(stmt);
    for (int i = 1; i <= n; i++) {
        char want[16];
        (void)snprintf(want, sizeof(want), "$%d", i);
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        if (name == NULL || strcmp(name, want) != 0) {
            return false;
        }
    }
    return true;
}

struct sql_query *sql_query(struct sql *db, const char *text)
{
    for (int i = 0; i < db->query_count; i++) {
        if (db->queries[i].text == text) {
            return &db->queries[i];
        }
    }
    sqlite3_stmt *stmt = NULL;
    int rc = db->query_count == QUERIES_MAX
                 ? SQLITE_FULL
                 : sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc == SQLITE_OK && !sql_parameters_ordered(stmt)) {
        rc = SQLITE_MISUSE;
    }
    if (rc != SQLITE_OK) {
        (void)sql_status(db, rc, text);
        (void)sqlite3_finalize(stmt);
        return NULL;
    }
    struct sql_query *q = &db->queries[db->query_count++];
    *q = (struct sql_query){ .db = db, .text = text, .stmt = stmt };
    return q;
}

static void sql_bound(struct sql_query *q, int rc)
{
    if (rc != SQLITE_OK && q->bind_error == SQLITE_OK) {
        q->bind_error = rc;
    }
}

void sql_bind_i64(struct sql_query *q, int index, int64_t v)
{
    if (q != NULL) {
        sql_bound(q, sqlite3_bind_int64(q->stmt, index, v));
    }
}

void sql_bind_text(struct sql_query *q, int index, const char *v)
{
    if (q != NULL) {
        sql_bound(q, sqlite3_bind_text(q->stmt, index, v, -1, SQLITE_STATIC));
    }
}

void sql_bind_blob(struct sql_query *q, int index, const void *v, size_t len)
{
    if (q != NULL) {
        sql_bound(q, sqlite3_bind_blob64(q->stmt, index, v, len, SQLITE_STATIC));
    }
}

void sql_reset(struct sql_query *q)
{
    if (q != NULL) {
        (void)sqlite3_reset(q->stmt); /* repeats the error of the step, which was handled there */
        (void)sqlite3_clear_bindings(q->stmt);
        q->bind_error = SQLITE_OK;
    }
}

int sql_step(struct sql_query *q)
{
    if (q == NULL) {
        return ST_STORE;
    }
    int rc = q->bind_error != SQLITE_OK ? q->bind_error : sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW) {
        return SQL_ROW;
    }
    int status = rc == SQLITE_DONE ? ST_OK : sql_status(q->db, rc, q->text);
    sql_reset(q);
    return status;
}

int sql_run(struct sql_query *q)
{
    int rc;
    do {
        rc = sql_step(q);
    } while (rc == SQL_ROW);
    return rc;
}

int64_t sql_changes(struct sql *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t sql_i64(struct sql_query *q, int column)
{
    return sqlite3_column_int64(q->stmt, column);
}

void sql_text(struct sql_query *q, int column, char *out, size_t cap)
{
    const unsigned char *text = sqlite3_column_text(q->stmt, column);
    (void)snprintf(out, cap, "%s", text ? (const char *)text : "");
}

void sql_blob(struct sql_query *q, int column, void *out, size_t len)
{
    const void *v = sqlite3_column_blob(q->stmt, column);
    if (v != NULL && (size_t)sqlite3_column_bytes(q->stmt, column) == len) {
        memcpy(out, v, len);
    } else {
        memset(out, 0, len);
    }
}

int sql_bytes(struct sql_query *q, int column, void *out, size_t cap, size_t *len)
{
    const void *v = sqlite3_column_blob(q->stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);
    if (n > cap) {
        return ST_TOO_LARGE;
    }
    if (n > 0) {
        memcpy(out, v, n);
    }
    *len = n;
    return ST_OK;
}
