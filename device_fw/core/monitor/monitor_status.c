/* SPDX-License-Identifier: Apache-2.0 */
/* What the server is told about the application, the microvisor and their updates (PROTOCOL.md sections 3 and 9): on change,
 * progress at leisure. */
#include <stddef.h>
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

static void build(const struct monitor *m, otr_AppStatus *out)
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

/* One of the two statuses: what it is now, what the server was told last, and where in it the two fields of progress stand. */
struct report {
    const void *now;
    void *sent;
    uint64_t *sent_us;
    uint32_t bytes;
    uint32_t progress_at;
};

#define PROGRESS_BYTES (2u * sizeof(uint32_t))
_Static_assert(offsetof(otr_AppStatus, bytes_total) == offsetof(otr_AppStatus, bytes_done) + 4 &&
                   offsetof(otr_MicrovisorStatus, bytes_total) ==
                       offsetof(otr_MicrovisorStatus, bytes_done) + 4,
               "the fields of progress are neighbours");

/* Every field counts. All structs were zeroed before they were filled. */
static bool differs(const struct report *report, uint32_t from, uint32_t to)
{
    return memcmp((const uint8_t *)report->now + from, (const uint8_t *)report->sent + from, to - from) != 0;
}

/* When it must be sent. */
static uint64_t due(const struct monitor *m, const struct report *report)
{
    uint32_t behind = report->progress_at + PROGRESS_BYTES;

    if (differs(report, 0, report->progress_at) || differs(report, behind, report->bytes))
        return m->now_us;
    if (differs(report, report->progress_at, behind))
        return *report->sent_us + STATUS_PROGRESS_MS * 1000ull;
    return UINT64_MAX;
}

/* Sends m->message, which carries it, when it is due; returns when to call again. */
static uint64_t send_if_due(struct monitor *m, const struct report *report)
{
    uint64_t due_us = due(m, report);

    if (due_us > m->now_us)
        return due_us;
    if (chan_send(&m->chan, &m->message) == 0) { /* no room: the next step tries again */
        memcpy(report->sent, report->now, report->bytes);
        *report->sent_us = m->now_us;
    }
    return UINT64_MAX;
}

static uint64_t app_step(struct monitor *m)
{
    otr_AppStatus *status = &m->message.body.app_status;
    const struct report report = { status, &m->status_sent, &m->status_sent_us, sizeof(*status),
                                   offsetof(otr_AppStatus, bytes_done) };

    m->message.which_body = otr_DeviceMessage_app_status_tag;
    build(m, status);
    return send_if_due(m, &report);
}

static uint64_t self_status_step(struct monitor *m)
{
    otr_MicrovisorStatus *status = &m->message.body.microvisor_status;
    const struct report report = { status, &m->self_status_sent, &m->self_status_sent_us, sizeof(*status),
                                   offsetof(otr_MicrovisorStatus, bytes_done) };

    m->message.which_body = otr_DeviceMessage_microvisor_status_tag;
    self_status(&m->self, status);
    return send_if_due(m, &report);
}

void monitor_status_hello(struct monitor *m, otr_Hello *hello)
{
    hello->has_app = true;
    build(m, &hello->app);
    hello->has_microvisor = true;
    self_status(&m->self, &hello->microvisor);
    memcpy(&m->status_sent, &hello->app, sizeof(m->status_sent)); /* with what is between the fields */
    memcpy(&m->self_status_sent, &hello->microvisor, sizeof(m->self_status_sent));
    m->status_sent_us = m->self_status_sent_us = m->now_us;
    m->status_known = true;
}

uint64_t monitor_status_step(struct monitor *m)
{
    uint64_t app_us, self_us;

    if (m->link.state != LINK_UP || !m->status_known)
        return UINT64_MAX;
    app_us = app_step(m);
    self_us = self_status_step(m);
    return app_us < self_us ? app_us : self_us;
}

bool monitor_status_is_told(const struct monitor *m)
{
    otr_MicrovisorStatus self;
    otr_AppStatus app;

    build(m, &app);
    self_status(&m->self, &self);
    return m->status_known && memcmp(&app, &m->status_sent, sizeof(app)) == 0 &&
           memcmp(&self, &m->self_status_sent, sizeof(self)) == 0;
}
