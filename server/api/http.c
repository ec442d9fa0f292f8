/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd (with GnuTLS) as our HTTP server.
 *
 * A request:  NEW --head--> BODY --end--> (slow routes: suspended, on a job thread) --> DONE --> answer queued
 *
 * Invariants: H1 an exchange belongs to the connection's thread, but for the time that the connection is suspended, when it belongs
 * to the job; H2 every exchange is freed in on_completed; H3 serving threads wait for nothing but the store.
 */
#include "api/http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/conns.h"
#include "api/dispatch.h"
#include "api/framing.h"
#include "api/jobs.h"
#include "api/route.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/number.h"

/* Certificate chains have a few KiB each. */
#define PEM_FILE_MAX 65536u

/* GnuTLS priority string: TLS 1.2 for old HTTP clients, nothing below. */
#define HTTP_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* A replaced server ends when its last connection does, at the latest after this time. */
#define OLD_SERVER_US (INT64_C(60) * 1000000)

struct http {
    struct service *service;
    struct jobs *jobs;
    struct conns *conns;
    int listen_fd;
    struct MHD_Daemon *daemon;
    struct MHD_Daemon *old; /* replaced by a reload, finishing */
    int64_t old_until_us;
};

enum stage { STAGE_NEW, STAGE_BODY, STAGE_RUNNING, STAGE_DONE };

struct exchange {
    struct job job; /* first: a job is its exchange */
    struct http *http;
    struct MHD_Connection *connection;
    struct conn *conn;
    enum stage stage;
    bool target_too_long;
    int64_t start_us;
    struct request request;
    struct reply reply;
};

/* ---- one request -------------------------------------------------------------------------------- */

/* The library's first word about a request: its target, untouched. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct exchange *x = calloc(1, sizeof(*x));
    if (x != NULL) {
        x->http = arg;
        x->connection = connection;
        x->start_us = clock_mono_us();
        x->target_too_long = strlen(target) > REQUEST_TARGET_MAX;
        (void)snprintf(x->request.target, sizeof(x->request.target), "%s", target);
    }
    return x;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *context;
    (void)arg, (void)connection, (void)code;
    *context = NULL;
    if (x != NULL) {
        conns_phase(x->http->conns, x->conn, CONN_WAITING, 0, clock_mono_us());
        request_clear(&x->request);
        reply_clear(&x->reply);
        free(x);
    }
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void header_add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL) {
        (void)MHD_add_response_header(response, name, value); /* without memory the answer goes without it */
    }
}

/* CORS headers as the original's specification lists them (rest-api.md section 1). */
static void headers_add(struct MHD_Response *response, const struct reply *r)
{
    char seconds[16];
    header_add(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->body.len ? r->content_type : NULL);
    header_add(response, "Access-Control-Allow-Origin", "*");
    header_add(response, "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    header_add(response, "Access-Control-Allow-Headers",
               "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
               "If-Unmodified-Since");
    header_add(response, "Access-Control-Allow-Credentials", "true");
    header_add(response, "Access-Control-Expose-Headers", "ETag");
    header_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    header_add(response, MHD_HTTP_HEADER_ALLOW, r->allow);
    header_add(response, MHD_HTTP_HEADER_CONNECTION, r->close ? "close" : NULL);
    if (r->authenticate) {
        header_add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                   "Basic realm=\"Outrigger API\", charset=\"UTF-8\"");
    }
    if (r->retry_after_s > 0) {
        (void)snprintf(seconds, sizeof(seconds), "%u", r->retry_after_s);
        header_add(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
}

static void exchange_note(struct exchange *x)
{
    struct service *s = x->http->service;
    char status[24], us[24], path[200];
    atomic_fetch_add(&s->requests[x->reply.status / 100 % STATUS_CLASSES], 1);
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(x->request.target, "?"), x->request.target);
    log_debug("http_request", "method", x->request.method_name, "path", path, "status",
              log_u64(status, x->reply.status), "us", log_i64(us, clock_mono_us() - x->start_us), "account",
              x->request.account_sid[0] ? x->request.account_sid : NULL);
}

/* JSON ends with a line's end, for people with curl. Memory that lacks for it leaves the body as it was. */
static void line_end(struct text *body)
{
    if (body->len > 0 && body->data[body->len - 1] == '}') {
        text_add(body, "\n", 1);
    }
}

static enum MHD_Result answer_queue(struct exchange *x)
{
    struct reply *r = &x->reply;
    line_end(&r->body);
    struct MHD_Response *response =
        r->body.len == 0 ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                         : MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        return MHD_NO;
    }
    exchange_note(x);
    headers_add(response, r);
    conns_phase(x->http->conns, x->conn, CONN_ANSWER, r->body.len, clock_mono_us());
    r->body = (struct text){ 0 }; /* the response has it now */
    enum MHD_Result queued = MHD_queue_response(x->connection, r->status, response);
    MHD_destroy_response(response);
    return queued;
}

static void store_away(struct exchange *x)
{
    reply_error(&x->request, &x->reply, 503, 20503, "The store cannot be opened; the server's log says why");
    x->reply.retry_after_s = 2;
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    framing_header(arg, name, value);
    return MHD_YES;
}

/* What is wrong with where the request ends, NULL if nothing is. */
static const char *exchange_fault(struct exchange *x, const char *version)
{
    struct framing framing = { 0 };
    (void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, on_header, &framing);
    return framing_fault(&framing, strcmp(version, MHD_HTTP_VERSION_1_1) != 0);
}

static const struct sockaddr *peer(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return address != NULL ? address->client_addr : NULL;
}

/* True when the body is wanted. */
static bool exchange_head(struct exchange *x, const char *method, const char *version)
{
    struct MHD_Connection *c = x->connection;
    struct worker *w = service_worker(x->http->service);
    const struct request_head head = { .method = method,
                                       .host = header(c, MHD_HTTP_HEADER_HOST),
                                       .authorization = header(c, MHD_HTTP_HEADER_AUTHORIZATION),
                                       .content_type = header(c, MHD_HTTP_HEADER_CONTENT_TYPE),
                                       .content_length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH),
                                       .forwarded_proto = header(c, "X-Forwarded-Proto"),
                                       .forwarded_host = header(c, "X-Forwarded-Host"),
                                       .fault = exchange_fault(x, version),
                                       .tls = x->http->service->conf.api_certificate[0] != '\0',
                                       .target_too_long = x->target_too_long };
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    x->conn = info != NULL ? info->socket_context : NULL;
    client_text(peer(c), x->request.client);
    conns_phase(x->http->conns, x->conn, CONN_BODY, 0, clock_mono_us());
    x->reply.close = head.fault != NULL; /* nobody knows where the next request would begin */
    if (w == NULL) {
        store_away(x);
        return false;
    }
    return dispatch_head(w, &x->request, &x->reply, &head);
}

static void exchange_answer(struct exchange *x)
{
    struct worker *w = service_worker(x->http->service);
    if (w == NULL) {
        store_away(x);
    } else {
        dispatch_answer(w, &x->request, &x->reply);
    }
    x->stage = STAGE_DONE;
}

static void exchange_run(struct job *job)
{
    struct exchange *x = (struct exchange *)job;
    exchange_answer(x);
    MHD_resume_connection(x->connection); /* x is the connection's thread's again */
}

/* The body is complete. */
static enum MHD_Result exchange_end(struct exchange *x)
{
    if (x->stage == STAGE_BODY) {
        conns_phase(x->http->conns, x->conn, CONN_BUSY, 0, clock_mono_us());
        if (x->reply.status == 0 && x->request.route->slow) {
            x->stage = STAGE_RUNNING;
            x->job.run = exchange_run;
            MHD_suspend_connection(x->connection);
            jobs_add(x->http->jobs, &x->job);
            return MHD_YES;
        }
        exchange_answer(x);
    }
    return x->stage == STAGE_DONE ? answer_queue(x) : MHD_YES;
}

/* An answer before the body was read ends the connection; for a short or no body it is better to read on and keep it. */
static bool body_is_short(struct MHD_Connection *connection)
{
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t bytes = 0;
    if (length == NULL) {
        return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) == NULL;
    }
    return model_number_parse(length, FORM_BODY_MAX_BYTES, &bytes) == ST_OK &&
           header(connection, MHD_HTTP_HEADER_EXPECT) == NULL;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *data_len,
                                  void **context)
{
    struct exchange *x = *context;
    (void)arg, (void)url;
    if (x == NULL) {
        return MHD_NO; /* no memory for it: the connection is closed */
    }
    if (x->stage == STAGE_NEW) {
        bool wanted = exchange_head(x, method, version);
        x->stage = wanted ? STAGE_BODY : STAGE_DONE;
        return wanted || (!x->reply.close && body_is_short(connection)) ? MHD_YES : answer_queue(x);
    }
    if (*data_len > 0) {
        dispatch_body(&x->request, &x->reply, data, *data_len);
        conns_progress(x->http->conns, x->conn, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return exchange_end(x);
}

/* ---- the server --------------------------------------------------------------------------------- */

/* Before a connection costs anything: one client shall not take those of all. */
static enum MHD_Result on_accept(void *arg, const struct sockaddr *address, socklen_t len)
{
    struct http *http = arg;
    struct client client = client_of(address);
    (void)len;
    return conns_admit(http->conns, &client, http->service->conf.api_connections) ? MHD_YES : MHD_NO;
}

static struct conn *connection_add(struct http *http, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client client = client_of(peer(connection));
    return fd != NULL ? conns_add(http->conns, fd->connect_fd, &client, clock_mono_us()) : NULL;
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *http = arg;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = connection_add(http, connection);
        atomic_fetch_add(&http->service->connections, 1);
    } else {
        conns_remove(http->conns, *context);
        *context = NULL;
        atomic_fetch_sub(&http->service->connections, 1);
    }
}

/* The library decodes nothing: form/ does, and knows what to refuse. */
static size_t on_unescape(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg, (void)connection;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *arg, const char *format, va_list args)
{
    char line[300];
    (void)arg;
    (void)vsnprintf(line, sizeof(line), format, args); /* cut when long */
    line[strcspn(line, "\n")] = '\0';
    log_debug("http_library", "words", line);
}

struct pem {
    char certificate[PEM_FILE_MAX], key[PEM_FILE_MAX];
};

static bool pem_file(const char *path, char out[PEM_FILE_MAX])
{
    size_t len = 0;
    int rc = file_read(path, out, PEM_FILE_MAX - 1, &len);
    out[rc == ST_OK ? len : 0] = '\0';
    if (rc != ST_OK) {
        log_error("certificate_unreadable", "path", path, "error", status_name(rc));
    }
    return rc == ST_OK;
}

static struct MHD_Daemon *daemon_new(struct http *http, const struct pem *pem)
{
    const struct conf *conf = &http->service->conf;
    struct MHD_OptionItem tls[] = { { pem ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0,
                                      pem ? (void *)(uintptr_t)pem->certificate : NULL },
                                    { MHD_OPTION_HTTPS_PRIORITIES, 0,
                                      (void *)(uintptr_t)HTTP_TLS_PRIORITIES },
                                    { MHD_OPTION_HTTPS_MEM_KEY, 0, pem ? (void *)(uintptr_t)pem->key : NULL },
                                    { MHD_OPTION_END, 0, NULL } };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
    /* clang-format off: one option per line */
    return MHD_start_daemon(
        flags | (pem ? MHD_USE_TLS : 0), 0, on_accept, http, on_request, http, MHD_OPTION_EXTERNAL_LOGGER,
        on_log, NULL, MHD_OPTION_LISTEN_SOCKET, http->listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
        conf->api_threads > 1 ? conf->api_threads : 0, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_POOL_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        http, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    /* clang-format on */
}

/* A server on the listening socket, with the certificate as it is on disk now. NULL after logging. */
static struct MHD_Daemon *daemon_start(struct http *http)
{
    const struct conf *conf = &http->service->conf;
    struct pem *pem = NULL;
    struct MHD_Daemon *daemon = NULL;
    bool tls = conf->api_certificate[0] != '\0';
    if (tls) {
        pem = calloc(1, sizeof(*pem));
    }
    if (!tls || (pem != NULL && pem_file(conf->api_certificate, pem->certificate) &&
                 pem_file(conf->api_private_key, pem->key))) {
        daemon = daemon_new(http, pem);
    }
    if (pem != NULL) {
        explicit_bzero(pem, sizeof(*pem));
        free(pem);
    }
    if (daemon == NULL) {
        log_error("http_start_failed", "tls", tls ? "yes" : "no", "certificate",
                  tls ? conf->api_certificate : NULL);
    }
    return daemon;
}

struct http *http_start(struct service *service, int listen_fd)
{
    struct http *http = calloc(1, sizeof(*http));
    if (http == NULL) {
        return NULL;
    }
    http->service = service;
    http->listen_fd = listen_fd;
    http->jobs = jobs_start();
    http->conns = conns_new();
    if (http->jobs != NULL && http->conns != NULL) {
        http->daemon = daemon_start(http);
    }
    if (http->daemon == NULL) {
        http_stop(http, 0);
        return NULL;
    }
    return http;
}

static void old_stop(struct http *http)
{
    if (http->old != NULL) {
        MHD_stop_daemon(http->old);
        http->old = NULL;
    }
}

void http_reload(struct http *http)
{
    struct MHD_Daemon *fresh;
    if (http->service->conf.api_certificate[0] == '\0' || (fresh = daemon_start(http)) == NULL) {
        return;
    }
    old_stop(http);                         /* of the reload before */
    (void)MHD_quiesce_daemon(http->daemon); /* the socket is ours, the new server uses it */
    http->old = http->daemon;
    http->old_until_us = clock_mono_us() + OLD_SERVER_US;
    http->daemon = fresh;
    log_info("certificate_reloaded", "path", http->service->conf.api_certificate);
}

void http_tick(struct http *http)
{
    int64_t now_us = clock_mono_us();
    char count[24];
    unsigned late = conns_sweep(http->conns, now_us);
    if (late > 0) {
        log_info("slow_connections_dropped", "count", log_u64(count, late));
    }
    unsigned refused = conns_refused(http->conns);
    if (refused > 0) {
        log_info("connections_refused", "count", log_u64(count, refused), "expected",
                 "no more than api.connections_per_address from one client");
    }
    if (http->old != NULL) {
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(http->old, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        if (info == NULL || info->num_connections == 0 || now_us > http->old_until_us) {
            old_stop(http);
        }
    }
}

/* What clients were promised is finished: answers that are being made or sent. */
static void finish_wait(struct http *http, int grace_ms)
{
    const struct timespec step = { .tv_nsec = 10 * 1000000 };
    int64_t until_us = clock_mono_us() + (int64_t)grace_ms * 1000;
    while (conns_active(http->conns) > 0 && clock_mono_us() < until_us) {
        (void)nanosleep(&step, NULL);
    }
}

void http_stop(struct http *http, int grace_ms)
{
    if (http == NULL) {
        return;
    }
    if (http->daemon != NULL) {
        (void)MHD_quiesce_daemon(http->daemon); /* gives the socket back, which is the caller's anyway */
        finish_wait(http, grace_ms);
    }
    jobs_stop(http->jobs); /* resumes every suspended connection, as stopping requires */
    old_stop(http);
    if (http->daemon != NULL) {
        MHD_stop_daemon(http->daemon);
    }
    conns_free(http->conns);
    free(http);
}
