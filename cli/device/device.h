/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's Device JSON says, as plain values, and what follows from it for an update. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <stdbool.h>

struct doc;

/* Where an update stands: of the application or of the microvisor. */
struct device_update {
    const char *target_sid, *reported_sid, *status, *phase;
    const char *error_text; /* words for error_code */
    long long error_code, bytes_done, bytes_total;
};

/* Texts are borrowed from the JSON and never NULL: "" when absent. */
struct device {
    const char *sid, *name;
    const char *app_state, *last_seen, *board;
    struct device_update app;
    struct {
        struct device_update update;
        const char *version, *slot, *target_source;
        long long number, ratchet; /* ratchet -1: not known */
        bool is_confirmed, is_urgent;
    } microvisor;
    long long crash_count;
    bool is_online, is_logging, is_revoked;
};

void device_read(const struct doc *json, struct device *out);

enum device_verdict {
    DEVICE_WAITING,    /* the update is on its way, or the device is away */
    DEVICE_RUNNING,    /* it runs */
    DEVICE_REFUSED,    /* the device reported an error for it */
    DEVICE_SUPERSEDED, /* another one is targeted now */
    DEVICE_REVOKED     /* the device may not connect */
};

/* How the deployment of the app with this SID stands. */
enum device_verdict device_judge(const struct device *device, const char *app_sid);

/* The same of a microvisor: it runs when it has checked in and confirmed itself. */
enum device_verdict device_judge_microvisor(const struct device *device, const char *microvisor_sid);

#endif
