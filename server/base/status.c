/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the result codes, for logs. */
#include "base/status.h"

#include <errno.h>
#include <stddef.h>

static const char *const names[] = {
    [-ST_OK] = "ok",
    [-ST_NOT_FOUND] = "not_found",
    [-ST_EXISTS] = "exists",
    [-ST_INVALID] = "invalid",
    [-ST_DENIED] = "denied",
    [-ST_IN_USE] = "in_use",
    [-ST_TOO_LARGE] = "too_large",
    [-ST_IO] = "io",
    [-ST_STORE] = "store",
    [-ST_TIMEOUT] = "timeout",
    [-ST_NO_MEMORY] = "no_memory",
    [-ST_CLOSED] = "closed",
    [-ST_NO_SPACE] = "no_space",
};

const char *status_name(int status)
{
    const int count = (int)(sizeof names / sizeof names[0]);

    if (status > 0 || status <= -count)
        return "unknown";
    return names[-status];
}

int status_of_write(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: /* the limit that the service manager has set */
        return ST_NO_SPACE;
    default:
        return ST_IO;
    }
}
