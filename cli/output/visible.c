/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes control characters, counts columns. A device must not be able to steer the terminal of who reads
 * its log. */
#include "output/visible.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define ESCAPE_MAX_BYTES 8 /* C1 takes two bytes in and eight out */

static bool is_c1(const unsigned char *at)
{
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
}

static char *escape(char *out, unsigned char c)
{
    if (c == '\n')
        return out + sprintf(out, "\\n");
    if (c == '\t')
        return out + sprintf(out, "\\t");
    return out + sprintf(out, "\\x%02x", c);
}

char *visible_text(const char *text)
{
    char *start = mem_new(strlen(text) * ESCAPE_MAX_BYTES + 1), *out = start;

    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (is_c1(at)) {
            out = escape(out, at[1]);
            at++;
        } else if (*at < 0x20 || *at == 0x7f) {
            out = escape(out, *at);
        } else {
            *out++ = (char)*at;
        }
    }
    *out = 0;
    return start;
}

static bool begins_code_point(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

size_t visible_columns(const char *text)
{
    size_t columns = 0;

    for (; *text; text++)
        columns += begins_code_point(*text);
    return columns;
}

size_t visible_cut(const char *text, size_t columns)
{
    size_t bytes = 0, seen = 0;

    for (; text[bytes]; bytes++) {
        if (begins_code_point(text[bytes]) && seen++ == columns)
            break;
    }
    return bytes;
}
