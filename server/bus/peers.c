/* SPDX-License-Identifier: Apache-2.0 */
/* Look-up of inherited descriptors in OUTRIGGER_FDS. Each look-up parses the text again: it happens a few
 * times per process. */
#include "bus/peers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Number at text, which ends at a comma or the end; -1 if it is none. */
static int parse_fd(const char *text)
{
    char *end;
    long fd;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    fd = strtol(text, &end, 10);
    if (errno != 0 || fd > INT_MAX || (*end != ',' && *end != '\0'))
        return -1;
    return (int)fd;
}

int peers_fd(const char *name)
{
    const size_t len = strlen(name);
    const char *entry = getenv("OUTRIGGER_FDS");

    while (entry != NULL) {
        if (strncmp(entry, name, len) == 0 && entry[len] == '=') {
            const int fd = parse_fd(entry + len + 1);

            if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
                return -1;
            return fd;
        }
        entry = strchr(entry, ',');
        if (entry != NULL)
            entry++;
    }
    return -1;
}
