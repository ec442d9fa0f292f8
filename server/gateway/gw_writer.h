/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gateway writes to the store: reports, presence, key rings, log lines and crash reports, collected for GW_BATCH_MS or
 * GW_BATCH_ROWS and committed from the thread pool with one store handle.
 *
 * Invariants
 *  W1 a line or a crash report is told to be stored only after its transaction committed;
 *  W2 rows of one device are written in the order in which they came;
 *  W3 a batch that fails is tried again until it succeeds; nothing is dropped; meanwhile has_room and
 *     is_congested tell the sessions to wait;
 *  W4 a row that a newer one of the same session overtakes before it was written is replaced in place, so
 *     that the rows waiting are bounded by the sessions.
 */
#ifndef GATEWAY_GW_WRITER_H
#define GATEWAY_GW_WRITER_H

#include <stdbool.h>

#include "gateway/gw_session.h"
#include "gateway/gw_uv.h"
#include "store/store.h"

/* Where the last row of a session is, if its batch is still being filled. Zero at first. */
struct gw_row_slot {
    uint32_t batch;
    uint32_t index;
};

struct gw_queued_line;
struct gw_queued_crash;

struct gw_batch {
    struct store_report *reports;
    struct store_presence *presence;
    struct store_device_keys *keys;
    uint32_t report_count, report_cap;
    uint32_t keys_count, keys_cap;
    uint32_t presence_count, presence_cap;
    uint32_t line_count;
    uint32_t crash_count;
    size_t queue_bytes; /* of lines and crash reports */
    struct gw_queued_line *first, **last;
    struct gw_queued_crash *first_crash, **last_crash;
};

struct gw_writer_events {
    void (*line_stored)(void *owner, uint32_t seq); /* for each line of the batch ... */
    void (*line_done)(void *owner); /* ... and then again for each: acknowledge, release the owner */
    void (*crash_stored)(void *owner, uint64_t report_id);
    void (*crash_done)(void *owner); /* after crash_stored, or without it when giving up: release the owner */
};

struct gw_writer {
    uv_loop_t *loop;
    uv_work_t work;
    uv_timer_t timer;
    struct store *store;
    const struct gw_writer_events *events;
    struct gw_batch filling, writing;
    struct store_log *rows; /* scratch of the pool thread, GW_BATCH_ROWS */
    uint32_t crashes_kept;  /* of each device */
    uint32_t number;        /* of the batch being filled, from 1 */
    int status;
    bool busy;   /* writing is with the pool thread */
    bool failed; /* writing waits for its next try */
};

/* crashes_kept: how many reports of a device the store keeps. */
int gw_writer_init(struct gw_writer *w, uv_loop_t *loop, const char *path, unsigned gateway,
                   uint32_t crashes_kept, const struct gw_writer_events *events, char *err, size_t err_cap);
/* Frees what is left; call after gw_writer_is_idle, or when giving up (then only between turns of the loop
 * and not busy). */
void gw_writer_clear(struct gw_writer *w);

void gw_writer_report(struct gw_writer *w, struct gw_row_slot *slot, const struct store_report *report);
void gw_writer_presence(struct gw_writer *w, struct gw_row_slot *slot, const struct store_presence *row);

void gw_writer_keys(struct gw_writer *w, struct gw_row_slot *slot, const struct store_device_keys *row);

/* The session lost its device to a newer one elsewhere: an online row that is not written yet must not overtake that one's. */
void gw_writer_withdraw_presence(struct gw_writer *w, const struct gw_row_slot *slot);

/* owner NULL: nobody waits for the line. ST_OK or ST_NO_MEMORY. */
int gw_writer_line(struct gw_writer *w, const char *device_sid, const struct gw_line *line, int64_t wall_us,
                   void *owner);

int gw_writer_crash(struct gw_writer *w, const struct store_crash *crash, void *owner);

bool gw_writer_has_room(const struct gw_writer *w);     /* for more log lines and crash reports */
bool gw_writer_is_congested(const struct gw_writer *w); /* too many other rows wait */
bool gw_writer_is_idle(const struct gw_writer *w);

/* Writes what is there without waiting for more. */
void gw_writer_flush(struct gw_writer *w);

#endif
