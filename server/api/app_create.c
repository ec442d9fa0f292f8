/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating an app from an uploaded bundle.
 *
 *   file on disk -> checked completely -> signed, or its signature verified -> blobs (durable) -> one transaction with the row
 *
 * Whatever fails, nothing is visible: blobs without a row are collected later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/app_json.h"
#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/service.h"
#include "api/signers.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "bundle/check.h"
#include "model/name.h"

static bool keeper_away(int status)
{
    return status == ST_TIMEOUT || status == ST_CLOSED;
}

static void keeper_failed(const struct request *q, struct reply *r, int status)
{
    if (keeper_away(status)) {
        reply_unavailable(q, r, "The keeper, which signs bundles, does not answer; try again");
    } else {
        reply_error(q, r, 500, 20500, "The bundle could not be signed (%s); the server's log says why",
                    status_name(status));
    }
}

/* Makes the manifest one that devices accept. */
static bool sign_or_verify(struct worker *w, const struct request *q, struct reply *r,
                           struct bundle_contents *b)
{
    struct service *s = w->service;
    struct bundle_signer signers[APP_SIGNERS_MAX];
    unsigned char signature[P256_SIG_BYTES];
    char why[BUNDLE_WHY_BYTES];
    uint64_t signer_id = 0;
    size_t count = 0;
    int rc = ST_OK;
    if (bundle_is_unsigned(b)) {
        rc = keeper_client_sign(s->keeper, BUS_SIGN_MANIFEST, b->body, b->body_len, &signer_id, signature);
        rc = rc == ST_OK ? bundle_sign(b, signer_id, signature) : rc;
    }
    rc = rc == ST_OK ? signers_get(w, q->account_sid, signers, &count) : rc;
    if (rc == ST_OK && bundle_signature_check(b, signers, count, why) != ST_OK) {
        reply_error(q, r, 400, 20001, "The bundle is refused: %s%s", why,
                    signer_id == 0 ? "" : " (the server's managed signer was withdrawn: sign the bundle)");
        return false;
    }
    if (rc != ST_OK) {
        keeper_failed(q, r, rc);
    }
    return rc == ST_OK;
}

static void layers_fill(const struct bundle_contents *b, struct store_layer out[APP_LAYERS_MAX])
{
    memset(out, 0, APP_LAYERS_MAX * sizeof(out[0]));
    for (uint32_t i = 0; i < b->layer_count; i++) {
        const struct bundle_layer *from = &b->layers[i];
        memcpy(out[i].fetch_sha256, from->fetch_sha256, 32);
        memcpy(out[i].block_list_sha256, from->block_list_sha256, 32);
        out[i].bytes = from->bytes;
        out[i].block_list_bytes = from->block_list_bytes;
        out[i].external = from->external;
        out[i].start = from->start;
        out[i].size = from->size;
    }
}

/* Blobs, then the row; under the lock that keeps the collector away from blobs without a row. */
static int app_store(struct worker *w, const char *path, const struct bundle_contents *b,
                     struct store_app *app, char *why)
{
    struct store_layer layers[APP_LAYERS_MAX];
    struct service *s = w->service;
    layers_fill(b, layers);
    (void)pthread_rwlock_rdlock(&s->blobs_in_use);
    int rc = bundle_store(path, b, s->blobs, app->manifest_sha256, why);
    if (rc == ST_OK) {
        rc = store_app_create(w->store, app, b->manifest, layers, b->layer_count);
    }
    (void)pthread_rwlock_unlock(&s->blobs_in_use);
    return rc;
}

static void created(struct worker *w, const struct request *q, struct reply *r, const struct store_app *app,
                    const struct bundle_contents *b)
{
    char bytes[24], layers[24];
    uint64_t total = 0;
    for (uint32_t i = 0; i < b->layer_count; i++) {
        total += b->layers[i].bytes;
    }
    atomic_fetch_add(&w->service->uploads, 1);
    log_info("app_created", "app", app->sid, "account", q->account_sid, "name",
             app->unique_name[0] ? app->unique_name : NULL, "layers", log_u64(layers, b->layer_count),
             "bytes", log_u64(bytes, total));
    struct json_out j = reply_json(r, 201);
    app_json(&j, q, app);
}

static void bundle_accept(struct worker *w, const struct request *q, struct reply *r,
                          const struct upload_result *file, struct bundle_contents *b)
{
    struct store_app app = { .created_us = clock_wall_us() };
    char why[BUNDLE_WHY_BYTES] = "";
    int rc = bundle_check(file->path, b, why);
    if (rc == ST_INVALID) {
        reply_error(q, r, 400, 20001, "The bundle is refused: %s", why);
        return;
    }
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    if (!sign_or_verify(w, q, r, b)) {
        return;
    }
    sid_random("KA", app.sid);
    memcpy(app.account_sid, q->account_sid, SID_BYTES);
    (void)snprintf(app.unique_name, sizeof(app.unique_name), "%s",
                   file->unique_name ? file->unique_name : "");
    app.manifest_bytes = (uint32_t)b->manifest_len;
    app.updated_us = app.created_us;
    rc = app_store(w, file->path, b, &app, why);
    if (rc == ST_EXISTS) {
        reply_error(q, r, 409, 20409,
                    "UniqueName \"%s\" is taken by another app; choose another name or none",
                    app.unique_name);
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else {
        created(w, q, r, &app, b);
    }
}

/* Names are checked before the bundle is read: the cheap refusal first. */
static bool name_check(struct worker *w, const struct request *q, struct reply *r, const char *name)
{
    struct store_app other;
    const char *why;
    if (name == NULL || name[0] == '\0') {
        return true;
    }
    if (model_name_check(name, "KA", &why) != ST_OK) {
        reply_bad_parameter(q, r, "UniqueName", name, why);
        return false;
    }
    if (store_app_get(w->store, q->account_sid, name, &other) == ST_OK) {
        reply_error(q, r, 409, 20409, "UniqueName \"%s\" is taken by app %s; choose another name or none",
                    name, other.sid);
        return false;
    }
    return true;
}

void app_create(struct worker *w, struct request *q, struct reply *r)
{
    struct upload_result file;
    if (!upload_take(q, r, "the bundle's zip file", &file) || !name_check(w, q, r, file.unique_name)) {
        return;
    }
    struct bundle_contents *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        reply_store_failed(q, r, ST_NO_MEMORY);
        return;
    }
    bundle_accept(w, q, r, &file, b);
    free(b);
}
