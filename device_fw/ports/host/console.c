/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_console: the serial port of the device as a unix socket, one client at a time, or as standard input
 * and output.
 *
 * Everything that is written also goes to standard output, so that a log of the device exists without a
 * client. A client that does not read loses output, as with a serial port that nobody listens to: the device
 * never waits for it.
 */
#include "port/port_console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ports/host/host.h"

static int listen_fd = -1;
static int client_fd = -1;
static int stdin_fd = -1;
static const char *socket_path;

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "console path=%s is longer than %zu characters\n", path, sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)unlink(path); /* left by a process that was killed; bind says what is wrong otherwise */
    if (listen_fd < 0 || bind(listen_fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listen_fd, 1) != 0) {
        fprintf(stderr, "console path=%s failed=%s\n", path, strerror(errno));
        return -1;
    }
    socket_path = path;
    return 0;
}

int host_console_open(const char *path)
{
    if (path != NULL) {
        return listen_at(path);
    }
    stdin_fd = STDIN_FILENO;
    return 0;
}

void host_console_close(void)
{
    if (socket_path != NULL) {
        (void)unlink(socket_path); /* may be gone already */
    }
}

static void client_drop(void)
{
    close(client_fd);
    client_fd = -1;
}

static void client_accept(void)
{
    if (client_fd < 0 && listen_fd >= 0) {
        client_fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
}

void port_console_write(const char *text, uint32_t len)
{
    size_t ignored = fwrite(text, 1, len, stdout); /* a closed standard output does not stop a device */

    (void)ignored;
    (void)fflush(stdout);
    client_accept();
    if (client_fd >= 0 && send(client_fd, text, len, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EINTR) {
        client_drop();
    }
}

static uint32_t client_read(char *buf, uint32_t len)
{
    ssize_t got = recv(client_fd, buf, len, 0);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        client_drop();
    }
    return got > 0 ? (uint32_t)got : 0;
}

/* Standard input may block (it is not ours to make non-blocking), so it is asked first. */
static uint32_t stdin_read(char *buf, uint32_t len)
{
    struct pollfd ready = { .fd = stdin_fd, .events = POLLIN };
    ssize_t got;

    if (poll(&ready, 1, 0) != 1) {
        return 0;
    }
    got = read(stdin_fd, buf, len);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        stdin_fd = -1;
    }
    return got > 0 ? (uint32_t)got : 0;
}

uint32_t port_console_read(char *buf, uint32_t len)
{
    client_accept();
    if (client_fd >= 0) {
        return client_read(buf, len);
    }
    return stdin_fd >= 0 ? stdin_read(buf, len) : 0;
}

int host_console_fds(struct pollfd *fds)
{
    int used = 0;
    int input = client_fd >= 0 ? client_fd : stdin_fd;

    if (client_fd < 0 && listen_fd >= 0) {
        fds[used++] = (struct pollfd){ .fd = listen_fd, .events = POLLIN };
    }
    if (input >= 0) {
        fds[used++] = (struct pollfd){ .fd = input, .events = POLLIN };
    }
    return used;
}
