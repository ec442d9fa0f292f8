/* SPDX-License-Identifier: Apache-2.0 */
/* Crash reports of devices: stored at most once, read in pages, the oldest of a device forgotten. */
#include "store/store.h"

#include <string.h>

#include "base/status.h"
#include "store/store_handle.h"

/* What an app is called is the device's word, but the name of another account's is not repeated. */
#define CRASH_INSERT                                                                                         \
    "INSERT INTO crashes (sid, device_id, report_id, received_us, origin, boot_id, device_us, "              \
    "microvisor_number, cause, pc, lr, xpsr, address_known, address, fault_status, secure_fault_status, "    \
    "restart_in_ms, count, registers, stack, sealed, app_sid) "                                              \
    "SELECT $1, d.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "    \
    "$20, CASE WHEN EXISTS (SELECT 1 FROM apps a WHERE a.sid = $21 AND a.account_sid <> d.account_sid) "     \
    "THEN '' ELSE $21 END FROM devices d WHERE d.sid = $22 ON CONFLICT (device_id, report_id) DO NOTHING"

static int crash_insert(struct store *s, const struct store_crash *c)
{
    struct sql_query *q = sql_query(s->db, CRASH_INSERT);
    char sid[SID_BYTES];
    sid_random("CR", sid);
    sql_bind_text(q, 1, sid);
    sql_bind_i64(q, 2, (int64_t)c->report_id);
    sql_bind_i64(q, 3, c->received_us);
    sql_bind_i64(q, 4, c->origin);
    sql_bind_i64(q, 5, (int64_t)c->boot_id);
    sql_bind_i64(q, 6, (int64_t)c->device_us);
    sql_bind_i64(q, 7, c->microvisor_number);
    sql_bind_i64(q, 8, c->cause);
    sql_bind_i64(q, 9, c->pc);
    sql_bind_i64(q, 10, c->lr);
    sql_bind_i64(q, 11, c->xpsr);
    sql_bind_i64(q, 12, c->address_known);
    sql_bind_i64(q, 13, c->address);
    sql_bind_i64(q, 14, c->fault_status);
    sql_bind_i64(q, 15, c->secure_fault_status);
    sql_bind_i64(q, 16, c->restart_in_ms);
    sql_bind_i64(q, 17, c->count);
    sql_bind_blob(q, 18, c->registers, c->registers_len);
    sql_bind_blob(q, 19, c->stack, c->stack_len);
    sql_bind_blob(q, 20, c->sealed, c->sealed_len);
    sql_bind_text(q, 21, c->app_sid);
    sql_bind_text(q, 22, c->device_sid);
    return sql_run(q);
}

/* Ids grow with time, so the oldest reports are the ones with the smallest ids. */
static int crash_trim(struct store *s, const char *device_sid, uint32_t keep)
{
    struct sql_query *q =
        sql_query(s->db, "DELETE FROM crashes WHERE device_id = (SELECT id FROM devices WHERE sid = $1) "
                         "AND id <= (SELECT c.id FROM crashes c JOIN devices d ON d.id = c.device_id "
                         "WHERE d.sid = $1 ORDER BY c.id DESC LIMIT 1 OFFSET $2)");
    sql_bind_text(q, 1, device_sid);
    sql_bind_i64(q, 2, keep);
    return sql_run(q);
}

int store_crash_put(struct store *s, const struct store_crash *crash, uint32_t keep)
{
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = crash_insert(s, crash);
    if (rc == ST_OK) {
        rc = crash_trim(s, crash->device_sid, keep);
    }
    return sql_end(s->db, rc);
}

#define CRASH_SELECT                                                                                         \
    "SELECT c.id, c.sid, c.report_id, c.received_us, c.origin, c.boot_id, c.device_us, c.app_sid, "          \
    "c.microvisor_number, c.cause, c.pc, c.lr, c.xpsr, c.address_known, c.address, c.fault_status, "         \
    "c.secure_fault_status, c.restart_in_ms, c.count, c.registers, c.stack, c.sealed FROM crashes c "        \
    "WHERE c.device_id = (SELECT id FROM devices WHERE sid = $1) "

/* What does not fit was not written by us, and reads as nothing. */
static uint32_t bytes_read(struct sql_query *q, int column, void *out, size_t cap)
{
    size_t len = 0;
    return sql_bytes(q, column, out, cap, &len) == ST_OK ? (uint32_t)len : 0;
}

static void crash_read(struct sql_query *q, const char *device_sid, struct store_crash *out)
{
    memset(out, 0, sizeof(*out));
    memcpy(out->device_sid, device_sid, SID_BYTES);
    out->position = sql_i64(q, 0);
    sql_text(q, 1, out->sid, sizeof(out->sid));
    out->report_id = (uint64_t)sql_i64(q, 2);
    out->received_us = sql_i64(q, 3);
    out->origin = (uint32_t)sql_i64(q, 4);
    out->boot_id = (uint64_t)sql_i64(q, 5);
    out->device_us = (uint64_t)sql_i64(q, 6);
    sql_text(q, 7, out->app_sid, sizeof(out->app_sid));
    out->microvisor_number = (uint32_t)sql_i64(q, 8);
    out->cause = (uint32_t)sql_i64(q, 9);
    out->pc = (uint32_t)sql_i64(q, 10);
    out->lr = (uint32_t)sql_i64(q, 11);
    out->xpsr = (uint32_t)sql_i64(q, 12);
    out->address_known = sql_i64(q, 13) != 0;
    out->address = (uint32_t)sql_i64(q, 14);
    out->fault_status = (uint32_t)sql_i64(q, 15);
    out->secure_fault_status = (uint32_t)sql_i64(q, 16);
    out->restart_in_ms = (uint32_t)sql_i64(q, 17);
    out->count = (uint32_t)sql_i64(q, 18);
    out->registers_len = bytes_read(q, 19, out->registers, sizeof(out->registers));
    out->stack_len = bytes_read(q, 20, out->stack, sizeof(out->stack));
    out->sealed_len = bytes_read(q, 21, out->sealed, sizeof(out->sealed));
}

int store_crash_get(struct store *s, const char *device_sid, const char *crash_sid, struct store_crash *out)
{
    struct sql_query *q = sql_query(s->db, CRASH_SELECT "AND c.sid = $2");
    char sid[SID_BYTES + 1];
    store_sid_normalize(crash_sid, sid, sizeof(sid));
    sql_bind_text(q, 1, device_sid);
    sql_bind_text(q, 2, sid);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_NOT_FOUND : rc;
    }
    crash_read(q, device_sid, out);
    sql_reset(q);
    return ST_OK;
}

int store_crash_list(struct store *s, const char *device_sid, const struct store_page *page,
                     struct store_crash *out, uint32_t *n)
{
    struct sql_query *q =
        page->backwards
            ? sql_query(s->db, CRASH_SELECT "AND c.id > $2 ORDER BY c.id LIMIT $3 OFFSET $4")
            : sql_query(s->db, CRASH_SELECT "AND c.id < $2 ORDER BY c.id DESC LIMIT $3 OFFSET $4");
    store_page_bind(q, device_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        crash_read(q, device_sid, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_crash swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}
