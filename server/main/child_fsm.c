/* SPDX-License-Identifier: Apache-2.0 */
/* One role's life; the diagram and the invariants are in the header. */
#include "main/child_fsm.h"

#define MS                 INT64_C(1000)
#define BACKOFF_FIRST_MS   100
#define BACKOFF_MAX_MS     10000
#define QUIET_MS           30000
#define START_TIMEOUT_MS   60000
#define STOP_GRACE_MS      5000
#define BACKOFF_DOUBLE_MAX 7u /* 100 ms << 7 is beyond the cap */

void child_fsm_init(struct child_fsm *f)
{
    f->state = CHILD_HELD;
    f->due_us = INT64_MAX;
    f->failures = 0;
}

static void state_set(struct child_fsm *f, enum child_state state, int64_t due_us)
{
    f->state = state;
    f->due_us = due_us;
}

static int64_t backoff_us(unsigned failures)
{
    int64_t ms;

    if (failures <= 1)
        return 0;
    ms = failures - 2 > BACKOFF_DOUBLE_MAX ? BACKOFF_MAX_MS : (int64_t)BACKOFF_FIRST_MS << (failures - 2);
    return (ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : ms) * MS;
}

static enum child_action died(struct child_fsm *f, int64_t now_us)
{
    f->failures++;
    state_set(f, CHILD_DOWN, now_us + backoff_us(f->failures));
    return CHILD_NOTHING;
}

/* TICK after due_us. */
static enum child_action due(struct child_fsm *f, int64_t now_us)
{
    switch (f->state) {
    case CHILD_DOWN:
        state_set(f, CHILD_STARTING, now_us + START_TIMEOUT_MS * MS);
        return CHILD_SPAWN;
    case CHILD_STARTING:
    case CHILD_STOPPING:
        f->due_us = INT64_MAX; /* EXITED follows */
        return CHILD_KILL;
    case CHILD_READY:
        f->failures = 0;
        f->due_us = INT64_MAX;
        return CHILD_NOTHING;
    case CHILD_HELD:
    case CHILD_GONE:
        break;
    }
    return CHILD_NOTHING;
}

static enum child_action stop(struct child_fsm *f, int64_t now_us)
{
    switch (f->state) {
    case CHILD_HELD:
    case CHILD_DOWN:
        state_set(f, CHILD_GONE, INT64_MAX);
        return CHILD_NOTHING;
    case CHILD_STARTING:
    case CHILD_READY:
        state_set(f, CHILD_STOPPING, now_us + STOP_GRACE_MS * MS);
        return CHILD_TERM;
    case CHILD_STOPPING:
    case CHILD_GONE:
        break;
    }
    return CHILD_NOTHING;
}

enum child_action child_fsm_step(struct child_fsm *f, enum child_event event, int64_t now_us)
{
    switch (event) {
    case CHILD_EV_RELEASE:
        if (f->state == CHILD_HELD)
            state_set(f, CHILD_DOWN, now_us);
        return CHILD_NOTHING;
    case CHILD_EV_TICK:
        return now_us >= f->due_us ? due(f, now_us) : CHILD_NOTHING;
    case CHILD_EV_READY:
        if (f->state == CHILD_STARTING)
            state_set(f, CHILD_READY, now_us + QUIET_MS * MS);
        return CHILD_NOTHING;
    case CHILD_EV_EXITED:
        if (f->state == CHILD_STARTING || f->state == CHILD_READY)
            return died(f, now_us);
        if (f->state == CHILD_STOPPING)
            state_set(f, CHILD_GONE, INT64_MAX);
        return CHILD_NOTHING;
    case CHILD_EV_STOP:
        return stop(f, now_us);
    }
    return CHILD_NOTHING;
}

const char *child_state_name(enum child_state state)
{
    static const char *const names[] = { "held", "down", "starting", "ready", "stopping", "gone" };

    return names[state];
}
