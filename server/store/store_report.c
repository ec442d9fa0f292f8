/* SPDX-License-Identifier: Apache-2.0 */
/* What gateways write: reports of devices and who is connected. Batches, one transaction each; unknown
 * devices are skipped. */
#include "store/store.h"

#include "base/status.h"
#include "store/store_handle.h"

/* The app is looked up from the manifest's hash: first the target, then the newest upload. When the app was
 * deleted while the device still runs it, the name it had stays. A report that is not a hello keeps what only
 * a hello tells. */
static struct sql_query *report_query(struct store *s)
{
    return sql_query(
        s->db,
        "INSERT INTO device_reports (device_id, reported_us, reported_app_sid, manifest_sha256, app_state, "
        "update_phase, "
        "update_error, update_sha256, bytes_done, bytes_total, crash_count, board, microvisor_version, "
        "boot_count, "
        "reset_reason, microvisor_number) "
        "SELECT d.id, $1, COALESCE("
        "(SELECT a.sid FROM apps a WHERE a.id = d.target_app_id AND a.manifest_sha256 = $2), "
        "(SELECT a.sid FROM apps a WHERE a.manifest_sha256 = $2 AND a.account_sid = d.account_sid "
        "ORDER BY a.id DESC LIMIT 1), "
        "(SELECT r.reported_app_sid FROM device_reports r WHERE r.device_id = d.id AND r.manifest_sha256 = "
        "$2), "
        "''), "
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM devices d WHERE d.sid = $15 "
        "ON CONFLICT (device_id) DO UPDATE SET reported_us = excluded.reported_us, "
        "reported_app_sid = excluded.reported_app_sid, manifest_sha256 = excluded.manifest_sha256, "
        "app_state = excluded.app_state, update_phase = excluded.update_phase, update_error = "
        "excluded.update_error, "
        "update_sha256 = excluded.update_sha256, bytes_done = excluded.bytes_done, bytes_total = "
        "excluded.bytes_total, "
        "crash_count = excluded.crash_count, "
        "board = CASE WHEN $16 = 1 THEN excluded.board ELSE device_reports.board END, "
        "microvisor_version = CASE WHEN $16 = 1 THEN excluded.microvisor_version "
        "ELSE device_reports.microvisor_version END, "
        "boot_count = CASE WHEN $16 = 1 THEN excluded.boot_count ELSE device_reports.boot_count END, "
        "reset_reason = CASE WHEN $16 = 1 THEN excluded.reset_reason ELSE device_reports.reset_reason END, "
        "microvisor_number = CASE WHEN $16 = 1 THEN excluded.microvisor_number "
        "ELSE device_reports.microvisor_number END");
}

static int report_put(struct store *s, const struct store_report *r)
{
    struct sql_query *q = report_query(s);
    sql_bind_i64(q, 1, r->at_us);
    sql_bind_blob(q, 2, r->manifest_sha256, sizeof(r->manifest_sha256));
    sql_bind_i64(q, 3, r->app_state);
    sql_bind_i64(q, 4, r->update_phase);
    sql_bind_i64(q, 5, r->update_error);
    sql_bind_blob(q, 6, r->update_sha256, sizeof(r->update_sha256));
    sql_bind_i64(q, 7, r->bytes_done);
    sql_bind_i64(q, 8, r->bytes_total);
    sql_bind_i64(q, 9, r->crash_count);
    sql_bind_text(q, 10, r->board);
    sql_bind_text(q, 11, r->microvisor_version);
    sql_bind_i64(q, 12, r->boot_count);
    sql_bind_i64(q, 13, r->reset_reason);
    sql_bind_i64(q, 14, r->microvisor_number);
    sql_bind_text(q, 15, r->device_sid);
    sql_bind_i64(q, 16, r->hello);
    return sql_run(q);
}

static int microvisor_put(struct store *s, const struct store_report *r)
{
    struct sql_query *q = sql_query(
        s->db,
        "INSERT INTO device_microvisors (device_id, reported_us, slot, confirmed, ratchet, update_phase, "
        "update_error, update_sha256, bytes_done, bytes_total, manifest_sha256) "
        "SELECT d.id, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM devices d WHERE d.sid = $11 "
        "ON CONFLICT (device_id) DO UPDATE SET reported_us = excluded.reported_us, slot = excluded.slot, "
        "confirmed = excluded.confirmed, ratchet = excluded.ratchet, update_phase = excluded.update_phase, "
        "update_error = excluded.update_error, update_sha256 = excluded.update_sha256, "
        "bytes_done = excluded.bytes_done, bytes_total = excluded.bytes_total, "
        "manifest_sha256 = excluded.manifest_sha256");
    const struct store_microvisor_status *v = &r->microvisor;
    sql_bind_i64(q, 1, r->at_us);
    sql_bind_i64(q, 2, v->slot);
    sql_bind_i64(q, 3, v->confirmed);
    sql_bind_i64(q, 4, v->ratchet);
    sql_bind_i64(q, 5, v->update_phase);
    sql_bind_i64(q, 6, v->update_error);
    sql_bind_blob(q, 7, v->update_sha256, sizeof(v->update_sha256));
    sql_bind_i64(q, 8, v->bytes_done);
    sql_bind_i64(q, 9, v->bytes_total);
    sql_bind_blob(q, 10, v->manifest_sha256, sizeof(v->manifest_sha256));
    sql_bind_text(q, 11, r->device_sid);
    return sql_run(q);
}

/* A device that introduces itself without the status has a microvisor that does not update itself. */
static int microvisor_forget(struct store *s, const struct store_report *r)
{
    struct sql_query *q = sql_query(
        s->db, "DELETE FROM device_microvisors WHERE device_id = (SELECT id FROM devices WHERE sid = $1)");
    sql_bind_text(q, 1, r->device_sid);
    return sql_run(q);
}

static int parts_put(struct store *s, const struct store_report *r)
{
    int rc = r->has_app ? report_put(s, r) : ST_OK;
    if (rc == ST_OK && r->has_microvisor) {
        return microvisor_put(s, r);
    }
    return rc == ST_OK && r->hello ? microvisor_forget(s, r) : rc;
}

int store_report_put(struct store *s, const struct store_report *reports, uint32_t n)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    for (uint32_t i = 0; rc == ST_OK && i < n; i++) {
        rc = parts_put(s, &reports[i]);
    }
    return sql_end(s->db, rc);
}

/* A device that moved to another gateway is not marked offline by the one that it left. */
static int presence_put(struct store *s, const struct store_presence *p)
{
    struct sql_query *q = sql_query(
        s->db, "INSERT INTO device_presence (device_id, online, gateway, last_seen_us) "
               "SELECT d.id, $1, $2, $3 FROM devices d WHERE d.sid = $4 "
               "ON CONFLICT (device_id) DO UPDATE SET online = excluded.online, gateway = excluded.gateway, "
               "last_seen_us = CASE WHEN excluded.last_seen_us > device_presence.last_seen_us "
               "THEN excluded.last_seen_us ELSE device_presence.last_seen_us END "
               "WHERE excluded.online = 1 OR excluded.gateway = device_presence.gateway");
    sql_bind_i64(q, 1, p->online);
    sql_bind_i64(q, 2, p->gateway);
    sql_bind_i64(q, 3, p->last_seen_us);
    sql_bind_text(q, 4, p->device_sid);
    return sql_run(q);
}

int store_presence_put(struct store *s, const struct store_presence *rows, uint32_t n)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    for (uint32_t i = 0; rc == ST_OK && i < n; i++) {
        rc = presence_put(s, &rows[i]);
    }
    return sql_end(s->db, rc);
}

int store_presence_reset(struct store *s, uint32_t gateway)
{
    struct sql_query *q =
        sql_query(s->db, "UPDATE device_presence SET online = 0 WHERE gateway = $1 AND online = 1");
    sql_bind_i64(q, 1, gateway);
    return sql_run(q);
}
