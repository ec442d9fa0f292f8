/* SPDX-License-Identifier: Apache-2.0 */
/* What the server is told about the application and its update (PROTOCOL.md section 3): on change, progress at leisure. */
#include <string.h>

#include "core/monitor/monitor_state.h"

static otr_AppState app_state(const struct monitor *m)
{
    otr_UpdatePhase phase = ota_fsm_phase(&m->ota.fsm, ota_has_staging());

    if (phase == otr_UpdatePhase_UPDATE_INSTALLING)
        return otr_AppState_APP_INSTALLING;
    switch (m->app.life) {
    case APP_LIFE_RUNNING:
        return otr_AppState_APP_RUNNING;
    case APP_LIFE_WAITING:
        return otr_AppState_APP_BACKOFF;
    case APP_LIFE_HELD:
        return otr_AppState_APP_STOPPED;
    default: /* a slot that is owned but may not be started is held, too */
        return m->ota.owner_index != OTA_RECORD_NONE ? otr_AppState_APP_STOPPED : otr_AppState_APP_NONE;
    }
}

void monitor_status_build(const struct monitor *m, otr_AppStatus *out)
{
    const struct manifest *installed = ota_installed(&m->ota);

    memset(out, 0, sizeof(*out));
    out->state = app_state(m);
    if (installed != NULL) {
        out->manifest_sha256.size = SHA256_BYTES;
        memcpy(out->manifest_sha256.bytes, installed->sha256, SHA256_BYTES);
        memcpy(out->app_sid, ota_installed_sid(&m->ota), SID_CHARS);
    }
    out->phase = ota_fsm_phase(&m->ota.fsm, ota_has_staging());
    if (m->ota.fsm.state != OTA_IDLE) {
        out->target_sha256.size = SHA256_BYTES;
        memcpy(out->target_sha256.bytes, m->ota.active.sha256, SHA256_BYTES);
        out->bytes_done = m->ota.bytes_done;
        out->bytes_total = m->ota.bytes_total;
    }
    if (m->ota.fsm.state == OTA_FAILED)
        out->error = m->ota.fsm.error;
    out->restart_seq = m->restart_seq;
    out->crash_count = m->app.crash_count;
}

/* Every field counts but progress. Both structs were zeroed before they were filled. */
static bool same_but_progress(const otr_AppStatus *a, const otr_AppStatus *b)
{
    otr_AppStatus copy = *a;

    copy.bytes_done = b->bytes_done;
    copy.bytes_total = b->bytes_total;
    return memcmp(&copy, b, sizeof(copy)) == 0;
}

static bool same_progress(const otr_AppStatus *a, const otr_AppStatus *b)
{
    return a->bytes_done == b->bytes_done && a->bytes_total == b->bytes_total;
}

static void send(struct monitor *m, const otr_AppStatus *status)
{
    m->message.which_body = otr_DeviceMessage_app_status_tag;
    m->message.body.app_status = *status;
    if (chan_send(&m->chan, &m->message) != 0)
        return; /* the next step tries again */
    m->status_sent = *status;
    m->status_sent_us = m->now_us;
}

uint64_t monitor_status_step(struct monitor *m)
{
    uint64_t progress_us = m->status_sent_us + STATUS_PROGRESS_MS * 1000ull;
    otr_AppStatus status;

    if (m->link.state != LINK_UP || !m->status_known)
        return UINT64_MAX;
    monitor_status_build(m, &status);
    if (!same_but_progress(&status, &m->status_sent)) {
        send(m, &status);
        return UINT64_MAX;
    }
    if (same_progress(&status, &m->status_sent))
        return UINT64_MAX;
    if (m->now_us < progress_us)
        return progress_us;
    send(m, &status);
    return UINT64_MAX;
}

bool monitor_status_is_told(const struct monitor *m)
{
    otr_AppStatus status;

    monitor_status_build(m, &status);
    return m->status_known && same_but_progress(&status, &m->status_sent) &&
           same_progress(&status, &m->status_sent);
}
