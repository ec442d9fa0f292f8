/* SPDX-License-Identifier: Apache-2.0 */
/* Times in certificates as seconds since 1970. */
#include "ports/mbedtls/tls.h"

/* Days from 1970-01-01 in the proleptic Gregorian calendar: 400-year eras that begin on 1 March, so that the leap day
 * comes last. */
static uint64_t days_from_civil(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t march_year = month <= 2u ? year - 1u : year;
    uint32_t month_from_march = month <= 2u ? month + 9u : month - 3u;
    uint32_t day_of_year = (153u * month_from_march + 2u) / 5u + day - 1u;
    uint64_t days = (uint64_t)march_year * 365u + march_year / 4u - march_year / 100u + march_year / 400u;

    return days + day_of_year - 719468u;
}

uint64_t tls_unix_time(const mbedtls_x509_time *time)
{
    if (time->year < 1970) {
        return 0;
    }
    return days_from_civil((uint32_t)time->year, (uint32_t)time->mon, (uint32_t)time->day) * 86400u +
           (uint32_t)time->hour * 3600u + (uint32_t)time->min * 60u + (uint32_t)time->sec;
}
