/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between roles. The kernel keeps the bounds of each packet, so a peer that sends rubbish cannot put
 * us out of step.
 *
 * Must not wait in bus_send and bus_recv: event loops call them. Only bus_call waits.
 */
#include "bus/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"

#define BUS_HEADER_BYTES 8u

static int status_of_errno(int error)
{
    switch (error) {
    case EAGAIN: /* on Linux the same as EWOULDBLOCK */
    case ENOBUFS:
        return ST_TIMEOUT;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
        return ST_CLOSED;
    case EMSGSIZE:
        return ST_TOO_LARGE;
    default:
        return ST_IO;
    }
}

int bus_send(int fd, uint16_t type, uint32_t tag, const void *body, size_t len)
{
    unsigned char packet[BUS_HEADER_BYTES + BUS_MESSAGE_MAX_BYTES] = { 0 };
    ssize_t sent;

    if (len > BUS_MESSAGE_MAX_BYTES)
        return ST_TOO_LARGE;
    memcpy(packet, &type, sizeof type);
    memcpy(packet + 4, &tag, sizeof tag);
    if (len > 0)
        memcpy(packet + BUS_HEADER_BYTES, body, len);
    do
        sent = send(fd, packet, BUS_HEADER_BYTES + len, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? status_of_errno(errno) : ST_OK;
}

static bool is_hung_up(int fd)
{
    struct pollfd look = { .fd = fd, .events = POLLIN };

    return poll(&look, 1, 0) == 1 && (look.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int bus_recv(int fd, void *buf, size_t cap, struct bus_message *out)
{
    unsigned char *packet = buf;
    uint16_t zero;
    ssize_t got;

    do
        got = recv(fd, packet, cap, MSG_DONTWAIT | MSG_TRUNC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return status_of_errno(errno);
    if (got == 0)
        return is_hung_up(fd) ? ST_CLOSED : ST_INVALID; /* an empty packet reads like an end */
    if ((size_t)got < BUS_HEADER_BYTES || (size_t)got > cap)
        return ST_INVALID;
    memcpy(&out->type, packet, sizeof out->type);
    memcpy(&zero, packet + 2, sizeof zero);
    memcpy(&out->tag, packet + 4, sizeof out->tag);
    out->body = packet + BUS_HEADER_BYTES;
    out->len = (uint32_t)((size_t)got - BUS_HEADER_BYTES);
    return zero == 0 ? ST_OK : ST_INVALID;
}

/* Waits until something can be read or the deadline has passed. */
static int wait_readable(int fd, int64_t deadline_us)
{
    for (;;) {
        const int64_t left_us = deadline_us - clock_mono_us();
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int n;

        if (left_us <= 0)
            return ST_TIMEOUT;
        n = poll(&wait, 1, (int)((left_us + 999) / 1000));
        if (n > 0)
            return ST_OK;
        if (n < 0 && errno != EINTR)
            return ST_IO;
    }
}

uint32_t bus_tag(void)
{
    /* Microseconds never repeat between two calls on one fd, not even by a role that was restarted meanwhile.
     */
    return (uint32_t)clock_mono_us();
}

int bus_await(int fd, uint32_t tag, int64_t deadline_us, void *buf, size_t cap, struct bus_message *out)
{
    int st;

    do {
        st = wait_readable(fd, deadline_us);
        if (st != ST_OK)
            break;
        st = bus_recv(fd, buf, cap, out);
        if (st == ST_OK && out->type == BUS_REPLY && out->tag == tag)
            return ST_OK;
        if (st == ST_TIMEOUT || st == ST_INVALID)
            st = ST_OK; /* nothing for us yet */
    } while (st == ST_OK);
    return st;
}

int bus_call(int fd, uint16_t type, const void *body, size_t len, int timeout_ms, void *buf, size_t cap,
             struct bus_message *out)
{
    const int64_t deadline_us = clock_mono_us() + (int64_t)timeout_ms * 1000;
    const uint32_t tag = bus_tag();
    const int st = bus_send(fd, type, tag, body, len);

    return st == ST_OK ? bus_await(fd, tag, deadline_us, buf, cap, out) : st;
}
