/* SPDX-License-Identifier: Apache-2.0 */
/* The update state machine; ota_fsm.h has the diagram and the invariants. */
#include "core/ota/ota_fsm.h"

#include <string.h>

#include "core/base/core_limits.h"

void ota_fsm_init(struct ota_fsm *fsm)
{
    memset(fsm, 0, sizeof(*fsm));
    fsm->state = OTA_IDLE;
    fsm->retry_us = UINT64_MAX;
}

bool ota_error_is_final(otr_UpdateError error)
{
    switch (error) {
    case otr_UpdateError_UPDATE_MANIFEST_FORMAT:
    case otr_UpdateError_UPDATE_SIGNER_UNKNOWN:
    case otr_UpdateError_UPDATE_SIGNATURE:
    case otr_UpdateError_UPDATE_LAYER_REGION:
    case otr_UpdateError_UPDATE_MEASUREMENT:
    case otr_UpdateError_UPDATE_ENCRYPTED:
    case otr_UpdateError_UPDATE_MICROVISOR_OLD:
    case otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN: /* until keys arrive: then the engine is mounted again */
    case otr_UpdateError_UPDATE_CONTENT_KEY:
        return true;
    default:
        return false;
    }
}

static uint64_t retry_time_us(const struct ota_fsm *fsm, uint64_t now_us)
{
    uint32_t wait_ms = OTA_RETRY_MIN_MS;

    if (ota_error_is_final(fsm->error))
        return UINT64_MAX;
    for (uint32_t i = 1; i < fsm->failures && wait_ms < OTA_RETRY_MAX_MS; i++)
        wait_ms *= 2;
    return now_us + (uint64_t)(wait_ms < OTA_RETRY_MAX_MS ? wait_ms : OTA_RETRY_MAX_MS) * 1000u;
}

static uint32_t enter(struct ota_fsm *fsm, enum ota_state state, const struct ota_input *input)
{
    uint32_t actions = OTA_ENTER | OTA_DROP_FETCHES;

    fsm->state = state;
    if (state == OTA_INSTALL || (state == OTA_WHOLE && !input->has_staging))
        actions |= OTA_STOP_APP;
    return actions;
}

static uint32_t finish(struct ota_fsm *fsm)
{
    ota_fsm_init(fsm);
    return OTA_DROP_FETCHES;
}

static uint32_t fail(struct ota_fsm *fsm, const struct ota_input *input)
{
    if (fsm->state == OTA_IDLE || fsm->state == OTA_FAILED)
        return 0;
    fsm->state = OTA_FAILED;
    fsm->error = input->error;
    fsm->failures++;
    fsm->retry_us = retry_time_us(fsm, input->now_us);
    return OTA_DROP_FETCHES;
}

static uint32_t got(struct ota_fsm *fsm, const struct ota_input *input)
{
    switch (fsm->state) {
    case OTA_MANIFEST:
        return enter(fsm, OTA_LISTS, input);
    case OTA_LISTS:
        return enter(fsm, input->has_whole ? OTA_WHOLE : OTA_PLAN, input);
    case OTA_WHOLE:
        return enter(fsm, OTA_PLAN, input);
    case OTA_PLAN:
        return enter(fsm, input->has_staging ? OTA_STAGE : OTA_INSTALL, input);
    case OTA_STAGE:
        return enter(fsm, input->polite ? OTA_READY : OTA_INSTALL, input);
    case OTA_READY:
        return enter(fsm, OTA_INSTALL, input);
    case OTA_INSTALL:
    case OTA_REPAIR:
        return finish(fsm);
    default:
        return 0;
    }
}

static uint32_t restart(struct ota_fsm *fsm, enum ota_state state, const struct ota_input *input)
{
    ota_fsm_init(fsm);
    return enter(fsm, state, input);
}

static uint32_t retry(struct ota_fsm *fsm, const struct ota_input *input)
{
    if (fsm->state != OTA_FAILED || input->now_us < fsm->retry_us)
        return 0;
    fsm->retry_us = UINT64_MAX;
    if (fsm->repair)
        return enter(fsm, OTA_REPAIR, input);
    return enter(fsm, input->usable ? OTA_PLAN : OTA_MANIFEST, input);
}

static uint32_t repair(struct ota_fsm *fsm, const struct ota_input *input)
{
    if (fsm->state != OTA_IDLE)
        return 0;
    fsm->repair = true;
    return enter(fsm, OTA_REPAIR, input);
}

uint32_t ota_fsm_step(struct ota_fsm *fsm, const struct ota_input *input)
{
    switch (input->event) {
    case OTA_EV_WANT:
        return restart(fsm, OTA_MANIFEST, input);
    case OTA_EV_RESUME:
        return restart(fsm, OTA_PLAN, input);
    case OTA_EV_REPAIR:
        return repair(fsm, input);
    case OTA_EV_GOT:
        return got(fsm, input);
    case OTA_EV_FAIL:
        return fail(fsm, input);
    case OTA_EV_RETRY:
        return retry(fsm, input);
    case OTA_EV_CANCEL:
        return finish(fsm);
    }
    return 0;
}

otr_UpdatePhase ota_fsm_phase(const struct ota_fsm *fsm, bool has_staging)
{
    switch (fsm->state) {
    case OTA_MANIFEST:
    case OTA_LISTS:
        return otr_UpdatePhase_UPDATE_MANIFEST;
    case OTA_WHOLE:
        return has_staging ? otr_UpdatePhase_UPDATE_STAGING : otr_UpdatePhase_UPDATE_INSTALLING;
    case OTA_PLAN:
    case OTA_STAGE:
    case OTA_REPAIR:
        return otr_UpdatePhase_UPDATE_STAGING;
    case OTA_READY:
        return otr_UpdatePhase_UPDATE_READY;
    case OTA_INSTALL:
        return otr_UpdatePhase_UPDATE_INSTALLING;
    case OTA_FAILED:
        return otr_UpdatePhase_UPDATE_FAILED;
    default:
        return otr_UpdatePhase_UPDATE_IDLE;
    }
}

const char *ota_state_name(enum ota_state state)
{
    static const char *const names[] = { "idle",  "manifest", "lists",   "whole",  "plan",
                                         "stage", "ready",    "install", "repair", "failed" };

    return names[state];
}
