/* SPDX-License-Identifier: Apache-2.0 */
/* The checks do what requests do: a disk that is full or read-only, a store that cannot be locked show only when one writes. */
#include "api/health_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "api/keeper_client.h"
#include "api/service.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/status.h"

/* A health check is answered sooner than its caller gives up. */
#define HEALTH_TIMEOUT_MS 1000

/* Removed with torn uploads when the process dies in between. */
#define PROBE_FILE UPLOAD_FOLDER "/" UPLOAD_FILE_PREFIX "health"

#define PROBE_BYTES 4096u /* a block: what fits into an inode proves nothing */

#define MIB (UINT64_C(1024) * 1024)

static int store_check(struct worker *w)
{
    int rc = store_ping(w->store);
    /* An empty batch changes nothing, but takes the lock that every write takes. */
    return rc == ST_OK ? store_presence_put(w->store, NULL, 0) : rc;
}

static int keeper_check(struct worker *w)
{
    unsigned char point[P256_POINT_BYTES];
    uint64_t signer_id;
    return keeper_client_signer(w->service->keeper, HEALTH_TIMEOUT_MS, &signer_id, point);
}

static int probe_write(int fd)
{
    static const unsigned char block[PROBE_BYTES];
    ssize_t n = write(fd, block, sizeof(block));
    return n == (ssize_t)sizeof(block) ? ST_OK : status_of_write(n < 0 ? errno : ENOSPC);
}

static int probe(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return status_of_write(errno);
    }
    int rc = probe_write(fd);
    if (close(fd) != 0 && rc == ST_OK) {
        rc = status_of_write(errno);
    }
    (void)unlink(path); /* one that stays is overwritten by the next check */
    return rc;
}

static int space_check(const struct conf *conf, char reason[HEALTH_REASON_MAX + 1])
{
    struct statvfs fs;
    if (statvfs(conf->data_dir, &fs) != 0) {
        (void)snprintf(reason, HEALTH_REASON_MAX + 1, "data_dir cannot be looked at: %s", strerror(errno));
        return ST_IO;
    }
    uint64_t free_mib = (uint64_t)fs.f_bavail * fs.f_frsize / MIB;
    if (free_mib >= conf->disk_reserve_mib) {
        return ST_OK;
    }
    (void)snprintf(reason, HEALTH_REASON_MAX + 1,
                   "data_dir has %llu MiB of free space, at least %u are wanted (server.disk_reserve_mib)",
                   (unsigned long long)free_mib, conf->disk_reserve_mib);
    return ST_NO_SPACE;
}

static int disk_check(const struct conf *conf, char reason[HEALTH_REASON_MAX + 1])
{
    char path[1024];
    int rc = space_check(conf, reason);
    if (rc != ST_OK) {
        return rc;
    }
    conf_path(conf, PROBE_FILE, path);
    rc = probe(path);
    if (rc != ST_OK) {
        (void)snprintf(
            reason, HEALTH_REASON_MAX + 1, "a file in data_dir/" UPLOAD_FOLDER " cannot be written: %s",
            rc == ST_NO_SPACE ? "the disk is full" : "it must be a folder that the server may write to");
    }
    return rc;
}

static struct health check_now(struct worker *w)
{
    struct health h = { .reason = "" };
    h.disk = disk_check(&w->service->conf, h.reason);
    h.store = store_check(w);
    h.keeper = keeper_check(w);
    if (h.reason[0] == '\0' && h.store != ST_OK) {
        (void)snprintf(h.reason, sizeof(h.reason),
                       "the store cannot be read and written (%s); the log says why", status_name(h.store));
    } else if (h.reason[0] == '\0' && h.keeper != ST_OK) {
        (void)snprintf(h.reason, sizeof(h.reason),
                       "the keeper does not answer (%s); it is started again by itself",
                       status_name(h.keeper));
    }
    return h;
}

struct health health_check(struct worker *w)
{
    struct health_memory *m = &w->service->health;
    (void)pthread_mutex_lock(&m->lock);
    if (m->checked_us == 0 || clock_mono_us() - m->checked_us >= HEALTH_FRESH_US) {
        m->last = check_now(w);
        m->checked_us = clock_mono_us();
    }
    struct health h = m->last;
    (void)pthread_mutex_unlock(&m->lock);
    return h;
}
