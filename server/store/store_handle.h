/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's files share: the handle, and reading rows that more than one question returns. Private to
 * the room. */
#ifndef STORE_STORE_HANDLE_H
#define STORE_STORE_HANDLE_H

#include "store/sql.h"
#include "store/store.h"

struct store {
    struct sql *db;
    int64_t trim_device; /* id of the device that store_log_trim looked at last */
};

/* Creates or upgrades the schema, or (migrate false) checks that it is the one this program knows. */
int migrate_run(struct sql *db, bool migrate, char *err, size_t err_cap);

/* Columns of rows that more than one question returns, and how they are read, from the given column on. */
#define STORE_APP_COLUMNS                                                                                    \
    "a.id, a.sid, a.account_sid, a.unique_name, a.manifest_sha256, length(a.manifest), a.created_us, "       \
    "a.updated_us"
void store_app_read(struct sql_query *q, int column, struct store_app *out);

#define STORE_MICROVISOR_COLUMNS                                                                             \
    "m.id, m.sid, m.account_sid, m.unique_name, m.manifest_sha256, m.manifest_bytes, m.image_sha256, "       \
    "m.image_bytes, m.board, m.version, m.number, m.ratchet, m.created_us, m.updated_us, "                   \
    "EXISTS (SELECT 1 FROM microvisor_defaults y WHERE y.microvisor_id = m.id)"
void store_microvisor_read(struct sql_query *q, int column, struct store_microvisor *out);

#define STORE_DEVICE_COLUMNS                                                                                 \
    "d.id, d.sid, d.account_sid, d.unique_name, d.key_sha256, d.revoked, a.sid, d.targeted_us, "             \
    "d.restart_seq, d.logging_until_us, d.created_us, d.updated_us, "                                        \
    "r.reported_app_sid, r.manifest_sha256, r.reported_us, r.app_state, r.update_phase, r.update_error, "    \
    "r.bytes_done, r.bytes_total, r.crash_count, r.update_sha256, r.board, r.microvisor_version, "           \
    "r.boot_count, r.reset_reason, p.online, p.last_seen_us, a.manifest_sha256, "                            \
    "k.sequence, k.error, k.reported_us, r.microvisor_number, "                                              \
    "v.reported_us, v.slot, v.confirmed, v.ratchet, v.update_phase, v.update_error, v.bytes_done, "          \
    "v.bytes_total, v.update_sha256, v.manifest_sha256, "                                                    \
    "(SELECT x.sid FROM microvisors x WHERE x.account_sid = d.account_sid "                                  \
    "AND x.manifest_sha256 = v.manifest_sha256), "                                                           \
    "d.target_microvisor_id, d.microvisor_targeted_us, d.urgent_microvisor_id, " STORE_MICROVISOR_COLUMNS
#define STORE_DEVICE_TABLES                                                                                  \
    "devices d LEFT JOIN apps a ON a.id = d.target_app_id "                                                  \
    "LEFT JOIN device_reports r ON r.device_id = d.id LEFT JOIN device_presence p ON p.device_id = d.id "    \
    "LEFT JOIN device_keys k ON k.device_id = d.id "                                                         \
    "LEFT JOIN device_microvisors v ON v.device_id = d.id "                                                  \
    "LEFT JOIN microvisor_defaults b ON b.account_sid = d.account_sid AND b.board = r.board "                \
    "LEFT JOIN microvisors m ON m.id = COALESCE(d.target_microvisor_id, b.microvisor_id)"
void store_device_read(struct sql_query *q, int column, struct store_device *out);

/* One row: by sid over all accounts, since a key belongs to one account only; or by name. ST_NOT_FOUND. */
int store_device_find(struct store *s, const char *sid, struct store_device *out);
int store_device_find_name(struct store *s, const char *account_sid, const char *name,
                           struct store_device *out);

/* ST_EXISTS: SID or name are taken. ST_IN_USE: there is no such account. */
int store_device_insert(struct store *s, const struct store_device *dev);

/* Fills what a session needs to know of keys; the device is there already. */
int store_session_keys(struct store *s, struct store_session *out);

/* Lower-case form of a SID that was given with upper-case digits; other text is copied as it is, cut to fit.
 */
void store_sid_normalize(const char *sid_or_name, char *out, size_t cap);

/* Binds $1 the account or device whose list it is, $2 position, $3 limit and $4 skip. */
void store_page_bind(struct sql_query *q, const char *of_sid, const struct store_page *page);

/* A name as the database keeps it: none is NULL. */
static inline const char *store_name_or_null(const char *name)
{
    return name != NULL && name[0] != '\0' ? name : NULL;
}

#endif
