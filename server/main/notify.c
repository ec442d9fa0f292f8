/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram per state; losing it must never stop the server. */
#include "main/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

static struct sockaddr_un notify_address;
static socklen_t notify_address_len; /* 0: no service manager */

void notify_init(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    const size_t len = path == NULL ? 0 : strlen(path);

    if (len < 2 || len > sizeof notify_address.sun_path - 1 || (path[0] != '/' && path[0] != '@'))
        return;
    notify_address.sun_family = AF_UNIX;
    memcpy(notify_address.sun_path, path, len);
    if (path[0] == '@')
        notify_address.sun_path[0] = '\0'; /* abstract name */
    notify_address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)unsetenv("NOTIFY_SOCKET"); /* fails only for a bad name */
}

void notify_send(const char *state)
{
    int fd;

    if (notify_address_len == 0)
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&notify_address,
                         notify_address_len) < 0)
        log_warn("notify_failed", "state", state, "error", strerror(errno));
    if (fd >= 0)
        (void)close(fd); /* the datagram is gone or was never sent */
}
