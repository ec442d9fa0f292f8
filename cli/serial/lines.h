/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stream of bytes into lines (PROTOCOL.md section 8: LF ends a line, CR is ignored). */
#ifndef SERIAL_LINES_H
#define SERIAL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

struct lines {
    char text[SERIAL_LINE_MAX_CHARS + 1];
    size_t len;
    bool is_too_long; /* the line under way has passed the limit: it is dropped up to its end */
};

/* Takes one byte. True when it ended a line, which is then in lines->text until the next call; overlong lines
 * never are. */
bool lines_take(struct lines *lines, char byte);

#endif
