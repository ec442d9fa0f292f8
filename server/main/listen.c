/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening listening sockets. SO_REUSEPORT would let a second server of the same user take half of the
 * connections without a word, so the address is first bound without it: that fails while anybody else listens
 * there.
 */
#include "main/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"

/* Handshakes that wait while a gateway is restarted; the kernel cuts it to net.core.somaxconn. */
#define LISTEN_BACKLOG 4096

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t address_of(const struct conf_listen *where, uint16_t port, union address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, where->host, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, where->host, &out->v6.sin6_addr) != 1)
        return 0;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return sizeof out->v6;
}

static int socket_open(const struct conf_listen *where, uint16_t port, bool share)
{
    const int on = 1;
    union address address;
    const socklen_t len = address_of(where, port, &address);
    const int fd =
        len == 0 ? -1 : socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
        bind(fd, &address.any, len) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
        return fd;
    {
        const int error = errno;

        (void)close(fd); /* was never used */
        errno = error;
    }
    return -1;
}

static uint16_t port_of(int fd)
{
    union address address;
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

static int failed(const char *name, const struct conf_listen *where)
{
    char port[24];

    log_error("listen_failed", "role", name, "address", where->host, "port", log_u64(port, where->port),
              "error", strerror(errno), "expected", "an address of this machine and a free port");
    return ST_IO;
}

/* The port that all sockets shall have: probed without sharing. 0 on failure. */
static uint16_t port_probe(const struct conf_listen *where)
{
    const int fd = socket_open(where, where->port, false);
    uint16_t port;

    if (fd < 0)
        return 0;
    port = port_of(fd);
    (void)close(fd); /* nothing came in yet that matters */
    return port;
}

int listen_open(const char *name, const struct conf_listen *where, unsigned count, int fds[], uint16_t *port)
{
    const bool share = count > 1;

    *port = share ? port_probe(where) : where->port;
    if (share && *port == 0)
        return failed(name, where);
    for (unsigned i = 0; i < count; i++) {
        fds[i] = socket_open(where, *port, share);
        if (fds[i] < 0)
            return failed(name, where); /* the process ends; the kernel closes the others */
    }
    *port = port_of(fds[0]);
    return ST_OK;
}
