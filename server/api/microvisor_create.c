/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploading a microvisor.
 *
 *   file on disk -> checked completely, both signatures by a root key -> blobs (durable) -> the row
 *
 * Whatever fails, nothing is visible: blobs without a row are collected later. The server cannot sign microvisors; the root key
 * stays at home.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handlers.h"
#include "api/microvisor_json.h"
#include "api/service.h"
#include "api/signers.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "bundle/microvisor.h"
#include "model/name.h"

static void row_fill(const struct request *q, const struct upload_result *file,
                     const struct microvisor_contents *c, struct store_microvisor *m)
{
    memset(m, 0, sizeof(*m));
    sid_random("KM", m->sid);
    memcpy(m->account_sid, q->account_sid, SID_BYTES);
    (void)snprintf(m->unique_name, sizeof(m->unique_name), "%s", file->unique_name ? file->unique_name : "");
    memcpy(m->manifest_sha256, c->manifest_sha256, 32);
    memcpy(m->image_sha256, c->image_sha256, 32);
    m->manifest_bytes = (uint32_t)c->manifest_len;
    m->image_bytes = c->image_bytes;
    memcpy(m->board, c->board, sizeof(m->board));
    memcpy(m->version, c->version, sizeof(m->version));
    m->number = c->number;
    m->ratchet = c->ratchet;
    m->created_us = m->updated_us = clock_wall_us();
}

/* Blobs, then the row; under the lock that keeps the collector away from blobs without a row. */
static int contents_store(struct worker *w, const char *path, const struct microvisor_contents *c,
                          const struct store_microvisor *m, char *why)
{
    struct service *s = w->service;
    (void)pthread_rwlock_rdlock(&s->blobs_in_use);
    int rc = microvisor_store(path, c, s->blobs, why);
    if (rc == ST_OK) {
        rc = store_microvisor_create(w->store, m);
    }
    (void)pthread_rwlock_unlock(&s->blobs_in_use);
    return rc;
}

/* False when the reply says which row is in the way. */
static bool free_check(struct worker *w, const struct request *q, struct reply *r,
                       const struct store_microvisor *m)
{
    struct store_microvisor other;
    if (store_microvisor_find(w->store, q->account_sid, m->manifest_sha256, &other) == ST_OK) {
        reply_refused(q, r, 409, "exists", "This microvisor is there already, as %s", other.sid);
        return false;
    }
    if (m->unique_name[0] != '\0' &&
        store_microvisor_get(w->store, q->account_sid, m->unique_name, &other) == ST_OK) {
        reply_error(q, r, 409, 20409,
                    "UniqueName \"%s\" is taken by microvisor %s; choose another name or none",
                    m->unique_name, other.sid);
        return false;
    }
    return true;
}

static void created(struct worker *w, const struct request *q, struct reply *r,
                    const struct store_microvisor *m)
{
    char number[24], ratchet[24], bytes[24];
    atomic_fetch_add(&w->service->uploads, 1);
    log_info("microvisor_created", "microvisor", m->sid, "account", q->account_sid, "name",
             m->unique_name[0] ? m->unique_name : NULL, "board", m->board, "version", m->version, "number",
             log_u64(number, m->number), "ratchet", log_u64(ratchet, m->ratchet), "bytes",
             log_u64(bytes, m->image_bytes));
    struct json_out j = reply_json(r, 201);
    microvisor_json(&j, q, m);
}

static void contents_accept(struct worker *w, const struct request *q, struct reply *r,
                            const struct upload_result *file, const struct microvisor_contents *c)
{
    struct store_microvisor m;
    char why[BUNDLE_WHY_BYTES] = "";
    row_fill(q, file, c, &m);
    if (!free_check(w, q, r, &m)) {
        return;
    }
    int rc = contents_store(w, file->path, c, &m, why);
    if (rc == ST_EXISTS && free_check(w, q, r, &m)) { /* and gone again meanwhile */
        reply_unavailable(q, r, "Another upload was in the way; try again");
    } else if (rc == ST_OK) {
        created(w, q, r, &m);
    } else if (rc != ST_EXISTS) {
        reply_store_failed(q, r, rc);
    }
}

/* The keys that decide. False when the reply says that there are none. */
static bool roots_read(struct service *s, const struct request *q, struct reply *r,
                       struct bundle_signer roots[ROOTS_MAX], size_t *count)
{
    const char *unreadable = NULL;
    if (roots_get(s, roots, count, &unreadable) != ST_OK) {
        reply_refused(q, r, 409, "root_key",
                      "The server cannot read its boot root key %s ([microvisors] root_key); `outriggerd "
                      "--check` says why",
                      unreadable);
        return false;
    }
    if (*count == 0) {
        reply_refused(
            q, r, 409, "root_key",
            "This server knows no boot root key, so it cannot judge microvisors; put the public half of "
            "the key that your devices have fused into its configuration, as `root_key = FILE.pem` "
            "under [microvisors], and start it again");
    }
    return *count > 0;
}

static bool name_check(const struct request *q, struct reply *r, const char *name)
{
    const char *why;
    if (name != NULL && name[0] != '\0' && model_name_check(name, "KM", &why) != ST_OK) {
        reply_bad_parameter(q, r, "UniqueName", name, why);
        return false;
    }
    return true;
}

void microvisor_create(struct worker *w, struct request *q, struct reply *r)
{
    struct upload_result file;
    struct bundle_signer roots[ROOTS_MAX];
    enum microvisor_fault fault;
    char why[BUNDLE_WHY_BYTES] = "";
    size_t count = 0;
    if (!upload_take(q, r, "the zip file of `outrigger microvisors bundle`", &file) ||
        !name_check(q, r, file.unique_name) || !roots_read(w->service, q, r, roots, &count)) {
        return;
    }
    struct microvisor_contents *c = calloc(1, sizeof(*c));
    int rc = c == NULL ? ST_NO_MEMORY : microvisor_check(file.path, roots, count, c, &fault, why);
    if (rc == ST_OK) {
        contents_accept(w, q, r, &file, c);
    } else if (rc == ST_INVALID) {
        reply_refused(q, r, 400, microvisor_fault_name(fault), "The microvisor is refused: %s", why);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(c);
}
