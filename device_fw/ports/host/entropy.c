/* SPDX-License-Identifier: Apache-2.0 */
/* port_entropy from the kernel. */
#include "port/port_entropy.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "port/port_status.h"

int port_entropy_get(void *buf, uint32_t len)
{
    uint8_t *out = buf;

    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return PORT_EIO;
        }
        out += got;
        len -= (uint32_t)got;
    }
    return PORT_OK;
}
