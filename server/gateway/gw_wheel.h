/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timer wheel: thousands of deadlines that mostly move on before they are reached, each for a list link.
 *
 * Invariants
 *  T1 a timer is reported not before its time and at most two ticks after it (if the wheel is turned);
 *  T2 a deadline that moves later costs nothing: the owner sets it again when it is asked too early;
 *  T3 deadlines beyond one turn are reported once per turn, too early, and set again.
 */
#ifndef GATEWAY_GW_WHEEL_H
#define GATEWAY_GW_WHEEL_H

#include <stdint.h>

#include "gateway/gw_limits.h"

struct gw_timer {
    struct gw_timer *next, **link; /* link NULL: not set */
    int64_t tick;
};

struct gw_wheel {
    struct gw_timer *slot[GW_WHEEL_SLOTS];
    int64_t tick; /* all before it were reported */
};

void gw_wheel_init(struct gw_wheel *w, int64_t now_us);

/* Sets the timer, at the latest one turn from now. Moves it if it is set for later; a timer that is already
 * set for that time or earlier stays. */
void gw_wheel_set(struct gw_wheel *w, struct gw_timer *t, int64_t due_us);
void gw_wheel_cancel(struct gw_timer *t);

/* A timer whose tick has come, no longer set; NULL when there is none (more). */
struct gw_timer *gw_wheel_next(struct gw_wheel *w, int64_t now_us);

#endif
