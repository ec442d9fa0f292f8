/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: list, show, update. */
#include <stdlib.h>
#include <string.h>

#include "api/device_json.h"
#include "api/device_microvisor.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "api/parameter.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"

/* LoggingEnabled=true enables or extends for 24 hours (rest-api.md section 1.2). */
#define LOGGING_US (INT64_C(24) * 3600 * 1000000)

static void list_write(struct request *q, struct reply *r, const struct model_page *page,
                       const struct store_device *devices, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_device *shown = devices + rows.first;
    int64_t now_us = clock_wall_us();
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "devices");
    for (uint32_t i = 0; i < rows.count; i++) {
        json_put_object(&j, NULL);
        device_json_members(&j, q, &shown[i], now_us);
        json_put_object_end(&j);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/Devices", "devices", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

void device_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_device *devices = calloc(ask.limit, sizeof(*devices));
    int rc = devices == NULL ? ST_NO_MEMORY : store_device_list(w->store, q->account_sid, &ask, devices, &n);
    if (rc == ST_OK) {
        list_write(q, r, &page, devices, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(devices);
}

static bool device_of_path(struct worker *w, struct request *q, struct reply *r, struct store_device *dev)
{
    int rc = store_device_get(w->store, q->account_sid, q->path.segment[2], dev);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

void device_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_device dev;
    if (device_of_path(w, q, r, &dev)) {
        device_reply(q, r, 200, &dev);
    }
}

/* TargetApp, or AppSid as older deploy scripts call it: a SID or unique name, "" for none. */
static bool target_read(struct worker *w, const struct request *q, struct reply *r, struct store_app *app,
                        struct store_device_change *change)
{
    const char *name = form_field_value(&q->form, "TargetApp") ? "TargetApp" : "AppSid";
    const char *value = form_field_value(&q->form, name);
    if (value == NULL) {
        return true;
    }
    if (strcmp(name, "TargetApp") == 0 && form_field_value(&q->form, "AppSid") != NULL) {
        reply_error(q, r, 400, 20001, "Parameters TargetApp and AppSid mean the same; give one of them");
        return false;
    }
    change->target_sid = "";
    if (value[0] == '\0') {
        return true;
    }
    int rc = store_app_get(w->store, q->account_sid, value, app);
    if (rc == ST_NOT_FOUND) {
        reply_bad_parameter(q, r, name, value, "the SID or unique name of an app of this account");
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    change->target_sid = app->sid;
    return rc == ST_OK;
}

static bool change_read(struct worker *w, const struct request *q, struct reply *r, struct store_app *app,
                        struct store_device_change *change)
{
    bool enabled, restart_given;
    memset(change, 0, sizeof(*change));
    if (!parameter_unique_name(q, r, "UV", &change->unique_name) ||
        !parameter_bool(q, r, "LoggingEnabled", &change->set_logging, &enabled) ||
        !parameter_bool(q, r, "RestartApp", &restart_given, &change->restart) ||
        !parameter_bool(q, r, "Revoked", &change->set_revoked, &change->revoked)) {
        return false;
    }
    change->logging_until_us = enabled ? clock_wall_us() + LOGGING_US : 0;
    return target_read(w, q, r, app, change);
}

static void update_failed(const struct request *q, struct reply *r, const struct store_device_change *change,
                          int status)
{
    if (status == ST_EXISTS) {
        reply_error(q, r, 409, 20409, "UniqueName \"%s\" is taken by another device; choose another name",
                    change->unique_name);
    } else if (status == ST_INVALID) { /* what is targeted was deleted between the look and the write */
        reply_error(q, r, 409, 20409,
                    "What the device was to run has just been deleted; nothing was changed");
    } else {
        reply_store_failed(q, r, status);
    }
}

static void update_log(const struct store_device *dev, const struct store_device_change *change)
{
    log_info("device_updated", "device", dev->sid, "account", dev->account_sid, "target", change->target_sid,
             "name", change->unique_name, "logging",
             change->set_logging ? (change->logging_until_us ? "on" : "off") : NULL, "restart",
             change->restart ? "yes" : NULL, "revoked",
             change->set_revoked ? (change->revoked ? "yes" : "no") : NULL, "microvisor",
             change->microvisor_sid, "now", change->set_urgent ? (change->urgent ? "yes" : "no") : NULL);
}

/* A revocation is answered when it is in force, not when it is written: what the device sends after the answer is not served. */
static void updated(struct worker *w, const struct request *q, struct reply *r,
                    const struct store_device *dev, const struct store_device_change *change)
{
    update_log(dev, change);
    if (!change->set_revoked || !change->revoked) {
        service_tell_gateways(w->service, dev->sid);
    } else if (service_revoke(w->service, dev->sid) != ST_OK) {
        reply_unavailable(
            q, r,
            "The device is revoked, but not every gateway has confirmed that its session is closed; "
            "ask again");
        return;
    }
    device_reply(q, r, 200, dev);
}

void device_update(struct worker *w, struct request *q, struct reply *r)
{
    struct store_device dev, out;
    struct store_device_change change;
    struct store_app app;
    struct store_microvisor m;
    if (!device_of_path(w, q, r, &dev) || !change_read(w, q, r, &app, &change) ||
        !device_microvisor_read(w, q, r, &dev, &m, &change)) {
        return;
    }
    if (q->form.count == 0) { /* an update without parameters, as twilio-node sends it, changes nothing */
        device_reply(q, r, 200, &dev);
        return;
    }
    int rc = store_device_update(w->store, q->account_sid, dev.sid, &change, &out);
    if (rc != ST_OK) {
        update_failed(q, r, &change, rc);
        return;
    }
    updated(w, q, r, &out, &change);
}
