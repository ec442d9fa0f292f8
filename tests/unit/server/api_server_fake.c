/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/server/api_server_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/http.h"
#include "base/status.h"
#include "bus/bus.h"
#include "conf/paths.h"
#include "crypto/base64.h"
#include "crypto/sha256.h"
#include "keeper/pki.h"
#include "keeper/requests.h"
#include "unit/server/folder_fake.h"

static struct {
    pthread_t thread;
    int near, far;
    atomic_bool answers;
    struct keeper_pki pki;
} keeper;

static void *keeper_serve(void *arg)
{
    static unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    static struct keeper_reply reply;
    struct bus_message m;
    (void)arg;
    for (;;) {
        struct pollfd wait = { .fd = keeper.far, .events = POLLIN };
        (void)poll(&wait, 1, -1);
        int rc = bus_recv(keeper.far, buf, sizeof(buf), &m);
        if (rc == ST_CLOSED || rc == ST_IO) {
            return NULL;
        }
        if (rc == ST_OK && atomic_load(&keeper.answers)) {
            (void)keeper_request_answer(&keeper.pki, KEEPER_PEER_API, &m, &reply);
            (void)bus_send(keeper.far, BUS_REPLY, m.tag, reply.body, reply.len);
        }
    }
}

static void keeper_start(const struct conf *conf)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    keeper.near = ends[0];
    keeper.far = ends[1];
    atomic_store(&keeper.answers, true);
    assert_int_equal(keeper_pki_open(conf, &keeper.pki), ST_OK);
    assert_int_equal(pthread_create(&keeper.thread, NULL, keeper_serve, NULL), 0);
}

static void keeper_stop(void)
{
    close(keeper.near);
    assert_int_equal(pthread_join(keeper.thread, NULL), 0);
    close(keeper.far);
    keeper_pki_close(&keeper.pki);
}

void api_server_keeper(bool answers)
{
    atomic_store(&keeper.answers, answers);
}

#define GATEWAY_MESSAGES 16u

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    int near, far;
    bool confirms;
    unsigned count;
    struct {
        unsigned type;
        char body[64];
    } messages[GATEWAY_MESSAGES];
} gateway;

/* Takes what is there, with the lock held. False when the other end is closed. */
static bool gateway_take(void)
{
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message m;
    int rc;
    while ((rc = bus_recv(gateway.far, buf, sizeof(buf), &m)) == ST_OK) {
        assert_true(gateway.count < GATEWAY_MESSAGES);
        gateway.messages[gateway.count].type = m.type;
        (void)snprintf(gateway.messages[gateway.count].body, sizeof(gateway.messages[0].body), "%.*s",
                       (int)m.len, (const char *)m.body);
        gateway.count++;
        if (m.type == BUS_DEVICE_REVOKED && gateway.confirms) {
            (void)bus_send(gateway.far, BUS_REPLY, m.tag, NULL, 0);
        }
    }
    return rc == ST_TIMEOUT;
}

static void *gateway_serve(void *arg)
{
    bool open = true;
    (void)arg;
    while (open) {
        struct pollfd wait = { .fd = gateway.far, .events = POLLIN };
        (void)poll(&wait, 1, -1);
        (void)pthread_mutex_lock(&gateway.lock);
        open = gateway_take();
        (void)pthread_mutex_unlock(&gateway.lock);
    }
    return NULL;
}

static void gateway_start(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    memset(&gateway, 0, sizeof(gateway));
    gateway.near = ends[0];
    gateway.far = ends[1];
    gateway.confirms = true;
    assert_int_equal(pthread_mutex_init(&gateway.lock, NULL), 0);
    assert_int_equal(pthread_create(&gateway.thread, NULL, gateway_serve, NULL), 0);
}

static void gateway_stop(void)
{
    close(gateway.near);
    assert_int_equal(pthread_join(gateway.thread, NULL), 0);
    close(gateway.far);
    (void)pthread_mutex_destroy(&gateway.lock);
}

void api_server_gateway(bool confirms)
{
    (void)pthread_mutex_lock(&gateway.lock);
    gateway.confirms = confirms;
    (void)pthread_mutex_unlock(&gateway.lock);
}

unsigned api_server_gateway_message(struct api_server *s, char body[64])
{
    unsigned type = 0;
    (void)s;
    (void)pthread_mutex_lock(&gateway.lock);
    (void)gateway_take();
    if (gateway.count > 0) {
        type = gateway.messages[0].type;
        memcpy(body, gateway.messages[0].body, sizeof(gateway.messages[0].body));
        gateway.count--;
        memmove(gateway.messages, gateway.messages + 1, gateway.count * sizeof(gateway.messages[0]));
    }
    (void)pthread_mutex_unlock(&gateway.lock);
    return type;
}

static void listen_open(struct api_server *s)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(s->listen_fd >= 0);
    assert_int_equal(bind(s->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(s->listen_fd, 64), 0);
    assert_int_equal(getsockname(s->listen_fd, (struct sockaddr *)&address, &len), 0);
    s->port = ntohs(address.sin_port);
}

void api_server_start(struct api_server *s)
{
    unsigned char hash[32];
    char err[256];
    memset(s, 0, sizeof(*s));
    conf_defaults(&s->conf);
    (void)snprintf(s->conf.data_dir, sizeof(s->conf.data_dir), "%s", folder_make());
    s->conf.gateway.port = 8883;
    assert_int_equal(mkdir(folder_path("pki"), 0700), 0);
    keeper_start(&s->conf);
    gateway_start();
    listen_open(s);
    assert_int_equal(service_open(&s->service, &s->conf, keeper.near, &gateway.near, 1), ST_OK);
    s->http = http_start(&s->service, s->listen_fd);
    assert_non_null(s->http);
    assert_int_equal(store_open(folder_path(PATH_STORE), STORE_BATCHED, false, &s->store, err, sizeof(err)),
                     ST_OK);
    crypto_sha256(API_SECRET, strlen(API_SECRET), hash);
    assert_int_equal(store_account_create(s->store, API_ACCOUNT, hash), ST_OK);
}

void api_server_stop(struct api_server *s)
{
    http_stop(s->http, 2000);
    service_close(&s->service);
    keeper_stop();
    gateway_stop();
    close(s->listen_fd);
    store_close(s->store);
    folder_remove();
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* the server may answer and close before it has read all */
        }
        data += n;
        len -= (size_t)n;
    }
}

void api_raw(struct api_server *s, const void *request, size_t len, struct api_answer *out)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)s->port) };
    struct timeval limit = { .tv_sec = s->hasty ? 0 : 20, .tv_usec = 300000 };
    size_t got = 0;
    ssize_t n;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    send_all(fd, request, len);
    if (s->hasty) {
        (void)shutdown(fd, SHUT_WR);
    }
    while (got + 1 < sizeof(out->text) &&
           (n = recv(fd, out->text + got, sizeof(out->text) - 1 - got, 0)) > 0) {
        got += (size_t)n;
    }
    out->text[got] = '\0';
    close(fd);
    out->status = got > 12 ? atoi(out->text + 9) : 0;
    const char *gap = strstr(out->text, "\r\n\r\n");
    out->body = gap ? gap + 4 : "";
}

void api_call(struct api_server *s, const char *method, const char *path, const char *type, const void *body,
              size_t len, struct api_answer *out)
{
    char pair[256], basic[CRYPTO_BASE64_CHARS(sizeof(pair)) + 1];
    char *request = malloc(len + 4096);
    int pair_len = snprintf(pair, sizeof(pair), "%s:%s", s->user ? s->user : API_ACCOUNT,
                            s->secret ? s->secret : API_SECRET);
    crypto_base64_encode(pair, (size_t)pair_len, basic);
    int n =
        snprintf(request, 4096,
                 "%s %s HTTP/1.1\r\nHost: api.test:8080\r\nAuthorization: Basic %s\r\nConnection: close\r\n",
                 method, path, basic);
    if (body != NULL) {
        n += snprintf(request + n, 4096 - (size_t)n, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                      type ? type : "application/x-www-form-urlencoded", len);
    }
    n += snprintf(request + n, 4096 - (size_t)n, "\r\n");
    if (body != NULL) {
        memcpy(request + n, body, len);
    }
    api_raw(s, request, (size_t)n + (body ? len : 0), out);
    free(request);
}

void api_expect(struct api_server *s, int status, const char *method, const char *path, const char *form,
                struct api_answer *out)
{
    api_call(s, method, path, NULL, form, form ? strlen(form) : 0, out);
    if (out->status != status) {
        fail_msg("%s %s answered %d instead of %d: %s", method, path, out->status, status, out->body);
    }
}

void api_upload(struct api_server *s, const char *zip_path, const char *unique_name, struct api_answer *out)
{
    api_upload_to(s, "/v1/Apps", zip_path, unique_name, out);
}

void api_upload_to(struct api_server *s, const char *path, const char *zip_path, const char *unique_name,
                   struct api_answer *out)
{
    FILE *f = fopen(zip_path, "rb");
    assert_non_null(f);
    size_t cap = 1 << 21, n = 0;
    char *body = malloc(cap);
    if (unique_name != NULL) {
        n += (size_t)snprintf(body, cap,
                              "--XYZ\r\nContent-Disposition: form-data; name=\"UniqueName\"\r\n\r\n%s\r\n",
                              unique_name);
    }
    n += (size_t)snprintf(body + n, cap - n,
                          "--XYZ\r\nContent-Disposition: form-data; name=\"File\"; filename=\"b.zip\"\r\n"
                          "Content-Type: application/zip\r\n\r\n");
    n += fread(body + n, 1, cap - n - 64, f);
    fclose(f);
    n += (size_t)snprintf(body + n, 64, "\r\n--XYZ--\r\n");
    api_call(s, "POST", path, "multipart/form-data; boundary=XYZ", body, n, out);
    free(body);
}

const char *api_value(const struct api_answer *a, const char *name)
{
    static char values[4][512];
    static unsigned next;
    char *value = values[next++ % 4], key[80];
    (void)snprintf(key, sizeof(key), "\"%s\":\"", name);
    const char *at = strstr(a->body, key);
    value[0] = '\0';
    if (at != NULL) {
        at += strlen(key);
        (void)snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(at, "\""), at);
    }
    return value;
}
