/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_tcp on non-blocking sockets: one connection, addresses tried one after the other.
 *
 *   CLOSED --open--> RESOLVING --address--> CONNECTING --writable--> CONNECTED
 *                        |                   |      ^
 *                        | no name           +------+ refused: next address
 *                        +----> FAILED <-----+ no more addresses
 */
#include "port/port_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/port_status.h"
#include "ports/host/host.h"
#include "ports/host/resolver.h"

enum tcp_state { TCP_CLOSED, TCP_RESOLVING, TCP_CONNECTING, TCP_CONNECTED, TCP_FAILED };

static struct {
    enum tcp_state state;
    int fd;
    struct resolver_job *job;
    const struct addrinfo *next; /* address to try after the present one */
    bool write_blocked;          /* the last write found the socket full */
} tcp = { .fd = -1 };

int port_tcp_open(const char *host, uint16_t port)
{
    if (tcp.state != TCP_CLOSED) {
        return PORT_EINVAL;
    }
    tcp.job = host_boot_is_mute() ? NULL : resolver_start(host, port);
    if (tcp.job == NULL) {
        return PORT_EIO;
    }
    tcp.state = TCP_RESOLVING;
    tcp.write_blocked = false;
    return PORT_OK;
}

static void drop_socket(void)
{
    if (tcp.fd >= 0) {
        close(tcp.fd);
        tcp.fd = -1;
    }
}

/* A socket with a connection under way to the address, or -1. */
static int connect_start(const struct addrinfo *address)
{
    int one = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* slower without, still right */
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static int try_next_address(void)
{
    drop_socket();
    while (tcp.next != NULL && tcp.fd < 0) {
        tcp.fd = connect_start(tcp.next);
        tcp.next = tcp.next->ai_next;
    }
    tcp.state = tcp.fd >= 0 ? TCP_CONNECTING : TCP_FAILED;
    return tcp.fd >= 0 ? PORT_AGAIN : PORT_EIO;
}

static int resolve_step(void)
{
    int ret = resolver_result(tcp.job, &tcp.next);

    if (ret == PORT_AGAIN) {
        return PORT_AGAIN;
    }
    if (ret != PORT_OK) {
        tcp.state = TCP_FAILED;
        return PORT_EIO;
    }
    return try_next_address();
}

static int connect_step(void)
{
    struct pollfd ready = { .fd = tcp.fd, .events = POLLOUT };
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&ready, 1, 0) != 1) {
        return PORT_AGAIN;
    }
    if (getsockopt(tcp.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        return try_next_address();
    }
    tcp.state = TCP_CONNECTED;
    return PORT_OK;
}

int port_tcp_poll(void)
{
    switch (tcp.state) {
    case TCP_RESOLVING:
        return resolve_step();
    case TCP_CONNECTING:
        return connect_step();
    case TCP_CONNECTED:
        return PORT_OK;
    case TCP_CLOSED:
    case TCP_FAILED:
        break;
    }
    return PORT_EIO;
}

int port_tcp_read(void *buf, uint32_t len)
{
    ssize_t got;

    if (tcp.state != TCP_CONNECTED) {
        return PORT_EIO;
    }
    do {
        got = recv(tcp.fd, buf, len, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return errno == EAGAIN ? PORT_AGAIN : PORT_EIO;
    }
    return got == 0 ? PORT_CLOSED : (int)got;
}

int port_tcp_write(const void *buf, uint32_t len)
{
    ssize_t sent;

    if (tcp.state != TCP_CONNECTED) {
        return PORT_EIO;
    }
    do {
        sent = send(tcp.fd, buf, len, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    tcp.write_blocked = sent < 0 && errno == EAGAIN;
    if (sent < 0) {
        return tcp.write_blocked ? PORT_AGAIN : PORT_EIO;
    }
    return (int)sent;
}

void port_tcp_close(void)
{
    drop_socket();
    resolver_drop(tcp.job);
    tcp.job = NULL;
    tcp.next = NULL;
    tcp.state = TCP_CLOSED;
}

int host_tcp_fds(struct pollfd *fds)
{
    if (tcp.fd < 0) {
        return 0;
    }
    fds[0] = (struct pollfd){ .fd = tcp.fd, .events = POLLIN };
    if (tcp.state == TCP_CONNECTING || tcp.write_blocked) {
        fds[0].events |= POLLOUT;
    }
    return 1;
}
