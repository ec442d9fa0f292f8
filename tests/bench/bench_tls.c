/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load generator for the device gateway and for peers that speak mutual TLS 1.3: complete check-ins per
 * second, idle connections, and the barest server on sockets that both are compared with.
 *
 * Prints one JSON object on stdout; run.py calls it and does the arithmetic.
 */
#include "bench_identities.h"
#include "bench_openssl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pb_encode.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/limits.h"
#include "wire.pb.h"

struct options {
    const char *dir, *ca, *certificate, *key;
    uint16_t port;
    double seconds;
    unsigned count, threads;
    bool hello;
};

struct worker {
    pthread_t thread;
    const struct options *opt;
    struct bench_identity *identities;
    unsigned first, last;
    unsigned long done;
};

static atomic_bool stop;

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int tcp_connect(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct linger rst = { .l_onoff = 1, .l_linger = 0 }; /* no TIME_WAIT: thousands of connections per run */
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        bench_die("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof rst);
    return fd;
}

static void hello_exchange(SSL *ssl)
{
    unsigned char frame[FRAME_HEADER_BYTES + otr_DeviceMessage_size],
        answer[FRAME_HEADER_BYTES + CONTROL_MESSAGE_MAX_BYTES];
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;
    m.which_body = otr_DeviceMessage_hello_tag;
    strcpy(m.body.hello.microvisor_version, "bench");
    strcpy(m.body.hello.board, "bench");
    m.body.hello.boot_id = 1;
    m.body.hello.has_app = true;
    pb_ostream_t o = pb_ostream_from_buffer(frame + FRAME_HEADER_BYTES, sizeof frame - FRAME_HEADER_BYTES);
    if (!pb_encode(&o, otr_DeviceMessage_fields, &m))
        bench_die("cannot encode Hello");
    frame[0] = frame[1] = 0;
    frame[2] = (unsigned char)(o.bytes_written >> 8);
    frame[3] = (unsigned char)o.bytes_written;
    if (SSL_write(ssl, frame, (int)(FRAME_HEADER_BYTES + o.bytes_written)) <= 0)
        bench_die("cannot send Hello");
    if (SSL_read(ssl, answer, sizeof answer) <= 0)
        bench_die("no Welcome: the server closed the connection");
}

/* Without Hello: one request to an HTTP peer, so that the whole handshake is known to be finished there. */
static void http_exchange(SSL *ssl)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n";
    char answer[1024];
    if (SSL_write(ssl, request, sizeof request - 1) <= 0 || SSL_read(ssl, answer, sizeof answer) <= 0)
        bench_die("the peer did not answer");
}

static SSL *checkin(SSL_CTX *ctx, const struct options *opt, const struct bench_identity *id, int *fd)
{
    SSL *ssl = bench_client(ctx, id, opt->hello);
    *fd = tcp_connect(opt->port);
    if (!SSL_set_fd(ssl, *fd) || SSL_connect(ssl) != 1)
        bench_die("TLS handshake failed");
    if (opt->hello)
        hello_exchange(ssl);
    else
        http_exchange(ssl);
    return ssl;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    SSL_CTX *ctx = bench_client_context(w->opt->ca);
    for (unsigned i = w->first; !atomic_load(&stop); i = i + 1 < w->last ? i + 1 : w->first) {
        int fd;
        SSL *ssl = checkin(ctx, w->opt, &w->identities[i], &fd);
        SSL_free(ssl);
        close(fd);
        w->done++;
    }
    SSL_CTX_free(ctx);
    return NULL;
}

static void run_checkins(const struct options *opt)
{
    struct bench_identity *ids;
    unsigned n = bench_identities_load(opt->dir, &ids);
    struct worker w[16];
    unsigned long done = 0;
    if (opt->threads == 0 || opt->threads > 16 || n < opt->threads)
        bench_die("threads must be 1..16 and not more than identities");
    double start = now_s(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < opt->threads; i++) {
        w[i] = (struct worker){
            .opt = opt, .identities = ids, .first = n * i / opt->threads, .last = n * (i + 1) / opt->threads
        };
        if (pthread_create(&w[i].thread, NULL, worker_main, &w[i]))
            bench_die("cannot start a thread");
    }
    while (now_s(CLOCK_MONOTONIC) - start < opt->seconds)
        usleep(10000);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < opt->threads; i++) {
        pthread_join(w[i].thread, NULL);
        done += w[i].done;
    }
    printf("{\"done\": %lu, \"seconds\": %.6f}\n", done, now_s(CLOCK_MONOTONIC) - start);
}

static void run_hold(const struct options *opt)
{
    struct bench_identity *ids;
    unsigned n = bench_identities_load(opt->dir, &ids);
    SSL_CTX *ctx = bench_client_context(opt->ca);
    if (opt->count > n)
        bench_die("not enough identities");
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    for (unsigned i = 0; i < opt->count; i++) {
        int fd;
        (void)checkin(ctx, opt, &ids[i], &fd); /* held until the process ends */
    }
    printf("{\"held\": %u}\n", opt->count);
    fflush(stdout);
    (void)getchar(); /* run.py closes our standard input when it has measured */
}

struct listener {
    SSL_CTX *ctx;
    int fd;
};

/* The least that a TLS server can do: accept, handshake, one request, one answer, close. */
static void *serve_main(void *arg)
{
    struct listener *l = arg;
    char request[2048];
    int one = 1;
    for (;;) {
        int fd = accept(l->fd, NULL, NULL);
        SSL *ssl = SSL_new(l->ctx);
        if (fd < 0 || !ssl || !SSL_set_fd(ssl, fd))
            bench_die("cannot accept");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0)
            (void)SSL_write(ssl, request, 64);
        (void)SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
    return NULL;
}

/* Peer: a blocking server of that kind, a thread per connection under way. Prints its port; ends with standard input. */
static void run_serve(const struct options *opt)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    struct listener l = { bench_server_context(opt->dir, opt->certificate, opt->key),
                          socket(AF_INET, SOCK_STREAM, 0) };
    pthread_t thread;
    if (l.fd < 0 || bind(l.fd, (struct sockaddr *)&at, sizeof at) || listen(l.fd, 128) ||
        getsockname(l.fd, (struct sockaddr *)&at, &len))
        bench_die("cannot listen");
    for (unsigned i = 0; i < opt->threads; i++)
        if (pthread_create(&thread, NULL, serve_main, &l))
            bench_die("cannot start a thread");
    printf("%u\n", ntohs(at.sin_port));
    fflush(stdout);
    (void)getchar();
    exit(0); /* the threads hold nothing that must be saved */
}

static const char usage[] =
    "usage: bench_tls identities --dir DIR --count N\n"
    "       bench_tls checkins   --dir DIR --ca PEM --port P --seconds S --threads T [--http]\n"
    "       bench_tls hold       --dir DIR --ca PEM --port P --count N [--http]   (until standard input "
    "ends)\n"
    "       bench_tls serve      --dir DIR --ca PEM --certificate PEM --key PEM --threads T (until standard "
    "input ends)\n";

static void options_read(struct options *o, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        const char *name = argv[i];
        if (!strcmp(name, "--http")) {
            o->hello = false;
            continue;
        }
        if (++i == argc)
            bench_die(usage);
        if (!strcmp(name, "--dir"))
            o->dir = argv[i];
        else if (!strcmp(name, "--ca"))
            o->ca = argv[i];
        else if (!strcmp(name, "--certificate"))
            o->certificate = argv[i];
        else if (!strcmp(name, "--key"))
            o->key = argv[i];
        else if (!strcmp(name, "--port"))
            o->port = (uint16_t)atoi(argv[i]);
        else if (!strcmp(name, "--seconds"))
            o->seconds = atof(argv[i]);
        else if (!strcmp(name, "--count"))
            o->count = (unsigned)atoi(argv[i]);
        else if (!strcmp(name, "--threads"))
            o->threads = (unsigned)atoi(argv[i]);
        else
            bench_die(usage);
    }
}

int main(int argc, char **argv)
{
    struct options o = { .dir = ".", .seconds = 3, .threads = 2, .hello = true };
    if (argc < 2)
        bench_die(usage);
    options_read(&o, argc, argv);
    if (!strcmp(argv[1], "identities"))
        bench_identities_make(o.dir, o.count);
    else if (!strcmp(argv[1], "checkins"))
        run_checkins(&o);
    else if (!strcmp(argv[1], "hold"))
        run_hold(&o);
    else if (!strcmp(argv[1], "serve"))
        run_serve(&o);
    else
        bench_die(usage);
    return 0;
}
