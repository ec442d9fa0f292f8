/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines in the text form of the original's `logs:stream`. */
#ifndef OUTPUT_LOGLINE_H
#define OUTPUT_LOGLINE_H

#include <stdint.h>
#include <stdio.h>

/*
 *     2023-11-13T15:55:08.871398Z [app_logging] Ping 0
 *
 * The text starts in a fixed column; an empty line at its end is dropped, further lines are indented to the
 * same column, and control characters are made visible. dropped: lines that were lost before this one, told
 * on a line of its own.
 */
void logline_print(FILE *out, const char *timestamp, const char *type, const char *text, int64_t dropped);

#endif
