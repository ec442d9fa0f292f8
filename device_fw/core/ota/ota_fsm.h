/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The update as a pure state machine: which phase comes next, when to give up, when to try again.
 *
 *                                      no block list            with staging
 *                                     +-----> WHOLE ---+         +--> STAGE ------------+
 *                                     |                v         |      +--> READY --+  v
 *   IDLE --WANT--> MANIFEST ---> LISTS -------------> PLAN ------+-------------------+--+-> INSTALL ---> IDLE
 *                     ^                                ^
 *                     +----------RETRY----------- FAILED
 *
 *   IDLE --REPAIR--> REPAIR ---> IDLE            the application runs on
 *                      ^ +--FAIL--> FAILED
 *                      +---RETRY------+
 *
 *   Unnamed arrows are GOT. RETRY leads to PLAN when the record is usable, else to MANIFEST.
 *   FAIL leads from every working state to FAILED, CANCEL from every state to IDLE; WANT and RESUME begin
 *   again at MANIFEST or PLAN from every state.
 *
 * Invariants:
 *  U1 slot and layers are written only in INSTALL, and in WHOLE on boards without staging; OTA_STOP_APP comes
 *     with entering them; REPAIR writes nothing but blocks of external flash that were found damaged;
 *  U2 INSTALL is entered only with a usable record: signed manifest, complete block lists;
 *  U3 a failure that the same bytes would meet again is final: it is not retried until something else is
 *     wanted;
 *  U4 other failures are retried after a time that doubles, for as long as the same application is wanted;
 *  U5 READY exists with staging only, and is left for INSTALL when the owner says so (monitor_polite.c).
 * No flash, no channel, no clock: the engine (ota.h) does the work of each state and reports events.
 */
#ifndef CORE_OTA_FSM_H
#define CORE_OTA_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "wire.pb.h"

enum ota_state {
    OTA_IDLE,
    OTA_MANIFEST, /* fetch and verify the manifest */
    OTA_LISTS,    /* fetch and verify the block lists, commit the record */
    OTA_WHOLE,    /* fetch layers without a block list */
    OTA_PLAN,     /* find the blocks that differ */
    OTA_STAGE,    /* fetch missing blocks into the staging area */
    OTA_READY,    /* all is there that can be; the running application has been asked for leave */
    OTA_INSTALL,  /* write slot and layers; fetch what had no room in the staging area */
    OTA_REPAIR,   /* fetch damaged blocks of external flash, into their place */
    OTA_FAILED
};

enum ota_event {
    OTA_EV_WANT,   /* an application without a record is wanted */
    OTA_EV_RESUME, /* the one with a usable record is wanted, or must be repaired */
    OTA_EV_REPAIR, /* a damaged block of external flash was found while IDLE */
    OTA_EV_GOT,    /* the work of the state is finished */
    OTA_EV_FAIL,   /* error says why */
    OTA_EV_RETRY,  /* timer */
    OTA_EV_CANCEL  /* what is installed is what is wanted */
};

/* What the engine must do when a step says so, in this order. */
enum ota_action {
    OTA_DROP_FETCHES = 1,
    OTA_STOP_APP = 2,
    OTA_ENTER = 4 /* a state was entered: begin its work */
};

struct ota_input {
    enum ota_event event;
    otr_UpdateError error; /* FAIL */
    bool has_staging;
    bool has_whole; /* the manifest has layers without block list */
    bool polite;    /* STAGE: the running application wants to be asked before it is interrupted */
    bool usable;    /* the target's record is committed and complete */
    uint64_t now_us;
};

struct ota_fsm {
    enum ota_state state;
    bool repair;           /* REPAIR, or FAILED there */
    otr_UpdateError error; /* of FAILED, kept while a retry runs */
    uint32_t failures;     /* in a row */
    uint64_t retry_us;     /* FAILED: when to try again, UINT64_MAX: final */
};

void ota_fsm_init(struct ota_fsm *fsm);

/* One step: a set of enum ota_action. */
uint32_t ota_fsm_step(struct ota_fsm *fsm, const struct ota_input *input);

/* Would the same bytes fail again (U3)? */
bool ota_error_is_final(otr_UpdateError error);

/* Phase as the server sees it. */
otr_UpdatePhase ota_fsm_phase(const struct ota_fsm *fsm, bool has_staging);

const char *ota_state_name(enum ota_state state);

#endif
