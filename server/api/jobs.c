/* SPDX-License-Identifier: Apache-2.0 */
/* A queue and the threads that empty it. */
#include "api/jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first, **last;
    bool stopping;
    unsigned threads;
    pthread_t thread[JOB_THREADS];
};

/* The next job; NULL when there will be none. */
static struct job *job_take(struct jobs *jobs)
{
    (void)pthread_mutex_lock(&jobs->lock);
    while (jobs->first == NULL && !jobs->stopping) {
        (void)pthread_cond_wait(&jobs->more, &jobs->lock);
    }
    struct job *job = jobs->first;
    if (job != NULL) {
        jobs->first = job->next;
        if (jobs->first == NULL) {
            jobs->last = &jobs->first;
        }
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return job;
}

static void *jobs_run(void *arg)
{
    struct job *job;
    while ((job = job_take(arg)) != NULL) {
        job->run(job);
    }
    return NULL;
}

struct jobs *jobs_start(void)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));
    if (jobs == NULL) {
        return NULL;
    }
    jobs->last = &jobs->first;
    (void)pthread_mutex_init(&jobs->lock, NULL); /* cannot fail with default attributes on Linux */
    (void)pthread_cond_init(&jobs->more, NULL);
    while (jobs->threads < JOB_THREADS &&
           pthread_create(&jobs->thread[jobs->threads], NULL, jobs_run, jobs) == 0) {
        jobs->threads++;
    }
    if (jobs->threads == 0) {
        jobs_stop(jobs);
        return NULL;
    }
    return jobs;
}

void jobs_add(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&jobs->lock);
    *jobs->last = job;
    jobs->last = &job->next;
    (void)pthread_cond_signal(&jobs->more);
    (void)pthread_mutex_unlock(&jobs->lock);
}

void jobs_stop(struct jobs *jobs)
{
    if (jobs == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    (void)pthread_cond_broadcast(&jobs->more);
    (void)pthread_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->threads; i++) {
        (void)pthread_join(jobs->thread[i], NULL);
    }
    (void)pthread_cond_destroy(&jobs->more);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}
