/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's inside, shared by the files of this room only. */
#ifndef CORE_SELF_WORK_H
#define CORE_SELF_WORK_H

#include "core/self/self.h"

/* When a step has nothing to do until something happens, and when it only waits for room in the channel. */
#define SELF_WAIT_EVENT      UINT64_MAX
#define SELF_WAIT_CHANNEL_US 5000u

/* Feeds the state machine and carries out its actions. */
void self_emit(struct self *self, enum self_event event, otr_UpdateError error);

/* The work of the state has failed; what is final is remembered. */
void self_fail(struct self *self, otr_UpdateError error);

/* Acts on what is wanted. */
void self_decide(struct self *self);

/* self_fetch.c: MANIFEST and IMAGE. Each step returns when to call again. */
void self_fetch_drop(struct self *self);
uint64_t self_manifest_step(struct self *self);
uint64_t self_image_step(struct self *self);

/* self_slots.c: what trailers and ratchet say, and what is said by them. */
void self_slots_mount(struct self *self);
int self_slots_read_ratchet(struct self *self); /* port status */
void self_slots_withdraw(struct self *self);
void self_slots_welcomed(struct self *self);
uint64_t self_check_step(struct self *self);
uint64_t self_trial_step(struct self *self);

#endif
