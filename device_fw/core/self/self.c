/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of the microvisor's own update: deciding what to pursue, carrying out the state machine's actions. See self.h. */
#include "core/self/self.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/self/self_record.h"
#include "core/self/self_work.h"

static void enter(struct self *self)
{
    if (self->fsm.state == SELF_IMAGE)
        self->prepared = false;
    if (self->fsm.state == SELF_RESTART)
        self->owner->restart(self->context);
}

void self_emit(struct self *self, enum self_event event, otr_UpdateError error)
{
    struct self_input input = { event, error, self->now_us };
    enum self_state from = self->fsm.state;
    uint32_t actions = self_fsm_step(&self->fsm, &input);

    if (actions & SELF_DROP_FETCH)
        self_fetch_drop(self);
    if (actions & SELF_ENTER)
        enter(self);
    if (actions != 0)
        self->owner->changed(self->context, from, self->fsm.state);
}

/* If it cannot be written it is remembered until the next start only, and found out again then. */
static void remember_refusal(const struct self *self, otr_UpdateError error)
{
    struct self_record record;

    self_record_read(&record);
    if (!self_record_is_of(&record, self->target) && self_record_begin(self->target) != 0)
        return;
    (void)self_record_refuse(error);
}

void self_fail(struct self *self, otr_UpdateError error)
{
    if (self_error_is_final(error))
        remember_refusal(self, error);
    self_emit(self, SELF_EV_FAIL, error);
}

void self_mount(struct self *self, const struct self_owner *owner, void *context, uint64_t now_us)
{
    memset(self, 0, sizeof(*self));
    self->owner = owner;
    self->context = context;
    self->now_us = now_us;
    self_fsm_init(&self->fsm, false);
    self_slots_mount(self);
}

/* What runs is what is wanted: nothing waits to be started any more, and what was refused may be asked for again. */
static void settle(struct self *self)
{
    struct self_record record;

    self_slots_withdraw(self);
    self_record_read(&record);
    if (record.refused != otr_UpdateError_UPDATE_OK)
        (void)self_record_discard(); /* if it fails: remembered a little longer */
    if (self->fsm.state != SELF_IDLE)
        self_emit(self, SELF_EV_CANCEL, otr_UpdateError_UPDATE_OK);
}

static void pursue(struct self *self)
{
    struct self_record record;

    self_slots_withdraw(self);
    memcpy(self->target, self->want.sha256, SHA256_BYTES);
    self->target_bytes = self->want.manifest_bytes;
    self_record_read(&record);
    if (self_record_is_of(&record, self->target) && record.refused != otr_UpdateError_UPDATE_OK)
        self_emit(self, SELF_EV_REFUSED, record.refused);
    else
        self_emit(self, SELF_EV_WANT, otr_UpdateError_UPDATE_OK);
}

void self_decide(struct self *self)
{
    const struct self_want *want = &self->want;

    if (!self->want_known || self->slot == PORT_FLASH_AREA_COUNT || self->fsm.state == SELF_TRIAL ||
        self->fsm.state == SELF_RESTART)
        return;
    if (want->manifest_bytes == 0 || memcmp(want->sha256, self->running, SHA256_BYTES) == 0)
        settle(self);
    else if (self->fsm.state == SELF_IDLE || memcmp(want->sha256, self->target, SHA256_BYTES) != 0)
        pursue(self);
}

void self_want(struct self *self, const struct self_want *want, uint64_t now_us)
{
    self->now_us = now_us;
    self->want = *want;
    self->want_known = true;
    self_decide(self);
}

void self_link(struct self *self, bool up, uint64_t now_us)
{
    self->now_us = now_us;
    self->link_up = up;
    if (!up) {
        self->fetch.ended = true; /* there is no stream left to cancel */
        self_fetch_drop(self);
    } else {
        self_slots_welcomed(self);
    }
}

bool self_fetching(const struct self *self)
{
    return self->fsm.state == SELF_MANIFEST || self->fsm.state == SELF_IMAGE;
}

bool self_needs_link(const struct self *self)
{
    return self_fetching(self) || self->fsm.state == SELF_CHECK || self->fsm.state == SELF_TRIAL;
}

static uint64_t ready_step(struct self *self)
{
    uint64_t from_us = self->want.now ? 0 : self->owner->restart_from(self->context);

    if (from_us > self->now_us)
        return from_us;
    (void)self_record_mark_started(); /* without it, an image that boot0 turns down is tried once more */
    self_emit(self, SELF_EV_LEAVE, otr_UpdateError_UPDATE_OK);
    return SELF_WAIT_EVENT;
}

static uint64_t failed_step(struct self *self)
{
    if (self->now_us < self->fsm.retry_us)
        return self->fsm.retry_us;
    self_emit(self, SELF_EV_RETRY, otr_UpdateError_UPDATE_OK);
    return self->now_us;
}

uint64_t self_step(struct self *self, uint64_t now_us)
{
    self->now_us = now_us;
    switch (self->fsm.state) {
    case SELF_MANIFEST:
        return self_manifest_step(self);
    case SELF_IMAGE:
        return self_image_step(self);
    case SELF_CHECK:
        return self_check_step(self);
    case SELF_READY:
        return ready_step(self);
    case SELF_FAILED:
        return failed_step(self);
    case SELF_TRIAL:
        return self_trial_step(self);
    default:
        return SELF_WAIT_EVENT;
    }
}

static otr_ImageSlot slot_name(enum port_flash_area slot)
{
    switch (slot) {
    case PORT_FLASH_MICROVISOR_A:
        return otr_ImageSlot_SLOT_A;
    case PORT_FLASH_MICROVISOR_B:
        return otr_ImageSlot_SLOT_B;
    default:
        return otr_ImageSlot_SLOT_UNKNOWN;
    }
}

void self_status(const struct self *self, otr_MicrovisorStatus *out)
{
    bool installed = !bytes_are(self->running, SHA256_BYTES, 0);

    memset(out, 0, sizeof(*out));
    out->slot = slot_name(self->slot);
    out->confirmed = self->confirmed;
    out->ratchet = self->ratchet;
    out->phase = self_fsm_phase(&self->fsm);
    out->manifest_sha256.size = installed ? SHA256_BYTES : 0;
    memcpy(out->manifest_sha256.bytes, self->running, SHA256_BYTES);
    if (self->fsm.state == SELF_IDLE || self->fsm.state == SELF_TRIAL)
        return;
    out->target_sha256.size = SHA256_BYTES;
    memcpy(out->target_sha256.bytes, self->target, SHA256_BYTES);
    if (self->fsm.state == SELF_FAILED)
        out->error = self->fsm.error;
    if (self->fsm.state == SELF_IMAGE && self->prepared) {
        out->bytes_done = self->offset - self->begun;
        out->bytes_total = self->manifest.image_bytes - self->begun;
    }
}
