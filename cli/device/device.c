/* SPDX-License-Identifier: Apache-2.0 */
/* Reads Device JSON (rest-api resource plus the extension object `status`) and judges deployments. No I/O. */
#include "device/device.h"

#include <string.h>

#include "json/doc.h"

void device_read(const struct doc *json, struct device *out)
{
    *out = (struct device){
        .sid = doc_text(json, "sid", ""),
        .name = doc_text(json, "unique_name", ""),
        .target_sid = doc_text(json, "app.target_sid", ""),
        .reported_sid = doc_text(json, "app.reported_sid", ""),
        .update_status = doc_text(json, "app.update_status", ""),
        .error_code = doc_int(json, "app.update_error_code", 0),
        .error_text = doc_text(json, "status.update.error_text", "the server has no words for it"),
        .is_logging = doc_bool(json, "logging.enabled", false),
        .is_online = doc_bool(json, "status.online", false),
        .is_revoked = doc_bool(json, "status.revoked", false),
        .last_seen = doc_text(json, "status.last_seen", ""),
        .board = doc_text(json, "status.board", ""),
        .microvisor_version = doc_text(json, "status.microvisor_version", ""),
        .app_state = doc_text(json, "status.app_state", ""),
        .update_phase = doc_text(json, "status.update.phase", ""),
        .bytes_done = doc_int(json, "status.update.bytes_done", 0),
        .bytes_total = doc_int(json, "status.update.bytes_total", 0),
        .crash_count = doc_int(json, "status.crash_count", 0),
    };
}

/* An application that is up to date but not running has crashed or is about to start. */
static bool is_running(const struct device *d)
{
    return !*d->app_state || strcmp(d->app_state, "running") == 0;
}

enum device_verdict device_judge(const struct device *d, const char *app_sid)
{
    if (d->is_revoked)
        return DEVICE_REVOKED;
    if (strcmp(d->target_sid, app_sid) != 0)
        return DEVICE_SUPERSEDED;
    if (strcmp(d->update_status, "error") == 0)
        return DEVICE_REFUSED;
    if (strcmp(d->update_status, "up-to-date") == 0 && strcmp(d->reported_sid, app_sid) == 0 && is_running(d))
        return DEVICE_RUNNING;
    return DEVICE_WAITING;
}
