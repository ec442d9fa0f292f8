/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_critical on one thread: the application's turns and the microvisor's steps alternate in main.c, so
 * critical sections hold by construction; what is left is to wake the loop. port_wake may come from a signal
 * handler or from the resolver's thread.
 */
#include "port/port_critical.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ports/host/host.h"

static int wake_fd = -1;

int host_wake_open(void)
{
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0) {
        fprintf(stderr, "wake failed=%s\n", strerror(errno));
        return -1;
    }
    return 0;
}

void port_critical_enter(void)
{
}

void port_critical_leave(void)
{
}

void port_wake(void)
{
    uint64_t one = 1;
    int saved = errno;

    if (wake_fd >= 0) {
        ssize_t ignored = write(wake_fd, &one, sizeof one); /* full means that a wake-up is already pending */

        (void)ignored;
    }
    errno = saved;
}

bool host_wake_take(void)
{
    uint64_t count;

    return wake_fd >= 0 && read(wake_fd, &count, sizeof count) == (ssize_t)sizeof count;
}

int host_wake_fds(struct pollfd *fds)
{
    fds[0] = (struct pollfd){ .fd = wake_fd, .events = POLLIN };
    return 1;
}
