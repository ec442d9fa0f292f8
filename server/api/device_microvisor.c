/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targeting microvisors. What the device would refuse is refused here, with words; the gateway looks again before it
 * sends, since the device may have another ratchet by then.
 */
#include "api/device_microvisor.h"

#include <string.h>

#include "api/parameter.h"
#include "api/service.h"
#include "base/status.h"
#include "model/microvisor.h"
#include "model/update.h"

static struct model_microvisor rule_of(const struct store_device *dev, const struct store_microvisor *wanted)
{
    return (struct model_microvisor){ .is_wanted = wanted->position != 0,
                                      .wanted_board = wanted->board,
                                      .wanted_ratchet = wanted->ratchet,
                                      .wanted_sha256 = wanted->manifest_sha256,
                                      .board = dev->board,
                                      .ratchet = dev->microvisor.ratchet,
                                      .running_sha256 = dev->microvisor.manifest_sha256 };
}

void device_microvisor_progress(const struct store_device *dev, struct model_progress *out)
{
    const struct store_microvisor_status *v = &dev->microvisor;
    const struct model_microvisor m = rule_of(dev, &dev->wanted);
    const struct model_update update = { .has_target = m.is_wanted,
                                         .target_sha256 = m.wanted_sha256,
                                         .reported_sha256 = m.running_sha256,
                                         .update_sha256 = v->update_sha256,
                                         .phase = v->update_phase,
                                         .error = v->update_error,
                                         .bytes_done = v->bytes_done,
                                         .bytes_total = v->bytes_total };
    model_microvisor_progress(&m, &update, v->confirmed, out);
}

/* The microvisor that the device is to run after the change; position 0 for none. */
static bool wanted_find(struct worker *w, const struct request *q, struct reply *r,
                        const struct store_device *dev, const char *target, struct store_microvisor *m)
{
    int rc;
    memset(m, 0, sizeof(*m));
    if (target == NULL) {
        *m = dev->wanted;
        return true;
    }
    if (target[0] == '\0') {
        rc = store_microvisor_default(w->store, q->account_sid, dev->board, m);
    } else {
        rc = store_microvisor_get(w->store, q->account_sid, target, m);
    }
    if (rc == ST_NOT_FOUND && target[0] != '\0') {
        reply_bad_parameter(q, r, "TargetMicrovisor", target,
                            "the SID or unique name of a microvisor of this account, or nothing for the "
                            "account's default");
        return false;
    }
    if (rc != ST_OK && rc != ST_NOT_FOUND) {
        reply_store_failed(q, r, rc);
        return false;
    }
    return true;
}

static bool verdict_reply(const struct request *q, struct reply *r, const struct store_device *dev,
                          const struct store_microvisor *m)
{
    const struct model_microvisor rule = rule_of(dev, m);
    switch (model_microvisor_judge(&rule)) {
    case MODEL_MICROVISOR_BOARD:
        reply_refused(q, r, 409, "board",
                      "Microvisor %s is for board %s, but device %s is a %s; target one for that board",
                      m->sid, m->board, dev->sid, dev->board);
        return false;
    case MODEL_MICROVISOR_RATCHET:
        reply_refused(q, r, 409, "ratchet",
                      "Microvisor %s has security ratchet %u, but device %s runs nothing below %u any more; "
                      "target one with a ratchet of %u or more",
                      m->sid, m->ratchet, dev->sid, dev->microvisor.ratchet, dev->microvisor.ratchet);
        return false;
    default:
        return true;
    }
}

bool device_microvisor_read(struct worker *w, const struct request *q, struct reply *r,
                            const struct store_device *dev, struct store_microvisor *m,
                            struct store_device_change *change)
{
    const char *target = form_field_value(&q->form, "TargetMicrovisor");
    if (!parameter_bool(q, r, "MicrovisorNow", &change->set_urgent, &change->urgent)) {
        return false;
    }
    if (target == NULL && !change->set_urgent) {
        return true;
    }
    if (!wanted_find(w, q, r, dev, target, m) || !verdict_reply(q, r, dev, m)) {
        return false;
    }
    if (change->urgent && m->position == 0) {
        reply_refused(
            q, r, 409, "no_target",
            "MicrovisorNow=true has nothing to speed up: device %s has no target and the account no "
            "default microvisor for its board; give TargetMicrovisor too",
            dev->sid);
        return false;
    }
    if (target != NULL) {
        change->microvisor_sid = target[0] == '\0' ? "" : m->sid;
    }
    return true;
}
