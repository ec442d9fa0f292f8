/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all requests share, and what each thread has for itself.
 *
 * The service is made once and not changed while threads run, but for what its own functions guard. A worker belongs to one thread:
 * it has its own store handle and its own memory of credentials.
 */
#ifndef API_SERVICE_H
#define API_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "api/health_check.h"
#include "base/limits.h"
#include "base/sid.h"
#include "conf/conf.h"
#include "store/store.h"

struct blob_store;
struct keeper_client;

/* Status classes 1xx to 5xx. */
#define STATUS_CLASSES 6

struct service {
    struct conf conf;
    struct blob_store *blobs;
    struct keeper_client *keeper;
    int gateways[GATEWAYS_MAX]; /* bus ends */
    uint32_t gateway_count;
    pthread_mutex_t gateways_asked; /* one thread at a time waits for their replies */
    /* Uploads hold it for reading from their first blob to their row; the collector for writing while it looks and deletes, so that
     * it never takes a blob that is about to be named. */
    pthread_rwlock_t blobs_in_use;
    pthread_key_t worker_key;
    struct health_memory health;
    atomic_uint_fast64_t requests[STATUS_CLASSES], uploads, connections;
    int64_t started_us; /* monotonic */
};

/* Opens the blobs and prepares data_dir/tmp. keeper_fd and gateways are bus ends, -1 for none; they stay the caller's. ST_OK, or a
 * status after logging. */
int service_open(struct service *s, const struct conf *conf, int keeper_fd, const int *gateways,
                 uint32_t gateway_count);
void service_close(struct service *s);

/* Tells every gateway to read the device's row again. Call after the commit. */
void service_tell_gateways(struct service *s, const char *device_sid);

/* The same for all devices of an account. */
void service_tell_account(struct service *s, const char *account_sid);

/* How long gateways may take to say that a device's session is closed: they do it within a turn of their loop. */
#define REVOKE_TIMEOUT_MS 2000

/* Tells every gateway that the device was revoked, and waits until all have said that no frame of it is served any more: ST_OK,
 * or ST_TIMEOUT after logging which did not. Call after the commit, from a thread that may wait. */
int service_revoke(struct service *s, const char *device_sid);

/* How long a credential that was read from the store may be believed, and how many a thread remembers. */
#define CREDENTIAL_FRESH_US 500000
#define CREDENTIALS_KEPT    8

struct worker {
    struct service *service;
    struct store *store;
    struct {
        struct store_credential credential;
        int64_t read_us; /* monotonic; 0 = unused */
        char user[SID_BYTES];
    } kept[CREDENTIALS_KEPT];
    unsigned next_kept;
};

/* The calling thread's worker, made at its first call; freed when the thread ends. NULL after logging when the store cannot be
 * opened. */
struct worker *service_worker(struct service *s);

#endif
