/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of one role's process as the parent sees it. No processes, signals or clocks in here: the caller tells
 * what happened and when, and does what is answered.
 *
 *            SPAWN                 READY
 *   HELD --> DOWN -----> STARTING -----> READY
 *    |        ^  due        |              |
 *    |        +-- EXITED ---+--- EXITED ---+        STOP: TERM           EXITED
 *    |                      +--------------+-----------------> STOPPING ------> GONE
 *    +--- STOP (also from DOWN) --------------------------------------------------^
 *
 * Invariants:
 *  F1 SPAWN is answered only in DOWN, so there is never more than one process;
 *  F2 the first death after a quiet time is answered at once, further ones after 100 ms, doubled up to 10 s;
 *  F3 a role that has been ready for 30 s is quiet again;
 *  F4 after STOP nothing is spawned, and KILL follows TERM after 5 s;
 *  F5 a role that is not ready after 60 s is killed (and thereby started again).
 */
#ifndef MAIN_CHILD_FSM_H
#define MAIN_CHILD_FSM_H

#include <stdint.h>

enum child_state { CHILD_HELD, CHILD_DOWN, CHILD_STARTING, CHILD_READY, CHILD_STOPPING, CHILD_GONE };

enum child_event {
    CHILD_EV_RELEASE, /* may run now: what it depends on is ready */
    CHILD_EV_TICK,    /* time passed */
    CHILD_EV_READY,   /* it said that it serves */
    CHILD_EV_EXITED,  /* it is gone, or could not be spawned */
    CHILD_EV_STOP     /* the server stops */
};

enum child_action { CHILD_NOTHING, CHILD_SPAWN, CHILD_TERM, CHILD_KILL };

struct child_fsm {
    enum child_state state;
    int64_t due_us;    /* when TICK means something; INT64_MAX: never */
    unsigned failures; /* deaths since it was last quiet */
};

void child_fsm_init(struct child_fsm *f);
enum child_action child_fsm_step(struct child_fsm *f, enum child_event event, int64_t now_us);

const char *child_state_name(enum child_state state);

#endif
