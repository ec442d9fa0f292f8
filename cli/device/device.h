/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's Device JSON says, as plain values, and what follows from it for a deployment. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <stdbool.h>

struct doc;

/* Texts are borrowed from the JSON and never NULL: "" when absent. */
struct device {
    const char *sid, *name;
    const char *target_sid, *reported_sid, *update_status, *app_state, *update_phase;
    const char *last_seen, *board, *microvisor_version;
    const char *error_text; /* words for error_code */
    long long error_code, bytes_done, bytes_total, crash_count;
    bool is_online, is_logging, is_revoked;
};

void device_read(const struct doc *json, struct device *out);

enum device_verdict {
    DEVICE_WAITING,    /* the update is on its way, or the device is away */
    DEVICE_RUNNING,    /* the app runs */
    DEVICE_REFUSED,    /* the device reported an error for this app */
    DEVICE_SUPERSEDED, /* another app is targeted now */
    DEVICE_REVOKED     /* the device may not connect */
};

/* How the deployment of the app with this SID stands. */
enum device_verdict device_judge(const struct device *device, const char *app_sid);

#endif
