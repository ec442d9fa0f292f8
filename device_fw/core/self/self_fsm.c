/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of the microvisor's own update; self_fsm.h has the diagram and the invariants. */
#include "core/self/self_fsm.h"

#include <string.h>

#include "core/base/core_limits.h"

static void clear(struct self_fsm *fsm, enum self_state state)
{
    memset(fsm, 0, sizeof(*fsm));
    fsm->state = state;
    fsm->retry_us = UINT64_MAX;
}

void self_fsm_init(struct self_fsm *fsm, bool on_trial)
{
    clear(fsm, on_trial ? SELF_TRIAL : SELF_IDLE);
}

bool self_error_is_final(otr_UpdateError error)
{
    switch (error) {
    case otr_UpdateError_UPDATE_MANIFEST_FORMAT:
    case otr_UpdateError_UPDATE_SIGNER_UNKNOWN:
    case otr_UpdateError_UPDATE_SIGNATURE:
    case otr_UpdateError_UPDATE_ENCRYPTED:
    case otr_UpdateError_UPDATE_RATCHET:
    case otr_UpdateError_UPDATE_BOARD:
    case otr_UpdateError_UPDATE_IMAGE:
    case otr_UpdateError_UPDATE_TRIAL_FAILED:
        return true;
    default:
        return false;
    }
}

static uint64_t retry_time_us(const struct self_fsm *fsm, uint64_t now_us)
{
    uint32_t wait_ms = SELF_RETRY_MIN_MS;

    if (self_error_is_final(fsm->error))
        return UINT64_MAX;
    for (uint32_t i = 1; i < fsm->failures && wait_ms < SELF_RETRY_MAX_MS; i++)
        wait_ms *= 2;
    return now_us + (uint64_t)(wait_ms < SELF_RETRY_MAX_MS ? wait_ms : SELF_RETRY_MAX_MS) * 1000u;
}

static uint32_t enter(struct self_fsm *fsm, enum self_state state)
{
    fsm->state = state;
    return SELF_DROP_FETCH | SELF_ENTER;
}

static uint32_t restart(struct self_fsm *fsm, enum self_state state)
{
    clear(fsm, state);
    return SELF_DROP_FETCH | SELF_ENTER;
}

static uint32_t fail(struct self_fsm *fsm, const struct self_input *input)
{
    fsm->error = input->error;
    fsm->failures++;
    fsm->retry_us = retry_time_us(fsm, input->now_us);
    return enter(fsm, SELF_FAILED);
}

static uint32_t got(struct self_fsm *fsm)
{
    switch (fsm->state) {
    case SELF_MANIFEST:
        return enter(fsm, SELF_IMAGE);
    case SELF_IMAGE:
        return enter(fsm, SELF_CHECK);
    case SELF_CHECK:
        return enter(fsm, SELF_READY);
    default:
        return 0;
    }
}

static bool working(const struct self_fsm *fsm)
{
    return fsm->state == SELF_MANIFEST || fsm->state == SELF_IMAGE || fsm->state == SELF_CHECK;
}

/* Not what is wanted decides now, but whether this microvisor lives (V3), or the restart that has begun. */
static bool bound(const struct self_fsm *fsm)
{
    return fsm->state == SELF_TRIAL || fsm->state == SELF_RESTART;
}

static uint32_t refused(struct self_fsm *fsm, const struct self_input *input)
{
    clear(fsm, SELF_FAILED);
    return fail(fsm, input);
}

uint32_t self_fsm_step(struct self_fsm *fsm, const struct self_input *input)
{
    switch (input->event) {
    case SELF_EV_WANT:
        return bound(fsm) ? 0 : restart(fsm, SELF_MANIFEST);
    case SELF_EV_REFUSED:
        return bound(fsm) ? 0 : refused(fsm, input);
    case SELF_EV_CANCEL:
        return bound(fsm) ? 0 : restart(fsm, SELF_IDLE);
    case SELF_EV_GOT:
        return got(fsm);
    case SELF_EV_FAIL:
        return working(fsm) ? fail(fsm, input) : 0;
    case SELF_EV_RETRY:
        return fsm->state == SELF_FAILED && input->now_us >= fsm->retry_us ? enter(fsm, SELF_MANIFEST) : 0;
    case SELF_EV_LEAVE:
        return fsm->state == SELF_READY ? enter(fsm, SELF_RESTART) : 0;
    case SELF_EV_WELCOME:
        return fsm->state == SELF_TRIAL ? restart(fsm, SELF_IDLE) : 0;
    case SELF_EV_TIMEOUT:
        return fsm->state == SELF_TRIAL ? enter(fsm, SELF_RESTART) : 0;
    }
    return 0;
}

otr_UpdatePhase self_fsm_phase(const struct self_fsm *fsm)
{
    switch (fsm->state) {
    case SELF_MANIFEST:
        return otr_UpdatePhase_UPDATE_MANIFEST;
    case SELF_IMAGE:
    case SELF_CHECK:
        return otr_UpdatePhase_UPDATE_STAGING;
    case SELF_READY:
    case SELF_RESTART:
        return otr_UpdatePhase_UPDATE_READY;
    case SELF_FAILED:
        return otr_UpdatePhase_UPDATE_FAILED;
    case SELF_TRIAL:
        return otr_UpdatePhase_UPDATE_TRIAL;
    default:
        return otr_UpdatePhase_UPDATE_IDLE;
    }
}
