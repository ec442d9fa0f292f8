/* SPDX-License-Identifier: Apache-2.0 */
/* The shared state of the role and its threads' own. */
#include "api/service.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/keeper_client.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bus/bus.h"
#include "conf/paths.h"

static void worker_free(void *arg)
{
    struct worker *w = arg;
    store_close(w->store);
    free(w);
}

struct worker *service_worker(struct service *s)
{
    struct worker *w = pthread_getspecific(s->worker_key);
    char path[1024], err[256] = "";
    if (w != NULL) {
        return w;
    }
    w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    w->service = s;
    conf_path(&s->conf, PATH_STORE, path);
    if (store_open(path, STORE_FULL, false, &w->store, err, sizeof(err)) != ST_OK ||
        pthread_setspecific(s->worker_key, w) != 0) {
        log_error("store_open_failed", "path", path, "error", err);
        worker_free(w);
        return NULL;
    }
    return w;
}

/* Files of uploads that a killed process left. */
static void uploads_remove(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, UPLOAD_FILE_PREFIX, strlen(UPLOAD_FILE_PREFIX)) == 0 &&
            unlinkat(dirfd(dir), entry->d_name, 0) == 0) {
            log_info("torn_upload_removed", "name", entry->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static int folders_open(struct service *s)
{
    char path[1024];
    conf_path(&s->conf, UPLOAD_FOLDER, path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        log_error("folder_failed", "path", path, "error", strerror(errno));
        return ST_IO;
    }
    uploads_remove(path);
    conf_path(&s->conf, PATH_BLOBS, path);
    return blob_open(path, &s->blobs);
}

/* The schema is made or checked once, so that no worker meets an old one. */
static int store_prepare(struct service *s)
{
    struct store *store = NULL;
    char path[1024], err[256] = "";
    conf_path(&s->conf, PATH_STORE, path);
    int rc = store_open(path, STORE_FULL, true, &store, err, sizeof(err));
    if (rc != ST_OK) {
        log_error("store_open_failed", "path", path, "error", err);
    }
    store_close(store);
    return rc;
}

int service_open(struct service *s, const struct conf *conf, int keeper_fd, const int *gateways,
                 uint32_t gateway_count)
{
    memset(s, 0, sizeof(*s));
    s->conf = *conf;
    s->gateway_count = gateway_count;
    memcpy(s->gateways, gateways, gateway_count * sizeof(gateways[0]));
    s->started_us = clock_mono_us();
    if (pthread_rwlock_init(&s->blobs_in_use, NULL) != 0 || pthread_mutex_init(&s->health.lock, NULL) != 0 ||
        pthread_key_create(&s->worker_key, worker_free) != 0) {
        return ST_NO_MEMORY;
    }
    s->keeper = keeper_client_new(keeper_fd);
    int rc = s->keeper == NULL ? ST_NO_MEMORY : store_prepare(s);
    return rc == ST_OK ? folders_open(s) : rc;
}

void service_close(struct service *s)
{
    struct worker *own = pthread_getspecific(s->worker_key);
    if (own != NULL) {
        worker_free(own); /* of the calling thread; the others' went with their threads */
        (void)pthread_setspecific(s->worker_key, NULL);
    }
    (void)pthread_key_delete(s->worker_key);
    (void)pthread_rwlock_destroy(&s->blobs_in_use);
    (void)pthread_mutex_destroy(&s->health.lock);
    keeper_client_free(s->keeper);
    blob_close(s->blobs);
}

void service_tell_gateways(struct service *s, const char *device_sid, bool revoked)
{
    uint16_t type = revoked ? BUS_DEVICE_REVOKED : BUS_DEVICE_CHANGED;
    char number[24];
    for (uint32_t i = 0; i < s->gateway_count; i++) {
        int rc = s->gateways[i] < 0 ? ST_OK : bus_send(s->gateways[i], type, 0, device_sid, SID_CHARS);
        if (rc != ST_OK) { /* costs latency only: the gateway reads the row at the next check-in */
            log_warn("gateway_not_told", "gateway", log_u64(number, i), "device", device_sid, "error",
                     status_name(rc));
        }
    }
}
