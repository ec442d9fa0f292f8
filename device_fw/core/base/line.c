/* SPDX-License-Identifier: Apache-2.0 */
/* Building one bounded line of text; see line.h. */
#include "core/base/line.h"

#include <string.h>

#include "core/base/bytes.h"
#include "port/port_console.h"

void line_start(struct line *line, const char *what)
{
    line->length = 0;
    line->text[0] = '\0';
    line_text(line, what);
}

void line_text(struct line *line, const char *text)
{
    size_t length = strlen(text);
    size_t room = LINE_CHARS - line->length;

    if (length > room)
        length = room;
    memcpy(line->text + line->length, text, length);
    line->length += (uint32_t)length;
    line->text[line->length] = '\0';
}

void line_number(struct line *line, uint64_t number)
{
    char digits[21];
    char *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    line_text(line, at);
}

static void line_key(struct line *line, const char *key)
{
    line_text(line, " ");
    line_text(line, key);
    line_text(line, "=");
}

void line_key_text(struct line *line, const char *key, const char *value)
{
    line_key(line, key);
    line_text(line, value);
}

void line_key_number(struct line *line, const char *key, uint64_t value)
{
    line_key(line, key);
    line_number(line, value);
}

void line_key_hex(struct line *line, const char *key, uint32_t value)
{
    uint8_t big_endian[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value };
    char digits[9];

    bytes_hex(big_endian, 4, digits);
    line_key(line, key);
    line_text(line, "0x");
    line_text(line, digits);
}

void line_key_bytes(struct line *line, const char *key, const uint8_t *data, uint32_t len)
{
    char digits[65];

    if (len > 32)
        len = 32;
    bytes_hex(data, len, digits);
    line_key(line, key);
    line_text(line, digits);
}

void line_print(const struct line *line)
{
    port_console_write(line->text, line->length);
    port_console_write("\n", 1);
}
