/* SPDX-License-Identifier: Apache-2.0 */
/* Blob files on the thread pool. */
#include "gateway/gw_fetch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

struct open_job {
    uv_work_t work;
    struct blob_store *blobs;
    gw_fetch_opened_fn *done;
    void *owner;
    unsigned slot;
    unsigned char sha256[SHA256_BYTES];
    int fd; /* or a failure */
    uint64_t total_bytes;
};

struct read_job {
    uv_work_t work;
    gw_fetch_read_fn *done;
    void *owner;
    unsigned slot;
    int fd;
    int status;
    uint32_t offset, len;
    unsigned char data[];
};

static void open_blob(uv_work_t *work)
{
    struct open_job *job = work->data;
    struct stat st;

    job->fd = blob_read_fd(job->blobs, job->sha256);
    if (job->fd < 0)
        return;
    if (fstat(job->fd, &st) != 0) {
        (void)close(job->fd);
        job->fd = ST_IO;
        return;
    }
    job->total_bytes = (uint64_t)st.st_size;
}

static void after_open(uv_work_t *work, int cancelled)
{
    struct open_job *job = work->data;

    (void)cancelled; /* never */
    job->done(job->owner, job->slot, job->fd < 0 ? job->fd : ST_OK, job->fd, job->total_bytes);
    free(job);
}

int gw_fetch_open(uv_loop_t *loop, struct blob_store *blobs, const unsigned char sha256[SHA256_BYTES],
                  gw_fetch_opened_fn *done, void *owner, unsigned slot)
{
    struct open_job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return ST_NO_MEMORY;
    job->work.data = job;
    job->blobs = blobs;
    job->done = done;
    job->owner = owner;
    job->slot = slot;
    memcpy(job->sha256, sha256, SHA256_BYTES);
    (void)uv_queue_work(loop, &job->work, open_blob, after_open); /* fails only without a function */
    return ST_OK;
}

static void read_blob(uv_work_t *work)
{
    struct read_job *job = work->data;
    uint32_t have = 0;

    while (have < job->len) {
        const ssize_t n = pread(job->fd, job->data + have, job->len - have, (off_t)job->offset + have);

        if (n > 0)
            have += (uint32_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    job->status = have == job->len ? ST_OK : ST_IO;
}

static void after_read(uv_work_t *work, int cancelled)
{
    struct read_job *job = work->data;

    (void)cancelled; /* never */
    job->done(job->owner, job->slot, job->status, job->data, job->len);
    free(job);
}

int gw_fetch_read(uv_loop_t *loop, int fd, uint32_t offset, uint32_t len, gw_fetch_read_fn *done, void *owner,
                  unsigned slot)
{
    struct read_job *job = malloc(sizeof *job + len);

    assert(len <= FRAME_PAYLOAD_MAX_BYTES);
    if (job == NULL)
        return ST_NO_MEMORY;
    job->work.data = job;
    job->done = done;
    job->owner = owner;
    job->slot = slot;
    job->fd = fd;
    job->offset = offset;
    job->len = len;
    (void)uv_queue_work(loop, &job->work, read_blob, after_read); /* fails only without a function */
    return ST_OK;
}
