/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as in RFC 4648; strict: padding is required, unused bits must be zero. */
#include "core/base/base64.h"

#include <string.h>

uint32_t base64_encode(const uint8_t *data, uint32_t length, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *at = out;

    for (uint32_t i = 0; i < length; i += 3) {
        uint32_t left = length - i;
        uint32_t group = (uint32_t)data[i] << 16;

        group |= left > 1 ? (uint32_t)data[i + 1] << 8 : 0;
        group |= left > 2 ? data[i + 2] : 0;
        *at++ = alphabet[group >> 18];
        *at++ = alphabet[group >> 12 & 63];
        *at++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[group & 63] : '=';
    }
    return (uint32_t)(at - out);
}

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

void base64_decoder_start(struct base64_decoder *decoder, uint8_t *out, uint32_t room)
{
    memset(decoder, 0, sizeof(*decoder));
    decoder->out = out;
    decoder->room = room;
}

static void finish_group(struct base64_decoder *decoder)
{
    uint32_t count = 3u - decoder->padding;

    decoder->count = 0;
    if (decoder->padding > 2 || decoder->room - decoder->length < count ||
        (decoder->bits & ((1u << 8 * decoder->padding) - 1)) != 0) {
        decoder->bad = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        decoder->out[decoder->length++] = (uint8_t)(decoder->bits >> (16 - 8 * i));
}

void base64_decoder_take(struct base64_decoder *decoder, char c)
{
    int digit = c == '=' ? 0 : digit_of(c);

    if (digit < 0 || (c != '=' && decoder->padding > 0)) /* nothing may follow the padding but padding */
        decoder->bad = true;
    if (decoder->bad)
        return;
    if (decoder->padding > 0 && decoder->count == 0) { /* a group after the padded one */
        decoder->bad = true;
        return;
    }
    decoder->padding = (uint8_t)(decoder->padding + (c == '='));
    decoder->bits = (decoder->count == 0 ? 0 : decoder->bits << 6) | (uint32_t)digit;
    if (++decoder->count == 4)
        finish_group(decoder);
}

bool base64_decoder_finish(const struct base64_decoder *decoder)
{
    return !decoder->bad && decoder->count == 0;
}
