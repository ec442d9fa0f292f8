/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of microvisor updates, pure functions of a device's row:
 *
 *   nothing wanted, or it runs and is confirmed        up-to-date
 *   it runs on trial                                   pending
 *   the device may not have it, or says that it failed error
 *   anything else                                      pending
 *
 * What the device may not have is never sent, so the server says itself what the device would say.
 */
#include "model/microvisor.h"

#include <string.h>

#include "wire.pb.h"

enum model_microvisor_verdict model_microvisor_judge(const struct model_microvisor *m)
{
    if (!m->is_wanted) {
        return MODEL_MICROVISOR_NONE;
    }
    if (memcmp(m->wanted_sha256, m->running_sha256, 32) == 0) {
        return MODEL_MICROVISOR_RUNS;
    }
    if (m->board[0] != '\0' && strcmp(m->wanted_board, m->board) != 0) {
        return MODEL_MICROVISOR_BOARD;
    }
    return m->wanted_ratchet < m->ratchet ? MODEL_MICROVISOR_RATCHET : MODEL_MICROVISOR_SEND;
}

void model_microvisor_progress(const struct model_microvisor *m, const struct model_update *update,
                               bool is_confirmed, struct model_progress *out)
{
    enum model_microvisor_verdict verdict = model_microvisor_judge(m);
    model_update_judge(update, out);
    if (verdict == MODEL_MICROVISOR_RUNS && !is_confirmed) {
        out->status = MODEL_UPDATE_PENDING;
        out->phase = otr_UpdatePhase_UPDATE_TRIAL; /* the device names no target any more: it runs it */
    } else if (verdict == MODEL_MICROVISOR_BOARD) {
        out->status = MODEL_UPDATE_ERROR;
        out->error_code = otr_UpdateError_UPDATE_BOARD;
    } else if (verdict == MODEL_MICROVISOR_RATCHET) {
        out->status = MODEL_UPDATE_ERROR;
        out->error_code = otr_UpdateError_UPDATE_RATCHET;
    }
}
