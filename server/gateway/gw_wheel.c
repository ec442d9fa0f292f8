/* SPDX-License-Identifier: Apache-2.0 */
/* Hashed timer wheel with intrusive lists. */
#include "gateway/gw_wheel.h"

#include <stddef.h>
#include <string.h>

#define TICK_US ((int64_t)GW_TICK_MS * 1000)

void gw_wheel_init(struct gw_wheel *w, int64_t now_us)
{
    memset(w, 0, sizeof *w);
    w->tick = now_us / TICK_US;
}

/* The first tick that is not before due, within one turn from now. */
static int64_t tick_of(const struct gw_wheel *w, int64_t due_us)
{
    const int64_t last = w->tick + (int64_t)GW_WHEEL_SLOTS - 1;
    const int64_t tick = due_us / TICK_US + 1;

    if (due_us >= last * TICK_US)
        return last;
    return tick <= w->tick ? w->tick + 1 : tick; /* never the slot that is being emptied */
}

void gw_wheel_set(struct gw_wheel *w, struct gw_timer *t, int64_t due_us)
{
    const int64_t tick = tick_of(w, due_us);
    struct gw_timer **head = &w->slot[(uint64_t)tick % GW_WHEEL_SLOTS];

    if (t->link != NULL && t->tick <= tick)
        return;
    gw_wheel_cancel(t);
    t->tick = tick;
    t->next = *head;
    t->link = head;
    if (t->next != NULL)
        t->next->link = &t->next;
    *head = t;
}

void gw_wheel_cancel(struct gw_timer *t)
{
    if (t->link == NULL)
        return;
    *t->link = t->next;
    if (t->next != NULL)
        t->next->link = t->link;
    t->link = NULL;
    t->next = NULL;
}

struct gw_timer *gw_wheel_next(struct gw_wheel *w, int64_t now_us)
{
    const int64_t now_tick = now_us / TICK_US;

    while (w->tick <= now_tick) {
        struct gw_timer *t = w->slot[(uint64_t)w->tick % GW_WHEEL_SLOTS];

        if (t != NULL) {
            gw_wheel_cancel(t);
            return t;
        }
        w->tick++;
    }
    return NULL;
}
