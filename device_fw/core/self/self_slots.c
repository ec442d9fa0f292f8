/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trailers and ratchet: whether this start is a trial, what became of the last one, marking a new image, confirming and giving up.
 *
 * The order of marks, and what a cut between them leaves:
 *   new image:  EMPTIED, identity, PENDING            boot0 starts what runs now; after PENDING the new one, on trial
 *   confirm:    Welcome, CONFIRMED, ratchet           a confirmed microvisor above the floor; the next Welcome raises it
 *   give up:    REFUSED, restart                      one try less
 *   set aside:  Welcome, record refused, REFUSED      the newer one starts again, and falls again
 */
#include <string.h>

#include "core/base/line.h"
#include "core/boot/boot_decision.h"
#include "core/boot/boot_ratchet.h"
#include "core/boot/boot_trailer.h"
#include "core/self/self_image.h"
#include "core/self/self_record.h"
#include "core/self/self_work.h"
#include "port/port_boot.h"

#define CONFIRM_RETRY_US 5000000u

/* A floor that cannot be read is the highest: it lets nothing pass. */
int self_slots_read_ratchet(struct self *self)
{
    return boot_ratchet_read(&self->ratchet);
}

/* Why does the image of the other slot, which was to be started, not run? UPDATE_OK: it was not tried yet (REFUSED then is a slot
 * that was about to be emptied). What boot0 has started has a try counted. */
static otr_UpdateError fate_of(const struct boot_trailer *trailer, const struct self_record *record)
{
    if (trailer->tries == 0 && !record->started)
        return otr_UpdateError_UPDATE_OK;
    if (trailer->refused || trailer->tries >= BOOT_TRIES_MAX)
        return otr_UpdateError_UPDATE_TRIAL_FAILED;
    return otr_UpdateError_UPDATE_IMAGE; /* boot0 has turned it down */
}

/* What was given up is remembered in its record. When there is another one, or a new one of the same, or none, then something else
 * was wanted since, and the trailer is from before. */
static void look_at_other(struct self *self)
{
    struct boot_trailer trailer;
    struct self_record record;
    otr_UpdateError fate;

    (void)boot_trailer_read(self->other, &trailer); /* unreadable: boot0 does not start it either */
    if (!trailer.valid || trailer.confirmed || !(trailer.pending || trailer.refused))
        return;
    self->pending = !trailer.refused;
    self_record_read(&record);
    if (!self_record_is_of(&record, trailer.manifest_sha256) || !record.emptied ||
        record.refused != otr_UpdateError_UPDATE_OK)
        return;
    fate = fate_of(&trailer, &record);
    if (fate != otr_UpdateError_UPDATE_OK)
        (void)self_record_refuse(fate); /* if it fails: found out again at the next start */
}

static void recall_refusal(struct self *self)
{
    struct self_record record;

    self_record_read(&record);
    if (record.refused == otr_UpdateError_UPDATE_OK)
        return;
    memcpy(self->target, record.sha256, SHA256_BYTES);
    self_emit(self, SELF_EV_REFUSED, record.refused);
}

static void mount_own(struct self *self)
{
    struct boot_trailer trailer;

    (void)boot_trailer_read(self->slot, &trailer); /* unreadable: on trial; the other slot stays as it is */
    self->confirmed = boot_decision_role(self->slot, &trailer) == BOOT_ROLE_CONFIRMED;
    memcpy(self->running, trailer.manifest_sha256, SHA256_BYTES);
    if (self->confirmed && trailer.valid)
        (void)boot_trailer_mark(self->slot, BOOT_MARK_CONFIRMED); /* it may be torn: set it more firmly */
}

void self_slots_mount(struct self *self)
{
    self->slot = port_boot_area();
    if ((self->slot != PORT_FLASH_MICROVISOR_A && self->slot != PORT_FLASH_MICROVISOR_B) ||
        self_image_bytes_max() == 0) {
        self->slot = PORT_FLASH_AREA_COUNT;
        self->confirmed = true;
        return;
    }
    self->other = self->slot == PORT_FLASH_MICROVISOR_A ? PORT_FLASH_MICROVISOR_B : PORT_FLASH_MICROVISOR_A;
    (void)self_slots_read_ratchet(self); /* read again when it counts */
    mount_own(self);
    self_fsm_init(&self->fsm, !self->confirmed);
    if (!self->confirmed) {
        self->due_us = self->now_us + port_boot_build()->trial_ms * 1000ull;
        self->owner->changed(self->context, SELF_IDLE, SELF_TRIAL);
        return;
    }
    look_at_other(self);
    recall_refusal(self);
}

/* S3, J4. If the flash fails, boot0 starts what is not wanted any more: the server's word brings the wanted one afterwards. */
void self_slots_withdraw(struct self *self)
{
    if (self->pending && self_record_discard() == 0 && boot_trailer_erase(self->other) == 0)
        self->pending = false;
}

/* If it fails the status shows the old one, and the next Welcome tries again. */
static void raise_ratchet(struct self *self)
{
    (void)boot_ratchet_raise(port_boot_build()->ratchet);
    (void)self_slots_read_ratchet(self);
}

static void confirm(struct self *self)
{
    if (boot_trailer_mark(self->slot, BOOT_MARK_CONFIRMED) != 0) {
        self->confirm_us = self->now_us + CONFIRM_RETRY_US;
        return;
    }
    self->confirmed = true;
    raise_ratchet(self);
    self_emit(self, SELF_EV_WELCOME, otr_UpdateError_UPDATE_OK);
    self_decide(self);
}

/* S5: would boot0 start the other slot? */
static bool other_starts(const struct self *self)
{
    struct boot_trailer trailer;

    return boot_trailer_read(self->other, &trailer) == 0 &&
           boot_decision_role(self->other, &trailer) != BOOT_ROLE_NONE &&
           self_image_check(self->other, NULL, self->ratchet) == otr_UpdateError_UPDATE_OK;
}

/* Is there a newer one that is confirmed and would start? Then it did, and fell: boot0 has turned it down for nothing else. */
static bool other_fell(const struct self *self, struct boot_trailer *other)
{
    struct boot_trailer own;

    (void)boot_trailer_read(
        self->slot, &own); /* unreadable: no role; nothing is given up for what will not start again */
    return boot_trailer_read(self->other, other) == 0 && other->confirmed && own.sequence < other->sequence &&
           boot_decision_role(self->slot, &own) == BOOT_ROLE_CONFIRMED && other_starts(self);
}

/* S6. If the flash fails: found out again when it falls again. */
static void refuse_fallen(struct self *self)
{
    struct boot_trailer other;
    struct self_record record;

    if (!other_fell(self, &other))
        return;
    self_record_read(&record);
    if (self_record_is_of(&record, other.manifest_sha256) || self_record_begin(other.manifest_sha256) == 0)
        (void)self_record_refuse(otr_UpdateError_UPDATE_TRIAL_FAILED);
    (void)boot_trailer_mark(self->other, BOOT_MARK_REFUSED);
    recall_refusal(self);
}

void self_slots_welcomed(struct self *self)
{
    if (self->slot != PORT_FLASH_AREA_COUNT && self->fsm.state == SELF_TRIAL) {
        confirm(self);
    } else if (self->slot != PORT_FLASH_AREA_COUNT && self->confirmed) {
        raise_ratchet(self);
        refuse_fallen(self);
    }
    port_boot_settled();
}

static bool is_of_target(const struct self *self, const struct boot_trailer *trailer)
{
    return trailer->valid && memcmp(trailer->manifest_sha256, self->target, SHA256_BYTES) == 0;
}

/* Programs what makes boot0 start the other slot on trial. A cut may have left the identity. */
static int mark_pending(struct self *self)
{
    struct boot_trailer trailer;
    uint32_t sequence;
    int status;

    (void)boot_trailer_read(self->other, &trailer);
    sequence = is_of_target(self, &trailer) ? trailer.sequence : boot_trailer_next_sequence();
    status = boot_trailer_identify(self->other, sequence, self->target);
    if (status == 0)
        status = boot_trailer_mark(self->other, BOOT_MARK_PENDING);
    self->pending = status == 0;
    return status;
}

uint64_t self_check_step(struct self *self)
{
    otr_UpdateError error = self_image_check(self->other, &self->manifest, self->ratchet);

    if (error == otr_UpdateError_UPDATE_OK && mark_pending(self) != 0)
        error = otr_UpdateError_UPDATE_FLASH;
    if (error == otr_UpdateError_UPDATE_OK) {
        self_emit(self, SELF_EV_GOT, error);
        return self->now_us;
    }
    if (!self_error_is_final(error))
        (void)self_record_discard(); /* to begin anew; if it fails, the next check fails as well */
    self_fail(self, error);
    return self->now_us;
}

uint64_t self_trial_step(struct self *self)
{
    struct line line;

    if (self->link_up && self->now_us >= self->confirm_us) {
        confirm(self);
        return self->now_us;
    }
    if (self->now_us < self->due_us)
        return self->link_up && self->confirm_us < self->due_us ? self->confirm_us : self->due_us;
    if (!other_starts(self)) {
        line_start(&line, "trial goes on: the other slot would not start");
        line_print(&line);
        self->due_us = self->now_us + port_boot_build()->trial_ms * 1000ull;
        return self->due_us;
    }
    (void)boot_trailer_mark(self->slot, BOOT_MARK_REFUSED); /* if it fails, boot0 counts the tries */
    self_emit(self, SELF_EV_TIMEOUT, otr_UpdateError_UPDATE_OK);
    return SELF_WAIT_EVENT;
}
