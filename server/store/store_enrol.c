/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolling a device: what is known is read, model/enrol.h judges, and what follows is written, all in one transaction. */
#include <string.h>

#include "base/status.h"
#include "store/store_factory.h"
#include "store/store_handle.h"

/* When the enrolment was that is rate_per_hour back; 0 if there are not so many. */
static int window_read(struct store *s, const char *by_sid, uint32_t rate_per_hour, int64_t *at_us)
{
    struct sql_query *q =
        sql_query(s->db, "SELECT at_us FROM enrolments WHERE by_sid = $1 ORDER BY id DESC LIMIT 1 OFFSET $2");
    sql_bind_text(q, 1, by_sid);
    sql_bind_i64(q, 2, (int64_t)rate_per_hour - 1);
    int rc = sql_step(q);
    *at_us = rc == SQL_ROW ? sql_i64(q, 0) : 0;
    sql_reset(q);
    return rc == SQL_ROW ? ST_OK : rc;
}

static int token_facts(struct store *s, const struct store_enrolment *who, struct model_enrol_facts *facts)
{
    struct store_factory_token token;
    facts->now_us = who->at_us;
    facts->by_token = sid_is(who->by_sid, "FT");
    if (!facts->by_token) {
        return ST_OK;
    }
    int rc = store_factory_token_get(s, who->account_sid, who->by_sid, &token);
    if (rc == ST_OK) {
        facts->token.expires_us = token.expires_us;
        facts->token.revoked_us = token.revoked_us;
        facts->token.devices_max = token.devices_max;
        facts->token.devices = token.devices;
        rc = window_read(s, who->by_sid, token.rate_per_hour, &facts->token.window_us);
    }
    return rc;
}

static int enrolled_by(struct store *s, int64_t device, const char *by_sid, bool *same)
{
    char first[SID_BYTES];
    struct sql_query *q = sql_query(s->db, "SELECT enrolled_by FROM devices WHERE id = $1");
    sql_bind_i64(q, 1, device);
    int rc = sql_step(q);
    if (rc != SQL_ROW) {
        return rc == ST_OK ? ST_STORE : rc;
    }
    sql_text(q, 0, first, sizeof(first));
    sql_reset(q);
    *same = strcmp(first, by_sid) == 0;
    return ST_OK;
}

/* *out becomes the device that is there, or else the one that has its name. */
static int device_facts(struct store *s, const struct store_enrolment *who, const struct store_device *wanted,
                        struct model_enrol_facts *facts, struct store_device *out)
{
    struct store_device named;
    int rc = store_device_find(s, wanted->sid, out);
    facts->exists = rc == ST_OK;
    if (rc == ST_OK) {
        facts->device.foreign = strcmp(wanted->account_sid, out->account_sid) != 0 ||
                                memcmp(wanted->key_sha256, out->key_sha256, sizeof(out->key_sha256)) != 0;
        facts->device.revoked = out->revoked;
        facts->device.renamed =
            wanted->unique_name[0] != '\0' && strcmp(wanted->unique_name, out->unique_name) != 0;
        rc = enrolled_by(s, out->position, who->by_sid, &facts->device.by_same);
    }
    if ((rc != ST_OK && rc != ST_NOT_FOUND) || wanted->unique_name[0] == '\0') {
        return rc == ST_NOT_FOUND ? ST_OK : rc;
    }
    rc = store_device_find_name(s, wanted->account_sid, wanted->unique_name, &named);
    facts->name_taken = rc == ST_OK && strcmp(named.sid, wanted->sid) != 0;
    if (facts->name_taken && !facts->exists) {
        *out = named;
    }
    return rc == ST_NOT_FOUND ? ST_OK : rc;
}

static int record_insert(struct store *s, const struct store_enrolment *who, const char *device_sid,
                         bool again)
{
    struct sql_query *q =
        sql_query(s->db, "INSERT INTO enrolments (account_sid, by_sid, device_sid, again, address, at_us) "
                         "VALUES ($1, $2, $3, $4, $5, $6)");
    sql_bind_text(q, 1, who->account_sid);
    sql_bind_text(q, 2, who->by_sid);
    sql_bind_text(q, 3, device_sid);
    sql_bind_i64(q, 4, again);
    sql_bind_text(q, 5, who->address);
    sql_bind_i64(q, 6, who->at_us);
    return sql_run(q);
}

/* The first enrolment makes the device its token's, and counts. */
static int device_new(struct store *s, const struct store_enrolment *who, const struct store_device *wanted)
{
    int rc = store_device_insert(s, wanted);
    struct sql_query *q;
    if (rc != ST_OK) {
        return rc == ST_IN_USE ? ST_NOT_FOUND : rc; /* foreign key: there is no such account */
    }
    q = sql_query(s->db, "UPDATE devices SET enrolled_by = $1 WHERE sid = $2");
    sql_bind_text(q, 1, who->by_sid);
    sql_bind_text(q, 2, wanted->sid);
    rc = sql_run(q);
    if (rc == ST_OK) {
        q = sql_query(s->db, "UPDATE factory_tokens SET devices = devices + 1 WHERE sid = $1");
        sql_bind_text(q, 1, who->by_sid);
        rc = sql_run(q);
    }
    return rc;
}

static int device_again(struct store *s, const struct store_enrolment *who, const struct store_device *wanted)
{
    if (wanted->unique_name[0] == '\0') {
        return ST_OK;
    }
    struct sql_query *q =
        sql_query(s->db, "UPDATE devices SET unique_name = $1, updated_us = $2 WHERE sid = $3");
    sql_bind_text(q, 1, wanted->unique_name);
    sql_bind_i64(q, 2, who->at_us);
    sql_bind_text(q, 3, wanted->sid);
    return sql_run(q);
}

static int claim_set(struct store *s, const char *device_sid, const unsigned char claim_sha256[32])
{
    struct sql_query *q = sql_query(s->db, "UPDATE devices SET claim_sha256 = $1 WHERE sid = $2");
    sql_bind_blob(q, 1, claim_sha256, 32);
    sql_bind_text(q, 2, device_sid);
    return sql_run(q);
}

static int enrol_write(struct store *s, const struct store_enrolment *who, const struct store_device *wanted,
                       const unsigned char claim_sha256[32], struct store_enrolled *out)
{
    bool again = out->judged == ENROL_AGAIN;
    int rc = again ? device_again(s, who, wanted) : device_new(s, who, wanted);
    if (rc == ST_OK) {
        rc = claim_set(s, wanted->sid, claim_sha256);
    }
    if (rc == ST_OK) {
        rc = record_insert(s, who, wanted->sid, again);
    }
    return rc == ST_OK ? store_device_find(s, wanted->sid, &out->device) : rc;
}

int store_enrol(struct store *s, const struct store_enrolment *who, const struct store_device *device,
                const unsigned char claim_sha256[32], struct store_enrolled *out)
{
    struct model_enrol_facts facts = { 0 };
    memset(out, 0, sizeof(*out));
    if (!sid_is(device->sid, "UV") || sid_is(device->unique_name, "UV")) {
        return ST_INVALID;
    }
    int rc = sql_begin(s->db, true);
    if (rc != ST_OK) {
        return rc;
    }
    rc = token_facts(s, who, &facts);
    if (rc == ST_OK) {
        rc = device_facts(s, who, device, &facts, &out->device);
    }
    if (rc == ST_OK) {
        out->judged = model_enrol_judge(&facts, &out->retry_us);
        if (out->judged == ENROL_NEW || out->judged == ENROL_AGAIN) {
            rc = enrol_write(s, who, device, claim_sha256, out);
        }
    }
    return sql_end(s->db, rc);
}

int store_enrol_precheck(struct store *s, const struct store_enrolment *who, struct store_enrolled *out)
{
    struct model_enrol_facts facts = { .exists = true, .device.by_same = true };
    memset(out, 0, sizeof(*out));
    int rc = token_facts(s, who, &facts);
    if (rc == ST_OK) {
        out->judged = model_enrol_judge(&facts, &out->retry_us);
    }
    return rc;
}

static void enrolment_read(struct sql_query *q, struct store_enrolment *out)
{
    memset(out, 0, sizeof(*out));
    out->position = sql_i64(q, 0);
    sql_text(q, 1, out->account_sid, sizeof(out->account_sid));
    sql_text(q, 2, out->by_sid, sizeof(out->by_sid));
    sql_text(q, 3, out->device_sid, sizeof(out->device_sid));
    out->again = sql_i64(q, 4) != 0;
    sql_text(q, 5, out->address, sizeof(out->address));
    out->at_us = sql_i64(q, 6);
}

#define ENROLMENT_LIST                                                                                       \
    "SELECT id, account_sid, by_sid, device_sid, again, address, at_us FROM enrolments WHERE account_sid = " \
    "$1 "
#define ENROLMENT_LIST_OLDER ENROLMENT_LIST "AND id < $2 "
#define ENROLMENT_LIST_NEWER ENROLMENT_LIST "AND id > $2 "

/* By whom has texts of its own: each then has an index that fits. */
static struct sql_query *list_query(struct store *s, const char *account_sid, const char *by_sid,
                                    const struct store_page *page)
{
    struct sql_query *q;
    if (by_sid[0] == '\0') {
        q = page->backwards ? sql_query(s->db, ENROLMENT_LIST_NEWER "ORDER BY id LIMIT $3 OFFSET $4")
                            : sql_query(s->db, ENROLMENT_LIST_OLDER "ORDER BY id DESC LIMIT $3 OFFSET $4");
        store_page_bind(q, account_sid, page);
        return q;
    }
    q = page->backwards
            ? sql_query(s->db, ENROLMENT_LIST_NEWER "AND by_sid = $3 ORDER BY id LIMIT $4 OFFSET $5")
            : sql_query(s->db, ENROLMENT_LIST_OLDER "AND by_sid = $3 ORDER BY id DESC LIMIT $4 OFFSET $5");
    sql_bind_text(q, 1, account_sid);
    sql_bind_i64(q, 2, !page->backwards && page->position == 0 ? INT64_MAX : page->position);
    sql_bind_text(q, 3, by_sid);
    sql_bind_i64(q, 4, page->limit);
    sql_bind_i64(q, 5, page->skip);
    return q;
}

int store_enrolment_list(struct store *s, const char *account_sid, const char *by_sid,
                         const struct store_page *page, struct store_enrolment *out, uint32_t *n)
{
    struct sql_query *q = list_query(s, account_sid, by_sid, page);
    int rc;
    *n = 0;
    while ((rc = sql_step(q)) == SQL_ROW) {
        enrolment_read(q, &out[(*n)++]);
    }
    for (uint32_t i = 0; page->backwards && i < *n / 2; i++) { /* was read oldest first */
        struct store_enrolment swap = out[i];
        out[i] = out[*n - 1 - i];
        out[*n - 1 - i] = swap;
    }
    return rc;
}
