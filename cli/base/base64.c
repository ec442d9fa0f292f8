/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, RFC 4648 section 4. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_to_text(const unsigned char *data, size_t len, char *out)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)data[i] << 16;

        if (left > 1)
            group |= (uint32_t)data[i + 1] << 8;
        if (left > 2)
            group |= data[i + 2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *out = 0;
}

/* Value of four characters in group; the number of bytes that they stand for, or 0 when they are no base64.
 */
static size_t decode_group(const char *text, bool last, uint32_t *group)
{
    size_t bytes = 3;

    *group = 0;
    if (last && text[3] == '=')
        bytes = text[2] == '=' ? 1 : 2;
    for (size_t i = 0; i < 4; i++) {
        const char *at = i <= bytes ? memchr(alphabet, text[i], 64) : alphabet;

        if (!at)
            return 0;
        *group = *group << 6 | (uint32_t)(at - alphabet);
    }
    if (*group & ((1u << 8 * (3 - bytes)) - 1))
        return 0; /* bits behind the end: two texts would mean the same bytes */
    return bytes;
}

bool base64_from_text(const char *text, unsigned char *out, size_t cap, size_t *len)
{
    size_t chars = strlen(text), n = 0;

    if (chars % 4)
        return false;
    for (size_t i = 0; i < chars; i += 4) {
        uint32_t group;
        size_t bytes = decode_group(text + i, i + 4 == chars, &group);

        if (!bytes || n + bytes > cap)
            return false;
        for (size_t k = 0; k < bytes; k++)
            out[n++] = (unsigned char)(group >> (16 - 8 * k));
    }
    *len = n;
    return true;
}
