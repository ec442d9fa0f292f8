/* SPDX-License-Identifier: Apache-2.0 */
/* One line of text, put together piece by piece without a C library; what does not fit is cut off. */
#ifndef LINE_H
#define LINE_H

#include <stdint.h>

#define LINE_MAX_BYTES 128u

struct line {
    uint32_t len;
    char text[LINE_MAX_BYTES];
};

static inline void line_bytes(struct line *line, const char *bytes, uint32_t len)
{
    for (uint32_t i = 0; i < len && line->len < LINE_MAX_BYTES; i++) {
        line->text[line->len++] = bytes[i];
    }
}

static inline void line_text(struct line *line, const char *text)
{
    while (*text != '\0') {
        line_bytes(line, text++, 1);
    }
}

static inline void line_number(struct line *line, uint32_t number)
{
    char digits[10];
    uint32_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    line_bytes(line, digits + first, sizeof digits - first);
}

#endif
