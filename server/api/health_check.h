/* SPDX-License-Identifier: Apache-2.0 */
/* Can this server do its work just now: read and write the store, write files, have something signed? */
#ifndef API_HEALTH_CHECK_H
#define API_HEALTH_CHECK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker;

/* Whoever asks more often gets the answer of before: anybody may ask, and a check writes a file. */
#define HEALTH_FRESH_US INT64_C(1000000)

#define HEALTH_REASON_MAX 200u

struct health {
    int store, keeper, disk; /* statuses */
    char reason[HEALTH_REASON_MAX +
                1]; /* what is wrong and what would be right, for strangers' eyes too; "" = nothing is */
};

/* The last answer and its time; shared by all threads. Zeros are a good start but for the lock. */
struct health_memory {
    pthread_mutex_t lock;
    struct health last;
    int64_t checked_us; /* monotonic; 0 = never */
};

/* Checks, or repeats a fresh answer. May wait for the disk and about a second for the keeper; who asks meanwhile waits for the
 * same answer. */
struct health health_check(struct worker *w);

#endif
