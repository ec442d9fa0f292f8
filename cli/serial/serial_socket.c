/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines over sockets, as emulators and terminal servers offer them. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/status.h"
#include "serial/serial_impl.h"

static int make_nonblocking(int fd)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK); /* cannot fail for a socket of ours */
    return fd;
}

int serial_unix_open(const char *path, struct fail *fail)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        (void)fail_set(fail, CLI_IO, "the socket's path is longer than %zu characters: %s",
                       sizeof(address.sun_path) - 1, path);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return make_nonblocking(fd);
    (void)fail_set(fail, CLI_IO, "cannot connect to %s: %s", path, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* The first address that answers; -1 and errno otherwise. */
static int connect_first(const struct addrinfo *list)
{
    int error = ECONNREFUSED;

    for (; list; list = list->ai_next) {
        int fd = socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, list->ai_protocol);

        if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) == 0)
            return fd;
        error = errno;
        if (fd >= 0)
            (void)close(fd);
    }
    errno = error;
    return -1;
}

int serial_tcp_open(const char *host, const char *port, struct fail *fail)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list;
    int error = getaddrinfo(host, port, &hints, &list), fd;

    if (error) {
        (void)fail_set(fail, CLI_IO, "cannot find %s port %s: %s", host, port, gai_strerror(error));
        return -1;
    }
    fd = connect_first(list);
    freeaddrinfo(list);
    if (fd < 0)
        (void)fail_set(fail, CLI_IO, "cannot connect to %s port %s: %s", host, port, strerror(errno));
    return fd < 0 ? -1 : make_nonblocking(fd);
}
