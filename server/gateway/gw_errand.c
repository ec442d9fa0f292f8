/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of errands and the pool thread that runs them. */
#include "gateway/gw_errand.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"

struct gw_errand {
    struct gw_errand *next;
    void (*run)(struct gw_errands *e, struct gw_errand *errand); /* pool thread */
    void (*answer)(const struct gw_errand *errand);              /* loop's thread */
    void *owner;
    int status;
    char device_sid[SID_BYTES];
    gw_errand_keys_fn *keys_done;
    uint32_t sequence;
    struct store_key_update update;
};

static void start(struct gw_errands *e);

int gw_errands_init(struct gw_errands *e, uv_loop_t *loop, const char *path, char *err, size_t err_cap)
{
    memset(e, 0, sizeof *e);
    e->loop = loop;
    e->last = &e->first;
    return store_open(path, STORE_FULL, false, &e->store, err, err_cap);
}

void gw_errands_clear(struct gw_errands *e)
{
    assert(!e->busy && e->first == NULL);
    store_close(e->store);
    e->store = NULL;
}

static void run_first(uv_work_t *work)
{
    struct gw_errands *e = work->data;

    e->first->run(e, e->first);
}

static void answer_first(uv_work_t *work, int cancelled)
{
    struct gw_errands *e = work->data;
    struct gw_errand *errand = e->first;

    (void)cancelled; /* never */
    e->first = errand->next;
    if (e->first == NULL)
        e->last = &e->first;
    e->busy = false;
    errand->answer(errand); /* may bring another errand */
    free(errand);
    start(e);
}

static void start(struct gw_errands *e)
{
    if (e->busy || e->first == NULL)
        return;
    e->busy = true;
    e->work.data = e;
    (void)uv_queue_work(e->loop, &e->work, run_first, answer_first); /* fails only without a function */
}

static struct gw_errand *errand_new(const char *device_sid, void *owner)
{
    struct gw_errand *errand = calloc(1, sizeof *errand);

    if (errand != NULL) {
        errand->owner = owner;
        memcpy(errand->device_sid, device_sid, SID_BYTES);
    }
    return errand;
}

static void append(struct gw_errands *e, struct gw_errand *errand)
{
    *e->last = errand;
    e->last = &errand->next;
    start(e);
}

static void keys_run(struct gw_errands *e, struct gw_errand *errand)
{
    errand->status = store_keys_of_device(e->store, errand->device_sid, errand->sequence, &errand->update);
}

static void keys_answer(const struct gw_errand *errand)
{
    if (errand->status != ST_OK && errand->status != ST_NOT_FOUND)
        log_error("key_update_not_read", "device", errand->device_sid, "error", status_name(errand->status));
    errand->keys_done(errand->owner, errand->status, errand->sequence, errand->update.message,
                      errand->update.message_len);
}

int gw_errand_keys(struct gw_errands *e, const char *device_sid, uint32_t sequence, gw_errand_keys_fn *done,
                   void *owner)
{
    struct gw_errand *errand = errand_new(device_sid, owner);

    if (errand == NULL)
        return ST_NO_MEMORY;
    errand->run = keys_run;
    errand->answer = keys_answer;
    errand->keys_done = done;
    errand->sequence = sequence;
    append(e, errand);
    return ST_OK;
}
