/* SPDX-License-Identifier: Apache-2.0 */
/* Apps: list, show, delete, manifest. Creating is in app_create.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/app_json.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "proto/codec/codec.h"

void app_json(struct json_out *j, const struct request *q, const struct store_app *app)
{
    char url[REQUEST_BASE_MAX + 64];
    json_put_object(j, NULL);
    json_put_text(j, "sid", app->sid);
    json_put_text(j, "account_sid", app->account_sid);
    json_put_hash(j, "hash", app->manifest_sha256);
    json_put_text_or_null(j, "unique_name", app->unique_name);
    json_put_time(j, "date_created", app->created_us);
    json_put_time(j, "date_updated", app->updated_us);
    (void)snprintf(url, sizeof(url), "%s/v1/Apps/%s", q->base_url, app->sid);
    json_put_text(j, "url", url);
    json_put_object(j, "links");
    (void)snprintf(url, sizeof(url), "%s/v1/Apps/%s/Manifest", q->base_url, app->sid);
    json_put_text(j, "app_manifests", url);
    json_put_object_end(j);
    json_put_object_end(j);
}

static void list_write(struct request *q, struct reply *r, const struct model_page *page,
                       const struct store_app *apps, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_app *shown = apps + rows.first;
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "apps");
    for (uint32_t i = 0; i < rows.count; i++) {
        app_json(&j, q, &shown[i]);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/Apps", "apps", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

void app_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_app *apps = calloc(ask.limit, sizeof(*apps));
    int rc = apps == NULL ? ST_NO_MEMORY : store_app_list(w->store, q->account_sid, &ask, apps, &n);
    if (rc == ST_OK) {
        list_write(q, r, &page, apps, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(apps);
}

/* The app that the path names; false when the reply says that there is none. */
static bool app_of_path(struct worker *w, struct request *q, struct reply *r, struct store_app *app)
{
    int rc = store_app_get(w->store, q->account_sid, q->path.segment[2], app);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

void app_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_app app;
    if (app_of_path(w, q, r, &app)) {
        struct json_out j = reply_json(r, 200);
        app_json(&j, q, &app);
    }
}

void app_delete(struct worker *w, struct request *q, struct reply *r)
{
    struct store_app app;
    uint32_t devices = 0;
    if (!app_of_path(w, q, r, &app)) {
        return;
    }
    int rc = store_app_delete(w->store, q->account_sid, app.sid, &devices);
    if (rc == ST_IN_USE) {
        reply_error(
            q, r, 409, 20409,
            "App %s is the target of %u device%s; give %s another TargetApp first (GET /v1/Devices shows "
            "app.target_sid)",
            app.sid, devices, devices == 1 ? "" : "s", devices == 1 ? "it" : "them");
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else {
        log_info("app_deleted", "app", app.sid, "account", q->account_sid);
        reply_empty(r, 204);
    }
}

/* The decrypters that layers are encrypted to: that is in the manifest alone. */
static void encrypted_with(const unsigned char *manifest, size_t len, uint64_t ids[APP_LAYERS_MAX])
{
    bundle_OpaqueManifest opaque = { 0 };
    bundle_AppBody body = { 0 };
    memset(ids, 0, APP_LAYERS_MAX * sizeof(ids[0]));
    if (codec_manifest_decode(manifest, len, &opaque) == CODEC_OK &&
        codec_body_decode(opaque.body.bytes, opaque.body.size, &body) == CODEC_OK) {
        for (uint32_t i = 0; i < body.layers_count; i++) {
            ids[i] = body.layers[i].encrypted_with_key_id;
        }
    }
}

static void layers_json(struct json_out *j, const struct store_layer *layers, uint32_t count,
                        const uint64_t *ids)
{
    json_put_array(j, "layers");
    for (uint32_t i = 0; i < count; i++) {
        json_put_object(j, NULL);
        json_put_text(j, "flash", layers[i].external ? "external" : "internal");
        json_put_number(j, "start", layers[i].start);
        json_put_number(j, "size", layers[i].size);
        json_put_number(j, "bytes", layers[i].bytes);
        json_put_hash(j, "fetch_hash", layers[i].fetch_sha256);
        json_put_hash(j, "block_list_hash", layers[i].block_list_sha256);
        if (ids[i] != 0) {
            char id[17];
            (void)snprintf(id, sizeof(id), "%016" PRIx64, ids[i]);
            json_put_text(j, "encrypted_with", id);
        } else {
            json_put_null(j, "encrypted_with");
        }
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

void app_manifest_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_app app;
    struct store_layer layers[APP_LAYERS_MAX];
    unsigned char manifest[MANIFEST_MAX_BYTES];
    char encoded[CRYPTO_BASE64_CHARS(MANIFEST_MAX_BYTES) + 1], url[REQUEST_BASE_MAX + 64];
    uint64_t ids[APP_LAYERS_MAX];
    uint32_t layer_count = 0;
    size_t len = 0;
    if (!app_of_path(w, q, r, &app)) {
        return;
    }
    int rc = store_app_manifest(w->store, q->account_sid, app.sid, manifest, sizeof(manifest), &len);
    rc = rc == ST_OK ? store_layers_get(w->store, app.sid, layers, &layer_count) : rc;
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    crypto_base64_encode(manifest, len, encoded);
    encrypted_with(manifest, len, ids);
    (void)snprintf(url, sizeof(url), "%s/v1/Apps/%s/Manifest", q->base_url, app.sid);
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_text(&j, "app_sid", app.sid);
    json_put_hash(&j, "hash", app.manifest_sha256);
    json_put_text(&j, "encoded_bytes", encoded);
    layers_json(&j, layers, layer_count, ids);
    json_put_text(&j, "url", url);
    json_put_object_end(&j);
}
