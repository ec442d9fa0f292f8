/* SPDX-License-Identifier: Apache-2.0 */
/* Asynchronous look-ups of session rows. */
#include "gateway/gw_lookup.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_limits.h"

struct gw_ask {
    struct gw_ask *next;
    gw_lookup_fn *done;
    void *owner;
    bool again; /* touched while the pool thread had it */
    int status;
    char sid[SID_BYTES];
    char board[BOARD_NAME_MAX_CHARS + 1];
    struct store_session row;
};

static void start_turn(struct gw_lookup *l);

int gw_lookup_init(struct gw_lookup *l, uv_loop_t *loop, const char *path, char *err, size_t err_cap)
{
    memset(l, 0, sizeof *l);
    l->loop = loop;
    l->last = &l->first;
    return store_open(path, STORE_BATCHED, false, &l->store, err, err_cap);
}

void gw_lookup_clear(struct gw_lookup *l)
{
    assert(!l->busy && l->first == NULL);
    store_close(l->store);
    l->store = NULL;
}

static void append(struct gw_lookup *l, struct gw_ask *ask)
{
    ask->next = NULL;
    *l->last = ask;
    l->last = &ask->next;
}

/* Pool thread: nothing but the asks of this turn and the store handle is touched. */
static void read_rows(uv_work_t *work)
{
    struct gw_lookup *l = work->data;

    for (struct gw_ask *ask = l->turn; ask != NULL; ask = ask->next)
        ask->status = store_session_get(l->store, ask->sid, ask->board, &ask->row);
}

static void answer(uv_work_t *work, int cancelled)
{
    struct gw_lookup *l = work->data;
    struct gw_ask *ask = l->turn;
    struct gw_ask *next;

    (void)cancelled; /* never: turns are not cancelled */
    l->turn = NULL;
    for (; ask != NULL; ask = next) {
        next = ask->next;
        if (ask->again) {
            ask->again = false;
            append(l, ask);
            continue;
        }
        if (ask->status != ST_OK && ask->status != ST_NOT_FOUND)
            log_error("session_look_up_failed", "device", ask->sid, "error", status_name(ask->status));
        ask->done(ask->owner, ask->status, &ask->row); /* may ask again: that waits for the next turn */
        free(ask);
    }
    l->busy = false;
    start_turn(l);
}

static void start_turn(struct gw_lookup *l)
{
    struct gw_ask **end = &l->turn;

    if (l->busy || l->first == NULL)
        return;
    for (unsigned n = 0; n < GW_ASKS_PER_TURN && l->first != NULL; n++) {
        *end = l->first;
        l->first = l->first->next;
        end = &(*end)->next;
    }
    *end = NULL;
    if (l->first == NULL)
        l->last = &l->first;
    l->busy = true;
    l->work.data = l;
    (void)uv_queue_work(l->loop, &l->work, read_rows, answer); /* fails only without a work function */
}

int gw_lookup_ask(struct gw_lookup *l, const char *device_sid, const char *board, gw_lookup_fn *done,
                  void *owner)
{
    struct gw_ask *ask = calloc(1, sizeof *ask);

    if (ask == NULL)
        return ST_NO_MEMORY;
    ask->done = done;
    ask->owner = owner;
    memcpy(ask->sid, device_sid, SID_BYTES);
    (void)snprintf(ask->board, sizeof ask->board, "%s", board);
    append(l, ask);
    start_turn(l);
    return ST_OK;
}

void gw_lookup_touch(struct gw_lookup *l, const char *device_sid)
{
    for (struct gw_ask *ask = l->turn; ask != NULL; ask = ask->next)
        if (strcmp(ask->sid, device_sid) == 0)
            ask->again = true;
}
