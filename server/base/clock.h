/* SPDX-License-Identifier: Apache-2.0 */
/* Wall and monotonic time, and their text form. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void); /* microseconds since the Unix epoch, UTC */
int64_t clock_mono_us(void); /* microseconds of CLOCK_MONOTONIC */

/* "2021-01-01T12:34:56Z" (out has 21 bytes) and with microseconds "2021-01-01T12:34:56.123456Z" (28 bytes). */
void clock_iso8601(int64_t unix_us, char out[21]);
void clock_iso8601_us(int64_t unix_us, char out[28]);

#endif
