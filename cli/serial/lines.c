/* SPDX-License-Identifier: Apache-2.0 */
/* Line assembler. Bytes that are not printable ASCII are kept: they only occur on console lines, which are
 * shown escaped. */
#include "serial/lines.h"

static bool end_line(struct lines *l)
{
    bool is_whole = !l->is_too_long;

    l->text[l->len] = 0;
    l->len = 0;
    l->is_too_long = false;
    return is_whole;
}

bool lines_take(struct lines *l, char byte)
{
    if (byte == '\n')
        return end_line(l);
    if (byte == '\r' || byte == 0 || l->is_too_long)
        return false;
    if (l->len == SERIAL_LINE_MAX_CHARS) {
        l->is_too_long = true;
        l->len = 0;
        return false;
    }
    l->text[l->len++] = byte;
    return false;
}
