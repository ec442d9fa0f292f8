/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 and PEM, strict about characters, without allocation. */
#include "crypto/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(const unsigned char *in, size_t n, char out[4])
{
    uint32_t v = (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);
    out[0] = alphabet[v >> 18 & 63];
    out[1] = alphabet[v >> 12 & 63];
    out[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
    out[3] = n > 2 ? alphabet[v & 63] : '=';
}

void crypto_base64_encode(const void *data, size_t len, char *out)
{
    const unsigned char *in = data;
    for (; len > 0; out += 4) {
        size_t n = len < 3 ? len : 3;
        encode_group(in, n, out);
        in += n;
        len -= n;
    }
    *out = '\0';
}

static int digit(char c)
{
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : (int)(at - alphabet);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

int crypto_base64_decode(const char *text, size_t text_len, void *out, size_t cap, size_t *len)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    size_t digits = 0, padding = 0, n = 0;
    for (size_t i = 0; i < text_len; i++) {
        if (is_space(text[i])) {
            continue;
        }
        if (text[i] == '=') {
            padding++;
            continue;
        }
        int v = digit(text[i]);
        if (v < 0 || padding > 0) {
            return ST_INVALID;
        }
        bits = bits << 6 | (uint32_t)v;
        if (digits++ % 4 == 0) {
            continue; /* the first digit of a group completes no byte */
        }
        if (n == cap) {
            return ST_TOO_LARGE;
        }
        to[n++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    bool padded = padding == 0 || (padding <= 2 && (digits + padding) % 4 == 0);
    *len = n;
    return digits % 4 != 1 && padded ? ST_OK : ST_INVALID;
}

int crypto_pem_decode(const char *text, const char *label, void *out, size_t cap, size_t *len)
{
    char mark[80];
    const char *begin = text;
    const char *end = text + strlen(text);
    if (strstr(text, "-----BEGIN ") != NULL) {
        (void)snprintf(mark, sizeof(mark), "-----BEGIN %s-----", label);
        begin = strstr(text, mark);
        if (begin == NULL) {
            return ST_INVALID;
        }
        begin += strlen(mark);
        (void)snprintf(mark, sizeof(mark), "-----END %s-----", label);
        end = strstr(begin, mark);
    }
    if (end == NULL || end == begin) {
        return ST_INVALID;
    }
    return crypto_base64_decode(begin, (size_t)(end - begin), out, cap, len);
}

int crypto_pem_encode(const char *label, const void *der, size_t len, char *out, size_t cap)
{
    const unsigned char *in = der;
    size_t chars = CRYPTO_BASE64_CHARS(len);
    if (cap < chars + (len + 47) / 48 + 2 * strlen(label) + 64) {
        return ST_TOO_LARGE;
    }
    out += sprintf(out, "-----BEGIN %s-----\n", label);
    while (len > 0) {
        size_t n = len < 48 ? len : 48;
        crypto_base64_encode(in, n, out);
        out += CRYPTO_BASE64_CHARS(n);
        *out++ = '\n';
        in += n;
        len -= n;
    }
    (void)sprintf(out, "-----END %s-----\n", label);
    return ST_OK;
}
