/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the clocks and writing instants as ISO 8601 text. */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define US_PER_S 1000000

static int64_t clock_read_us(clockid_t id)
{
    struct timespec now;

    if (clock_gettime(id, &now) != 0)
        abort(); /* cannot happen for these clocks; time going wrong silently would be worse */
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return clock_read_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

/* Seconds and the microseconds that are left, rounded down also before 1970. Years outside 0..9999 become the
 * epoch: the buffers of the callers hold four digits. */
static int64_t clock_split(int64_t unix_us, struct tm *tm)
{
    int64_t rest_us = unix_us % US_PER_S;
    time_t seconds = (time_t)(unix_us / US_PER_S);

    if (rest_us < 0) {
        rest_us += US_PER_S;
        seconds--;
    }
    if (gmtime_r(&seconds, tm) == NULL || tm->tm_year < -1900 || tm->tm_year > 9999 - 1900) {
        seconds = 0;
        rest_us = 0;
        (void)gmtime_r(&seconds, tm); /* the epoch always converts */
    }
    return rest_us;
}

void clock_iso8601(int64_t unix_us, char out[21])
{
    struct tm tm;

    (void)clock_split(unix_us, &tm);
    (void)strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm); /* always 20 characters */
}

void clock_iso8601_us(int64_t unix_us, char out[28])
{
    struct tm tm;
    const int64_t rest_us = clock_split(unix_us, &tm);
    const size_t len = strftime(out, 28, "%Y-%m-%dT%H:%M:%S", &tm);

    (void)snprintf(out + len, 28 - len, ".%06uZ", (unsigned)rest_us);
}
