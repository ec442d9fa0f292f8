/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's log, read by polling: the last lines first, then whatever is new.
 *
 * Every line is given out once, in the order of its id. Polling slows down while nothing comes
 * (STREAM_FAST_MS up to STREAM_SLOW_MS) and when the server cannot be reached.
 */
#ifndef LOGS_STREAM_H
#define LOGS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

struct rest;

#define STREAM_FAST_MS 200
#define STREAM_SLOW_MS 2000

struct stream {
    struct rest *rest;
    const char *device; /* SID, borrowed */
    const char *type;   /* only lines of this type; NULL = all; borrowed */
    bool is_json;       /* print the server's JSON, one line each */
    int64_t last_id;    /* of the last line that was seen */
    int64_t wait_ms;    /* until the next poll */
    int64_t enabled_ms; /* when logging was last turned on; 0 = leave it alone */
    bool is_lost;       /* the server could not be reached last time */
};

void stream_init(struct stream *stream, struct rest *rest, const char *device);

/* Turns application logging on for the device, and again while following, well before it expires. */
int stream_enable(struct stream *stream, struct fail *fail);

/* Prints the newest lines (count 0: none) and remembers where the log ends. */
int stream_tail(struct stream *stream, uint32_t count, struct fail *fail);

/* One poll: prints what is new. A server that cannot be reached is no failure but told once. */
int stream_poll(struct stream *stream, struct fail *fail);

/* Polls until interrupted (CLI_INTERRUPTED) or refused. */
int stream_follow(struct stream *stream, struct fail *fail);

#endif
