/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getaddrinfo on a detached thread, because the C library's blocks for seconds.
 *
 * A job belongs to two: the thread that fills it and the caller that asks. Whoever lets go last frees it
 * (owners). The thread writes result and error before it sets finished; the caller reads them after.
 */
#include "ports/host/resolver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port_critical.h"
#include "port/port_status.h"

struct resolver_job {
    atomic_int owners;
    atomic_bool finished;
    struct addrinfo *result;
    int error;
    char service[8];
    char host[];
};

static void let_go(struct resolver_job *job)
{
    if (atomic_fetch_sub(&job->owners, 1) == 1) {
        if (job->result != NULL) {
            freeaddrinfo(job->result);
        }
        free(job);
    }
}

static void *look_up(void *argument)
{
    struct resolver_job *job = argument;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };

    job->error = getaddrinfo(job->host, job->service, &hints, &job->result);
    atomic_store(&job->finished, true);
    let_go(job);
    port_wake();
    return NULL;
}

struct resolver_job *resolver_start(const char *host, uint16_t port)
{
    size_t host_size = strlen(host) + 1;
    struct resolver_job *job = calloc(1, sizeof *job + host_size);
    pthread_t thread;

    if (job == NULL) {
        return NULL;
    }
    memcpy(job->host, host, host_size);
    (void)snprintf(job->service, sizeof job->service, "%u", (unsigned)port);
    atomic_store(&job->owners, 2);
    if (pthread_create(&thread, NULL, look_up, job) != 0) {
        free(job);
        return NULL;
    }
    (void)pthread_detach(thread); /* of a thread that was just made: cannot fail */
    return job;
}

int resolver_result(struct resolver_job *job, const struct addrinfo **out)
{
    if (!atomic_load(&job->finished)) {
        return PORT_AGAIN;
    }
    if (job->error != 0) {
        return PORT_EIO;
    }
    *out = job->result;
    return PORT_OK;
}

void resolver_drop(struct resolver_job *job)
{
    if (job != NULL) {
        let_go(job);
    }
}
