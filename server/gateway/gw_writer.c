/* SPDX-License-Identifier: Apache-2.0 */
/* Batched writing from the event loop. */
#include "gateway/gw_writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "gateway/gw_limits.h"

struct gw_queued_line {
    struct gw_queued_line *next;
    void *owner;
    int64_t received_us;
    char device_sid[SID_BYTES];
    struct gw_line line; /* text points behind this struct */
    char text[];
};

struct gw_queued_crash {
    struct gw_queued_crash *next;
    void *owner;
    struct store_crash crash;
};

static void batch_init(struct gw_batch *b)
{
    memset(b, 0, sizeof *b);
    b->last = &b->first;
    b->last_crash = &b->first_crash;
}

static void batch_free_crashes(struct gw_batch *b)
{
    struct gw_queued_crash *next;

    for (struct gw_queued_crash *c = b->first_crash; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    b->first_crash = NULL;
    b->last_crash = &b->first_crash;
    b->crash_count = 0;
}

static void batch_free_lines(struct gw_batch *b)
{
    struct gw_queued_line *next;

    for (struct gw_queued_line *l = b->first; l != NULL; l = next) {
        next = l->next;
        free(l);
    }
    b->first = NULL;
    b->last = &b->first;
    b->line_count = 0;
}

static void batch_free_queue(struct gw_batch *b)
{
    batch_free_lines(b);
    batch_free_crashes(b);
    b->queue_bytes = 0;
}

static void batch_clear(struct gw_batch *b)
{
    batch_free_queue(b);
    free(b->reports);
    free(b->presence);
    free(b->keys);
    batch_init(b);
}

static uint32_t batch_rows(const struct gw_batch *b)
{
    return b->report_count + b->presence_count + b->keys_count + b->line_count + b->crash_count;
}

int gw_writer_init(struct gw_writer *w, uv_loop_t *loop, const char *path, unsigned gateway,
                   uint32_t crashes_kept, const struct gw_writer_events *events, char *err, size_t err_cap)
{
    int rc;

    memset(w, 0, sizeof *w);
    batch_init(&w->filling);
    batch_init(&w->writing);
    w->loop = loop;
    w->events = events;
    w->number = 1;
    w->crashes_kept = crashes_kept;
    rc = store_open(path, STORE_BATCHED, false, &w->store, err, err_cap);
    if (rc != ST_OK)
        return rc;
    rc = store_presence_reset(w->store, gateway);
    w->rows = calloc(GW_BATCH_ROWS, sizeof *w->rows);
    if (rc != ST_OK || w->rows == NULL) {
        (void)snprintf(err, err_cap, "presence of gateway %u cannot be reset: %s", gateway, status_name(rc));
        gw_writer_clear(w);
        return rc != ST_OK ? rc : ST_NO_MEMORY;
    }
    (void)uv_timer_init(loop, &w->timer); /* cannot fail */
    w->timer.data = w;
    return ST_OK;
}

/* Lines that were given up are not acknowledged, only let go. */
static void release_owners(struct gw_writer *w, const struct gw_batch *b)
{
    for (const struct gw_queued_line *l = b->first; l != NULL; l = l->next)
        if (l->owner != NULL)
            w->events->line_done(l->owner);
    for (const struct gw_queued_crash *c = b->first_crash; c != NULL; c = c->next)
        w->events->crash_done(c->owner);
}

void gw_writer_clear(struct gw_writer *w)
{
    assert(!w->busy);
    release_owners(w, &w->writing);
    release_owners(w, &w->filling);
    batch_clear(&w->filling);
    batch_clear(&w->writing);
    free(w->rows);
    w->rows = NULL;
    store_close(w->store);
    w->store = NULL;
}

/* ---- pool thread --------------------------------------------------------------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static int write_reports(struct gw_writer *w)
{
    int rc = ST_OK;

    for (uint32_t at = 0; rc == ST_OK && at < w->writing.report_count; at += GW_BATCH_ROWS)
        rc = store_report_put(w->store, w->writing.reports + at,
                              least(GW_BATCH_ROWS, w->writing.report_count - at));
    return rc;
}

static int write_presence(struct gw_writer *w)
{
    int rc = ST_OK;

    for (uint32_t at = 0; rc == ST_OK && at < w->writing.presence_count; at += GW_BATCH_ROWS)
        rc = store_presence_put(w->store, w->writing.presence + at,
                                least(GW_BATCH_ROWS, w->writing.presence_count - at));
    return rc;
}

static int write_keys(struct gw_writer *w)
{
    int rc = ST_OK;

    for (uint32_t at = 0; rc == ST_OK && at < w->writing.keys_count; at += GW_BATCH_ROWS)
        rc = store_device_keys_put(w->store, w->writing.keys + at,
                                   least(GW_BATCH_ROWS, w->writing.keys_count - at));
    return rc;
}

static void fill_row(struct store_log *row, const struct gw_queued_line *l)
{
    row->id = 0;
    memcpy(row->device_sid, l->device_sid, SID_BYTES);
    row->boot_id = l->line.boot_id;
    row->seq = l->line.seq;
    row->device_us = l->line.device_us;
    row->received_us = l->received_us;
    row->dropped = l->line.dropped;
    (void)snprintf(row->type, sizeof row->type, "%s", l->line.type);
    memcpy(row->text, l->text, l->line.text_len + 1);
}

static int write_lines(struct gw_writer *w)
{
    const struct gw_queued_line *l = w->writing.first;
    int rc = ST_OK;

    while (rc == ST_OK && l != NULL) {
        uint32_t n = 0;

        for (; l != NULL && n < GW_BATCH_ROWS; l = l->next)
            fill_row(&w->rows[n++], l);
        rc = store_log_put(w->store, w->rows, n);
    }
    return rc;
}

/* Few and far between: a transaction for each. */
static int write_crashes(struct gw_writer *w)
{
    int rc = ST_OK;

    for (const struct gw_queued_crash *c = w->writing.first_crash; rc == ST_OK && c != NULL; c = c->next)
        rc = store_crash_put(w->store, &c->crash, w->crashes_kept);
    return rc;
}

static void write_batch(uv_work_t *work)
{
    struct gw_writer *w = work->data;

    w->status = write_reports(w);
    if (w->status == ST_OK)
        w->status = write_presence(w);
    if (w->status == ST_OK)
        w->status = write_keys(w);
    if (w->status == ST_OK)
        w->status = write_lines(w);
    if (w->status == ST_OK)
        w->status = write_crashes(w);
}

/* ---- loop thread --------------------------------------------------------------------------------- */

static void start_writing(struct gw_writer *w);

static void on_timer(uv_timer_t *timer)
{
    struct gw_writer *w = timer->data;

    w->failed = false;
    start_writing(w);
}

/* All lines first, then all owners: a device gets one acknowledgement for a batch. */
static void tell_owners(struct gw_writer *w, const struct gw_batch *b)
{
    for (const struct gw_queued_line *l = b->first; l != NULL; l = l->next)
        if (l->owner != NULL)
            w->events->line_stored(l->owner, l->line.seq);
    for (const struct gw_queued_line *l = b->first; l != NULL; l = l->next)
        if (l->owner != NULL)
            w->events->line_done(l->owner);
    for (const struct gw_queued_crash *c = b->first_crash; c != NULL; c = c->next) {
        w->events->crash_stored(c->owner, c->crash.report_id);
        w->events->crash_done(c->owner);
    }
}

static void after_batch(uv_work_t *work, int cancelled)
{
    struct gw_writer *w = work->data;
    char rows[24];

    (void)cancelled; /* never */
    w->busy = false;
    if (w->status != ST_OK) {
        log_error("batch_failed", "error", status_name(w->status), "rows",
                  log_u64(rows, batch_rows(&w->writing)));
        w->failed = true;
        (void)uv_timer_start(&w->timer, on_timer, GW_STORE_RETRY_MS, 0);
        return;
    }
    tell_owners(w, &w->writing);
    batch_free_queue(&w->writing);
    w->writing.report_count = 0;
    w->writing.presence_count = 0;
    w->writing.keys_count = 0;
    if (batch_rows(&w->filling) >= GW_BATCH_ROWS)
        start_writing(w);
    else if (batch_rows(&w->filling) > 0)
        (void)uv_timer_start(&w->timer, on_timer, GW_BATCH_MS, 0);
}

static void swap_batches(struct gw_writer *w)
{
    const struct gw_batch filled = w->filling;

    w->filling = w->writing;
    w->filling.first = NULL;
    w->filling.last = &w->filling.first;
    w->filling.first_crash = NULL;
    w->filling.last_crash = &w->filling.first_crash;
    w->writing = filled;
    if (w->writing.first == NULL)
        w->writing.last = &w->writing.first;
    if (w->writing.first_crash == NULL)
        w->writing.last_crash = &w->writing.first_crash;
    w->number++;
}

static void start_writing(struct gw_writer *w)
{
    if (w->busy || w->failed)
        return;
    if (batch_rows(&w->writing) == 0) {
        if (batch_rows(&w->filling) == 0)
            return;
        swap_batches(w);
    }
    (void)uv_timer_stop(&w->timer);
    w->busy = true;
    w->work.data = w;
    (void)uv_queue_work(w->loop, &w->work, write_batch, after_batch); /* fails only without a function */
}

void gw_writer_flush(struct gw_writer *w)
{
    start_writing(w);
}

static void row_added(struct gw_writer *w)
{
    if (w->busy || w->failed)
        return; /* after_batch looks again */
    if (batch_rows(&w->filling) >= GW_BATCH_ROWS)
        start_writing(w);
    else if (!uv_is_active((uv_handle_t *)&w->timer))
        (void)uv_timer_start(&w->timer, on_timer, GW_BATCH_MS, 0);
}

/* A larger array, or NULL; then the row is lost, which is logged: the next report or refresh makes up for it.
 */
static void *grown(void *rows, uint32_t *cap, size_t row_bytes)
{
    const uint32_t larger = *cap == 0 ? 64 : *cap * 2;
    void *p = realloc(rows, larger * row_bytes);

    if (p == NULL)
        log_error("row_lost", "error", "no memory");
    else
        *cap = larger;
    return p;
}

/* What the newer one does not tell of stays. */
static void merge_report(struct store_report *row, const struct store_report *newer)
{
    struct store_report merged = newer->has_app ? *newer : *row;

    merged.at_us = newer->at_us;
    if (row->hello) {
        merged.hello = true;
        memcpy(merged.board, row->board, sizeof merged.board);
        memcpy(merged.microvisor_version, row->microvisor_version, sizeof merged.microvisor_version);
        merged.microvisor_number = row->microvisor_number;
        merged.boot_count = row->boot_count;
        merged.reset_reason = row->reset_reason;
    }
    merged.has_microvisor = row->has_microvisor || newer->has_microvisor;
    merged.microvisor = newer->has_microvisor ? newer->microvisor : row->microvisor;
    *row = merged;
}

void gw_writer_report(struct gw_writer *w, struct gw_row_slot *slot, const struct store_report *report)
{
    struct gw_batch *b = &w->filling;
    struct store_report *row;

    if (slot->batch == w->number) {
        merge_report(&b->reports[slot->index], report);
        return;
    }
    if (b->report_count == b->report_cap) {
        row = grown(b->reports, &b->report_cap, sizeof *row);
        if (row == NULL)
            return;
        b->reports = row;
    }
    *slot = (struct gw_row_slot){ .batch = w->number, .index = b->report_count };
    b->reports[b->report_count++] = *report;
    row_added(w);
}

void gw_writer_presence(struct gw_writer *w, struct gw_row_slot *slot, const struct store_presence *presence)
{
    struct gw_batch *b = &w->filling;

    /* An offline row counts only after the online row of the same gateway: it never takes that one's place. */
    if (slot->batch == w->number && b->presence[slot->index].online == presence->online) {
        b->presence[slot->index] = *presence;
        return;
    }
    if (b->presence_count == b->presence_cap) {
        struct store_presence *rows = grown(b->presence, &b->presence_cap, sizeof *rows);

        if (rows == NULL)
            return;
        b->presence = rows;
    }
    *slot = (struct gw_row_slot){ .batch = w->number, .index = b->presence_count };
    b->presence[b->presence_count++] = *presence;
    row_added(w);
}

void gw_writer_keys(struct gw_writer *w, struct gw_row_slot *slot, const struct store_device_keys *keys)
{
    struct gw_batch *b = &w->filling;

    if (slot->batch == w->number) {
        b->keys[slot->index] = *keys;
        return;
    }
    if (b->keys_count == b->keys_cap) {
        struct store_device_keys *rows = grown(b->keys, &b->keys_cap, sizeof *rows);

        if (rows == NULL)
            return;
        b->keys = rows;
    }
    *slot = (struct gw_row_slot){ .batch = w->number, .index = b->keys_count };
    b->keys[b->keys_count++] = *keys;
    row_added(w);
}

void gw_writer_withdraw_presence(struct gw_writer *w, const struct gw_row_slot *slot)
{
    if (slot->batch == w->number)
        w->filling.presence[slot->index].online = false;
}

int gw_writer_line(struct gw_writer *w, const char *device_sid, const struct gw_line *line, int64_t wall_us,
                   void *owner)
{
    struct gw_queued_line *l = malloc(sizeof *l + line->text_len + 1);

    assert(line->text_len <= LOG_TEXT_MAX_BYTES);
    if (l == NULL)
        return ST_NO_MEMORY;
    l->next = NULL;
    l->owner = owner;
    l->received_us = wall_us;
    memcpy(l->device_sid, device_sid, SID_BYTES);
    l->line = *line;
    memcpy(l->text, line->text, line->text_len);
    l->text[line->text_len] = '\0';
    *w->filling.last = l;
    w->filling.last = &l->next;
    w->filling.line_count++;
    w->filling.queue_bytes += sizeof *l + line->text_len + 1;
    row_added(w);
    return ST_OK;
}

int gw_writer_crash(struct gw_writer *w, const struct store_crash *crash, void *owner)
{
    struct gw_queued_crash *c = malloc(sizeof *c);

    if (c == NULL)
        return ST_NO_MEMORY;
    c->next = NULL;
    c->owner = owner;
    c->crash = *crash;
    *w->filling.last_crash = c;
    w->filling.last_crash = &c->next;
    w->filling.crash_count++;
    w->filling.queue_bytes += sizeof *c;
    row_added(w);
    return ST_OK;
}

bool gw_writer_has_room(const struct gw_writer *w)
{
    return w->filling.queue_bytes + w->writing.queue_bytes < GW_LOG_QUEUE_BYTES;
}

bool gw_writer_is_congested(const struct gw_writer *w)
{
    return w->filling.report_count + w->filling.presence_count + w->filling.keys_count > GW_ROWS_WAITING_MAX;
}

bool gw_writer_is_idle(const struct gw_writer *w)
{
    return !w->busy && batch_rows(&w->filling) == 0 && batch_rows(&w->writing) == 0;
}
