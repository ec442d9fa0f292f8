/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of enrolment; enrol.h says what they are for. */
#include "model/enrol.h"

static enum model_enrol token_judge(const struct model_enrol_facts *f, int64_t *retry_us)
{
    if (f->token.revoked_us != 0 || f->token.expires_us <= f->now_us) {
        return ENROL_TOKEN_DEAD;
    }
    if (f->exists && !f->device.by_same) {
        return ENROL_NOT_ITS_OWN;
    }
    if (f->exists && f->device.renamed) {
        return ENROL_RENAMES;
    }
    if (!f->exists && f->token.devices >= f->token.devices_max) {
        return ENROL_TOKEN_USED_UP;
    }
    if (f->token.window_us != 0 && f->token.window_us + ENROL_RATE_WINDOW_US > f->now_us) {
        *retry_us = f->token.window_us + ENROL_RATE_WINDOW_US - f->now_us;
        return ENROL_TOO_FAST;
    }
    return ENROL_NEW;
}

enum model_enrol model_enrol_judge(const struct model_enrol_facts *f, int64_t *retry_us)
{
    *retry_us = 0;
    if (f->by_token) {
        enum model_enrol judged = token_judge(f, retry_us);
        if (judged != ENROL_NEW) {
            return judged;
        }
    }
    if (f->exists && f->device.foreign) {
        return ENROL_FOREIGN;
    }
    if (f->exists && f->device.revoked) {
        return ENROL_DEVICE_REVOKED;
    }
    if (f->name_taken) {
        return ENROL_NAME_TAKEN;
    }
    return f->exists ? ENROL_AGAIN : ENROL_NEW;
}
