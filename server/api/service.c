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
        pthread_mutex_init(&s->gateways_asked, NULL) != 0 ||
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
    (void)pthread_mutex_destroy(&s->gateways_asked);
    keeper_client_free(s->keeper);
    blob_close(s->blobs);
}

static int gateway_tell(const struct service *s, uint32_t index, uint16_t type, uint32_t tag, const char *sid)
{
    char number[24];
    int rc = s->gateways[index] < 0 ? ST_OK : bus_send(s->gateways[index], type, tag, sid, SID_CHARS);
    if (rc != ST_OK) {
        log_warn("gateway_not_told", "gateway", log_u64(number, index), "about", sid, "error",
                 status_name(rc));
    }
    return rc;
}

void service_tell_account(struct service *s, const char *account_sid)
{
    for (uint32_t i = 0; i < s->gateway_count; i++) {
        (void)gateway_tell(s, i, BUS_ACCOUNT_CHANGED, 0, account_sid); /* costs latency only, as below */
    }
}

void service_tell_gateways(struct service *s, const char *device_sid)
{
    for (uint32_t i = 0; i < s->gateway_count; i++) {
        (void)gateway_tell(s, i, BUS_DEVICE_CHANGED, 0,
                           device_sid); /* costs latency only: rows are read again */
    }
}

static int revoked_await(const struct service *s, uint32_t index, uint32_t tag, int64_t deadline_us,
                         const char *device_sid)
{
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message m;
    char number[24];
    int rc = s->gateways[index] < 0 ? ST_OK
                                    : bus_await(s->gateways[index], tag, deadline_us, buf, sizeof(buf), &m);
    if (rc != ST_OK) {
        log_warn("gateway_did_not_confirm", "gateway", log_u64(number, index), "device", device_sid, "error",
                 status_name(rc));
    }
    return rc;
}

/* All are told before the first is waited for: one that hangs does not keep the device alive at the others. */
int service_revoke(struct service *s, const char *device_sid)
{
    bool told[GATEWAYS_MAX];
    bool all = true;
    (void)pthread_mutex_lock(&s->gateways_asked);
    const int64_t deadline_us = clock_mono_us() + INT64_C(1000) * REVOKE_TIMEOUT_MS;
    const uint32_t tag = bus_tag();
    for (uint32_t i = 0; i < s->gateway_count; i++) {
        told[i] = gateway_tell(s, i, BUS_DEVICE_REVOKED, tag, device_sid) == ST_OK;
    }
    for (uint32_t i = 0; i < s->gateway_count; i++) {
        all = told[i] && revoked_await(s, i, tag, deadline_us, device_sid) == ST_OK && all;
    }
    (void)pthread_mutex_unlock(&s->gateways_asked);
    return all ? ST_OK : ST_TIMEOUT;
}
