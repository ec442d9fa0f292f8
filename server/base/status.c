/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the result codes, for logs. */
#include "base/status.h"

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
};

const char *status_name(int status)
{
    const int count = (int)(sizeof names / sizeof names[0]);

    if (status > 0 || status <= -count)
        return "unknown";
    return names[-status];
}
