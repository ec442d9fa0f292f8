/* SPDX-License-Identifier: Apache-2.0 */
/* Reads Device JSON (rest-api resource plus our extensions) and judges updates. No I/O. */
#include "device/device.h"

#include <string.h>

#include "json/doc.h"

#define NO_WORDS "the server has no words for it"

/* The same of application and microvisor: what it is to run and runs, and how far the update has come. */
static struct device_update read_update(const struct doc *of, const struct doc *progress)
{
    return (struct device_update){
        .target_sid = doc_text(of, "target_sid", ""),
        .reported_sid = doc_text(of, "reported_sid", ""),
        .status = doc_text(of, "update_status", ""),
        .error_code = doc_int(of, "update_error_code", 0),
        .error_text = doc_text(progress, "error_text", NO_WORDS),
        .phase = doc_text(progress, "phase", ""),
        .bytes_done = doc_int(progress, "bytes_done", 0),
        .bytes_total = doc_int(progress, "bytes_total", 0),
    };
}

void device_read(const struct doc *json, struct device *out)
{
    *out = (struct device){
        .sid = doc_text(json, "sid", ""),
        .name = doc_text(json, "unique_name", ""),
        .app = read_update(doc_get(json, "app"), doc_get(json, "status.update")),
        .is_logging = doc_bool(json, "logging.enabled", false),
        .is_online = doc_bool(json, "status.online", false),
        .is_revoked = doc_bool(json, "status.revoked", false),
        .last_seen = doc_text(json, "status.last_seen", ""),
        .board = doc_text(json, "status.board", ""),
        .app_state = doc_text(json, "status.app_state", ""),
        .crash_count = doc_int(json, "status.crash_count", 0),
    };
    out->microvisor.update = read_update(doc_get(json, "microvisor"), doc_get(json, "microvisor.update"));
    out->microvisor.version =
        doc_text(json, "microvisor.version", doc_text(json, "status.microvisor_version", ""));
    out->microvisor.slot = doc_text(json, "microvisor.slot", "");
    out->microvisor.target_source = doc_text(json, "microvisor.target_source", "");
    out->microvisor.number = doc_int(json, "microvisor.number", 0);
    out->microvisor.ratchet = doc_int(json, "microvisor.ratchet", -1);
    out->microvisor.is_confirmed = doc_bool(json, "microvisor.confirmed", true);
    out->microvisor.is_urgent = doc_bool(json, "microvisor.target_now", false);
}

/* An application that is up to date but not running has crashed or is about to start. */
static bool is_running(const struct device *d)
{
    return !*d->app_state || strcmp(d->app_state, "running") == 0;
}

/* What applications and microvisors have in common. */
static enum device_verdict judge(const struct device *d, const struct device_update *u, const char *sid)
{
    if (d->is_revoked)
        return DEVICE_REVOKED;
    if (strcmp(u->target_sid, sid) != 0)
        return DEVICE_SUPERSEDED;
    if (strcmp(u->status, "error") == 0)
        return DEVICE_REFUSED;
    if (strcmp(u->status, "up-to-date") == 0 && strcmp(u->reported_sid, sid) == 0)
        return DEVICE_RUNNING;
    return DEVICE_WAITING;
}

enum device_verdict device_judge(const struct device *d, const char *app_sid)
{
    enum device_verdict verdict = judge(d, &d->app, app_sid);

    return verdict == DEVICE_RUNNING && !is_running(d) ? DEVICE_WAITING : verdict;
}

enum device_verdict device_judge_microvisor(const struct device *d, const char *microvisor_sid)
{
    return judge(d, &d->microvisor.update, microvisor_sid);
}
