/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load generator for HTTP GET over kept-alive connections on loopback: each thread sends a request, reads the
 * whole answer, and repeats for the given time. Prints one JSON object with the count of answers with status
 * 200; any other status ends the run.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16, ANSWER_MAX = 1 << 20 };

static struct sockaddr_in server = { .sin_family = AF_INET };
static char request[4096];
static size_t request_bytes;
static atomic_bool stop;

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "bench_http: %s\n", what);
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Bytes of the whole answer once its headers are complete in buf, else 0. */
static size_t answer_size(const char *buf)
{
    const char *end = strstr(buf, "\r\n\r\n"), *length = strcasestr(buf, "\r\nContent-Length:");
    if (!end)
        return 0;
    if (strncmp(buf, "HTTP/1.1 200", 12) != 0)
        die("the server did not answer 200");
    if (!length || length > end)
        die("the answer has no Content-Length");
    return (size_t)(end + 4 - buf) + strtoul(length + 17, NULL, 10);
}

static void exchange(int fd, char *buf)
{
    size_t have = 0, want = 0;
    if (send(fd, request, request_bytes, MSG_NOSIGNAL) != (ssize_t)request_bytes)
        die("cannot send");
    while (want == 0 || have < want) {
        ssize_t n = recv(fd, buf + have, ANSWER_MAX - 1 - have, 0);
        if (n <= 0)
            die("the server closed the connection");
        have += (size_t)n;
        buf[have] = '\0';
        if (want == 0)
            want = answer_size(buf);
    }
}

static void *worker_main(void *arg)
{
    unsigned long *done = arg;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    char *buf = malloc(ANSWER_MAX);
    if (!buf || fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server))
        die("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (; !atomic_load(&stop); (*done)++)
        exchange(fd, buf);
    close(fd);
    free(buf);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread[THREADS_MAX];
    unsigned long done[THREADS_MAX * 8] = { 0 }, sum = 0; /* a cache line for each counter */
    if (argc != 6)
        die("usage: bench_http PORT PATH AUTHORIZATION SECONDS THREADS");
    unsigned n = (unsigned)atoi(argv[5]);
    if (n == 0 || n > THREADS_MAX)
        die("THREADS must be 1..16");
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    request_bytes =
        (size_t)snprintf(request, sizeof request,
                         "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: %s\r\n\r\n", argv[2], argv[3]);
    if (request_bytes >= sizeof request)
        die("PATH or AUTHORIZATION is too long");
    double start = now_s();
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&thread[i], NULL, worker_main, &done[(size_t)i * 8]))
            die("cannot start a thread");
    while (now_s() - start < atof(argv[4]))
        usleep(5000);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < n; i++) {
        pthread_join(thread[i], NULL);
        sum += done[(size_t)i * 8];
    }
    printf("{\"done\": %lu, \"seconds\": %.6f}\n", sum, now_s() - start);
    return 0;
}
