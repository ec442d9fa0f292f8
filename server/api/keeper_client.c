/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the keeper over the bus, and their replies held to their lengths. */
#include "api/keeper_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"
#include "bus/bus.h"

struct keeper_client {
    int fd;
    pthread_mutex_t busy; /* one request at a time on the socket */
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
};

struct keeper_client *keeper_client_new(int bus_fd)
{
    struct keeper_client *k = calloc(1, sizeof(*k));
    if (k != NULL) {
        k->fd = bus_fd;
        if (pthread_mutex_init(&k->busy, NULL) != 0) {
            free(k);
            return NULL;
        }
    }
    return k;
}

void keeper_client_free(struct keeper_client *k)
{
    if (k != NULL) {
        (void)pthread_mutex_destroy(&k->busy);
        free(k);
    }
}

/* Body of a good reply, after its status; borrowed until the lock is released. */
static int reply_open(const struct bus_message *m, const unsigned char **body, size_t *len)
{
    int32_t status;
    if (m->len < sizeof(status)) {
        return ST_INVALID;
    }
    memcpy(&status, m->body, sizeof(status));
    *body = m->body + sizeof(status);
    *len = m->len - sizeof(status);
    return status > 0 ? ST_INVALID : status;
}

/* With the lock held. */
static int keeper_ask(struct keeper_client *k, uint16_t type, const void *request, size_t request_len,
                      int timeout_ms, const unsigned char **body, size_t *len)
{
    struct bus_message m;
    *body = NULL;
    *len = 0;
    if (k->fd < 0) {
        return ST_CLOSED;
    }
    int rc = bus_call(k->fd, type, request, request_len, timeout_ms, k->buf, sizeof(k->buf), &m);
    return rc == ST_OK ? reply_open(&m, body, len) : rc;
}

int keeper_client_sign(struct keeper_client *k, uint16_t what, const void *request, size_t request_len,
                       uint64_t *signer_id, unsigned char signature[P256_SIG_BYTES])
{
    const unsigned char *body;
    size_t len;
    (void)pthread_mutex_lock(&k->busy);
    int rc = keeper_ask(k, what, request, request_len, KEEPER_TIMEOUT_MS, &body, &len);
    if (rc == ST_OK && len != sizeof(*signer_id) + P256_SIG_BYTES) {
        rc = ST_INVALID;
    }
    if (rc == ST_OK) {
        memcpy(signer_id, body, sizeof(*signer_id));
        memcpy(signature, body + sizeof(*signer_id), P256_SIG_BYTES);
    }
    (void)pthread_mutex_unlock(&k->busy);
    return rc;
}

static int certificate_take(const unsigned char *body, size_t len, struct keeper_certificate *out)
{
    if (len <= SID_CHARS || len - SID_CHARS > sizeof(out->der)) {
        return ST_INVALID;
    }
    memcpy(out->device_sid, body, SID_CHARS);
    out->device_sid[SID_CHARS] = '\0';
    out->der_len = len - SID_CHARS;
    memcpy(out->der, body + SID_CHARS, out->der_len);
    return sid_is(out->device_sid, "UV") ? ST_OK : ST_INVALID;
}

int keeper_client_certify(struct keeper_client *k, const void *csr, size_t csr_len,
                          struct keeper_certificate *out, char words[KEEPER_WORDS_MAX])
{
    const unsigned char *body;
    size_t len;
    words[0] = '\0';
    (void)pthread_mutex_lock(&k->busy);
    int rc = keeper_ask(k, BUS_ISSUE_DEVICE_CERT, csr, csr_len, KEEPER_TIMEOUT_MS, &body, &len);
    if (rc == ST_OK) {
        rc = certificate_take(body, len, out);
    } else if (body != NULL) {
        size_t n = len < KEEPER_WORDS_MAX ? len : KEEPER_WORDS_MAX - 1;
        memcpy(words, body, n);
        words[n] = '\0';
    }
    (void)pthread_mutex_unlock(&k->busy);
    return rc;
}

int keeper_client_signer(struct keeper_client *k, int timeout_ms, uint64_t *signer_id,
                         unsigned char point[P256_POINT_BYTES])
{
    const unsigned char *body;
    size_t len;
    (void)pthread_mutex_lock(&k->busy);
    int rc = keeper_ask(k, BUS_APP_SIGNER, NULL, 0, timeout_ms, &body, &len);
    if (rc == ST_OK && len != sizeof(*signer_id) + P256_POINT_BYTES) {
        rc = ST_INVALID;
    }
    if (rc == ST_OK) {
        memcpy(signer_id, body, sizeof(*signer_id));
        memcpy(point, body + sizeof(*signer_id), P256_POINT_BYTES);
    }
    (void)pthread_mutex_unlock(&k->busy);
    return rc;
}

int keeper_client_server_ca(struct keeper_client *k, uint16_t step, struct keeper_server_ca_answer *out)
{
    const unsigned char *body;
    size_t len;
    (void)pthread_mutex_lock(&k->busy);
    int rc = keeper_ask(k, step, NULL, 0, KEEPER_TIMEOUT_MS, &body, &len);
    if (rc == ST_OK && step == BUS_SERVER_CA_ADD) {
        if (len <= P256_SIG_BYTES || len - P256_SIG_BYTES > sizeof(out->der)) {
            rc = ST_IO; /* ST_INVALID means something else here */
        } else {
            memcpy(out->signature, body, P256_SIG_BYTES);
            out->der_len = len - P256_SIG_BYTES;
            memcpy(out->der, body + P256_SIG_BYTES, out->der_len);
        }
    }
    (void)pthread_mutex_unlock(&k->busy);
    return rc;
}
