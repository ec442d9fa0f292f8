/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peer of the REST benchmark: the barest libmicrohttpd responder. Same library, same number of threads, an
 * answer of the size that the API gives, no routing, no credentials, no store. Prints its port, serves until
 * standard input ends.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

static struct MHD_Response *answer;

static enum MHD_Result respond(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **state)
{
    (void)cls, (void)url, (void)method, (void)version, (void)data, (void)size;
    if (!*state) { /* headers only: the library wants the answer at the second call, as the API does it */
        *state = c;
        return MHD_YES;
    }
    return MHD_queue_response(c, MHD_HTTP_OK, answer);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 2;
    size_t bytes = argc > 2 ? (size_t)atoi(argv[2]) : 1000;
    char *body = malloc(bytes + 1);
    if (!body || threads == 0) {
        fprintf(stderr, "usage: bench_http_peer [THREADS [BYTES]]\n");
        return 2;
    }
    memset(body, 'x', bytes);
    answer = MHD_create_response_from_buffer(bytes, body, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(answer, "Content-Type", "application/json");
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, respond, NULL, MHD_OPTION_SOCK_ADDR,
                         &at, MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_END);
    if (!d) {
        fprintf(stderr, "bench_http_peer: cannot start\n");
        return 1;
    }
    printf("%u\n", (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    (void)getchar();
    MHD_stop_daemon(d);
    MHD_destroy_response(answer);
    return 0;
}
