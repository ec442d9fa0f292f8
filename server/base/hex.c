/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text. No locale, no allocation. */
#include "base/hex.h"

#include "base/status.h"

void hex_encode(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int hex_decode(const char *text, void *out, size_t len)
{
    unsigned char *bytes = out;

    for (size_t i = 0; i < len; i++) {
        const int high = digit_value(text[2 * i]);
        /* A NUL is no digit, so the second one is looked at only when the first one is there. */
        const int low = high < 0 ? -1 : digit_value(text[2 * i + 1]);

        if (low < 0)
            return ST_INVALID;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return text[2 * len] == '\0' ? ST_OK : ST_INVALID;
}
