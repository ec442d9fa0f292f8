/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seldom work for single devices that may wait for store or keeper, on the thread pool: one store handle that waits for the disk,
 * one errand at a time, in the order in which they came.
 *
 * Invariant: R1 each errand is answered exactly once, on the loop's thread, never before it was accepted, also when it fails.
 */
#ifndef GATEWAY_GW_ERRAND_H
#define GATEWAY_GW_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/gw_uv.h"
#include "store/store.h"

struct gw_errand;

struct gw_errands {
    uv_loop_t *loop;
    uv_work_t work;
    struct store *store;
    struct gw_errand *first, **last; /* the first is with the pool thread while busy */
    bool busy;
};

/* Opens its own handle of the database. ST_OK, or a failure with words in err. */
int gw_errands_init(struct gw_errands *e, uv_loop_t *loop, const char *path, char *err, size_t err_cap);
/* Only when nothing is under way any more. */
void gw_errands_clear(struct gw_errands *e);

/* Answer to gw_errand_keys: ST_OK with the message (valid during the call), ST_NOT_FOUND, or a failure. */
typedef void gw_errand_keys_fn(void *owner, int status, uint32_t sequence, const unsigned char *message,
                               size_t len);

/* Reads a key update of the device's account. ST_OK, or ST_NO_MEMORY and there will be no answer. */
int gw_errand_keys(struct gw_errands *e, const char *device_sid, uint32_t sequence, gw_errand_keys_fn *done,
                   void *owner);

#endif
