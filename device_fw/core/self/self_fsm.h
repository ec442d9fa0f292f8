/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The microvisor's own update as a pure state machine: what comes next, when to give up, when to try again.
 *
 *   IDLE --WANT--> MANIFEST --GOT--> IMAGE --GOT--> CHECK --GOT--> READY --LEAVE--> RESTART
 *                      ^               |              |                                ^
 *                      |              FAIL           FAIL                              |
 *                      |               v              v                                |
 *                      +---RETRY--- FAILED <----------+                                |
 *                                                                                      |
 *   (start on trial) TRIAL --WELCOME--> IDLE                                           |
 *                      +----TIMEOUT----------------------------------------------------+
 *
 *   MANIFEST fails like IMAGE. WANT begins again at MANIFEST and CANCEL ends in IDLE from every state but TRIAL and RESTART;
 *   REFUSED is a WANT of what was refused before: straight to FAILED.
 *
 * Invariants:
 *  V1 the slot that does not run is written only in IMAGE, and marked PENDING only when CHECK is left by GOT: after a signed
 *     manifest was verified, and after the image was;
 *  V2 RESTART is entered only from READY, and from TRIAL when its time is over;
 *  V3 nothing that is wanted moves TRIAL: until it is confirmed, the other slot is what rescues the device;
 *  V4 a failure that the same bytes would meet again is final: it is not retried until something else is wanted;
 *  V5 other failures are retried after a time that doubles, for as long as the same microvisor is wanted.
 * No flash, no channel, no clock: the engine (self.h) does the work of each state and reports events.
 */
#ifndef CORE_SELF_FSM_H
#define CORE_SELF_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.pb.h"

enum self_state {
    SELF_IDLE,
    SELF_MANIFEST, /* fetch and verify the manifest */
    SELF_IMAGE,    /* fetch the image into the slot that does not run */
    SELF_CHECK,    /* verify the whole image there, mark it */
    SELF_READY,    /* wait for leave */
    SELF_RESTART,  /* the owner restarts the device */
    SELF_FAILED,
    SELF_TRIAL /* this microvisor has not confirmed itself yet */
};

enum self_event {
    SELF_EV_WANT,    /* another microvisor is wanted */
    SELF_EV_REFUSED, /* one that is known to be no good is; error says why */
    SELF_EV_GOT,     /* the work of the state is finished */
    SELF_EV_FAIL,    /* error says why */
    SELF_EV_RETRY,   /* timer */
    SELF_EV_CANCEL,  /* what runs is what is wanted */
    SELF_EV_LEAVE,   /* it may restart now */
    SELF_EV_WELCOME, /* TRIAL: it has checked in and is confirmed */
    SELF_EV_TIMEOUT  /* TRIAL: it has not, and gives up */
};

/* What the engine must do when a step says so, in this order. */
enum self_action {
    SELF_DROP_FETCH = 1,
    SELF_ENTER = 2 /* a state was entered: begin its work */
};

struct self_input {
    enum self_event event;
    otr_UpdateError error; /* FAIL, REFUSED */
    uint64_t now_us;
};

struct self_fsm {
    enum self_state state;
    otr_UpdateError error; /* of FAILED */
    uint32_t failures;     /* in a row */
    uint64_t retry_us;     /* FAILED: when to try again, UINT64_MAX: final */
};

/* Starts in TRIAL or in IDLE. */
void self_fsm_init(struct self_fsm *fsm, bool on_trial);

/* One step: a set of enum self_action. */
uint32_t self_fsm_step(struct self_fsm *fsm, const struct self_input *input);

/* Would the same bytes fail again (V4)? */
bool self_error_is_final(otr_UpdateError error);

/* Phase as the server sees it. */
otr_UpdatePhase self_fsm_phase(const struct self_fsm *fsm);

#endif
