/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for requests that may wait: uploads, the keeper, gateways. The threads that serve connections never wait for anything but the store. */
#ifndef API_JOBS_H
#define API_JOBS_H

/* Two at the disk while a third waits for the keeper and a fourth for gateways. */
#define JOB_THREADS 4

struct jobs;

struct job {
    void (*run)(struct job *job); /* on a job thread; job is the runner's from here on */
    struct job *next;
};

struct jobs *jobs_start(void); /* NULL when threads cannot be made */

/* Never waits. Jobs are as many as connections, which are bounded. */
void jobs_add(struct jobs *jobs, struct job *job);

/* Runs what waits, then ends the threads. NULL ok. */
void jobs_stop(struct jobs *jobs);

#endif
