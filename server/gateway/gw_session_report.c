/* SPDX-License-Identifier: Apache-2.0 */
/* What a device says about itself: its application, its microvisor. Handed on when it changed; phases are logged. */
#include "gateway/gw_session_parts.h"

#include <string.h>

#include "base/log.h"
#include "gateway/gw_limits.h"
#include "model/update.h"

/* FNV-1a over a zero-padded struct. A whole status would be kept for as long as the device is idle. */
static uint64_t hash_of(const void *status, size_t len)
{
    const unsigned char *at = status;
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ at[i]) * 1099511628211u;
    return h;
}

static void begin_report(struct store_report *r, const struct gw_session *s, struct gw_moment at)
{
    memset(r, 0, sizeof *r);
    memcpy(r->device_sid, s->sid, SID_BYTES);
    r->at_us = at.wall_us;
}

/* ---- application --------------------------------------------------------------------------------- */

static void fill_app(struct store_report *r, const otr_AppStatus *a)
{
    r->has_app = true;
    memcpy(r->manifest_sha256, a->manifest_sha256.bytes, a->manifest_sha256.size);
    memcpy(r->update_sha256, a->target_sha256.bytes, a->target_sha256.size);
    r->app_state = a->state;
    r->update_phase = a->phase;
    r->update_error = a->error;
    r->bytes_done = a->bytes_done;
    r->bytes_total = a->bytes_total;
    r->crash_count = a->crash_count;
}

void gw_session_take_status(struct gw_session *s, const otr_AppStatus *status, struct gw_moment at)
{
    const uint64_t hash = hash_of(status, sizeof *status);
    struct store_report r;

    if (hash == s->status_hash)
        return;
    s->status_hash = hash;
    begin_report(&r, s, at);
    fill_app(&r, status);
    s->ops->report(s->owner, &r);
}

/* ---- microvisor ---------------------------------------------------------------------------------- */

static void fill_microvisor(struct store_report *r, const otr_MicrovisorStatus *m)
{
    struct store_microvisor_status *v = &r->microvisor;

    r->has_microvisor = true;
    v->slot = m->slot;
    v->confirmed = m->confirmed;
    v->ratchet = m->ratchet;
    v->update_phase = m->phase;
    v->update_error = m->error;
    v->bytes_done = m->bytes_done;
    v->bytes_total = m->bytes_total;
    memcpy(v->update_sha256, m->target_sha256.bytes, m->target_sha256.size);
    memcpy(v->manifest_sha256, m->manifest_sha256.bytes, m->manifest_sha256.size);
}

bool gw_session_learn_microvisor(struct gw_session *s, const otr_MicrovisorStatus *m)
{
    const unsigned char *running = s->microvisor.running_sha256;
    unsigned char runs[SHA256_BYTES] = { 0 };
    bool is_news;

    memcpy(runs, m->manifest_sha256.bytes, m->manifest_sha256.size);
    is_news = !s->microvisor.known || s->microvisor.ratchet != m->ratchet ||
              memcmp(running, runs, sizeof runs) != 0;
    s->microvisor.known = true;
    s->microvisor.ratchet = m->ratchet;
    memcpy(s->microvisor.running_sha256, runs, sizeof runs);
    return is_news;
}

/* The device's own log tells it in words; this is the server's, hence the budget. */
static void log_phase(struct gw_session *s, uint32_t before, const otr_MicrovisorStatus *m,
                      struct gw_moment at)
{
    char target[2 * SHA256_BYTES + 1];

    s->microvisor.phase = (uint8_t)m->phase;
    if (m->phase == before)
        return;
    gw_session_charge(s, GW_PHASE_LINES, at);
    log_info("microvisor_phase", "device", s->sid, "from", model_update_phase_name(before), "to",
             model_update_phase_name(m->phase), "manifest",
             m->target_sha256.size == 0
                 ? NULL
                 : log_hex(target, sizeof target, m->target_sha256.bytes, m->target_sha256.size),
             "error", m->error == otr_UpdateError_UPDATE_OK ? NULL : model_update_error_name(m->error));
}

void gw_session_take_microvisor(struct gw_session *s, const otr_MicrovisorStatus *status, struct gw_moment at)
{
    const uint64_t hash = hash_of(status, sizeof *status);
    struct store_report r;
    bool is_news;

    if (hash == s->microvisor.status_hash)
        return;
    s->microvisor.status_hash = hash;
    log_phase(s, s->microvisor.phase, status, at);
    is_news = gw_session_learn_microvisor(s, status);
    begin_report(&r, s, at);
    fill_microvisor(&r, status);
    s->ops->report(s->owner, &r);
    if (is_news)
        gw_session_microvisor_changed(s);
}

/* ---- Hello --------------------------------------------------------------------------------------- */

void gw_session_report_hello(struct gw_session *s, const struct store_device *row, struct gw_moment at)
{
    const otr_Hello *hello = s->hello;
    struct store_report r;

    s->status_hash = hash_of(&hello->app, sizeof hello->app);
    begin_report(&r, s, at);
    fill_app(&r, &hello->app);
    r.hello = true;
    memcpy(r.board, hello->board, sizeof hello->board);
    memcpy(r.microvisor_version, hello->microvisor_version, sizeof hello->microvisor_version);
    r.microvisor_number = hello->microvisor_number;
    r.boot_count = hello->boot_count;
    r.reset_reason = hello->reset_reason;
    if (hello->has_microvisor) {
        s->microvisor.status_hash = hash_of(&hello->microvisor, sizeof hello->microvisor);
        log_phase(s, row->microvisor.update_phase, &hello->microvisor, at);
        fill_microvisor(&r, &hello->microvisor);
    }
    s->ops->report(s->owner, &r);
}
