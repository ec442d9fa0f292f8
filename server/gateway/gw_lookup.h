/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the store from the event loop, answered from the thread pool: one store handle, one pool
 * thread at a time, up to GW_ASKS_PER_TURN questions per turn.
 *
 * Invariants
 *  A1 each question is answered exactly once, on the loop's thread, also when the store fails;
 *  A2 an answer was read after the last gw_lookup_touch of its device that came before the answer.
 */
#ifndef GATEWAY_GW_LOOKUP_H
#define GATEWAY_GW_LOOKUP_H

#include <stdbool.h>

#include "gateway/gw_uv.h"
#include "store/store.h"

typedef void gw_lookup_fn(void *owner, int status, const struct store_session *row);

struct gw_ask;

struct gw_lookup {
    uv_loop_t *loop;
    uv_work_t work;
    struct store *store;
    bool busy;
    struct gw_ask *first, **last; /* waiting */
    struct gw_ask *turn;          /* with the pool thread */
};

/* Opens its own handle of the database. ST_OK, or a failure with words in err. */
int gw_lookup_init(struct gw_lookup *l, uv_loop_t *loop, const char *path, char *err, size_t err_cap);
/* Only when nothing is asked any more. */
void gw_lookup_clear(struct gw_lookup *l);

/* Asks for the session row of a device that says it has this board. ST_OK, or ST_NO_MEMORY and there will be no answer. */
int gw_lookup_ask(struct gw_lookup *l, const char *device_sid, const char *board, gw_lookup_fn *done,
                  void *owner);

/* The row of the device changed: questions under way are asked again before they are answered. */
void gw_lookup_touch(struct gw_lookup *l, const char *device_sid);

#endif
