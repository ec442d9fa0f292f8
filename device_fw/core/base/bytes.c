/* SPDX-License-Identifier: Apache-2.0 */
/* Integers in flash formats, fills and hexadecimal text; see bytes.h. */
#include "core/base/bytes.h"

void bytes_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void bytes_put_u32(uint8_t *at, uint32_t value)
{
    bytes_put_u16(at, (uint16_t)value);
    bytes_put_u16(at + 2, (uint16_t)(value >> 16));
}

void bytes_put_u64(uint8_t *at, uint64_t value)
{
    bytes_put_u32(at, (uint32_t)value);
    bytes_put_u32(at + 4, (uint32_t)(value >> 32));
}

uint16_t bytes_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t bytes_get_u32(const uint8_t *at)
{
    return bytes_get_u16(at) | (uint32_t)bytes_get_u16(at + 2) << 16;
}

uint64_t bytes_get_u64(const uint8_t *at)
{
    return bytes_get_u32(at) | (uint64_t)bytes_get_u32(at + 4) << 32;
}

bool bytes_are(const void *data, uint32_t len, uint8_t value)
{
    const uint8_t *at = data;
    uint32_t word_value = value * 0x01010101u;

    while (len > 0 && ((uintptr_t)at & 3u) != 0) {
        if (*at++ != value)
            return false;
        len--;
    }
    for (; len >= 4; at += 4, len -= 4) {
        uint32_t word;

        __builtin_memcpy(&word, __builtin_assume_aligned(at, 4), 4);
        if (word != word_value)
            return false;
    }
    while (len-- > 0)
        if (*at++ != value)
            return false;
    return true;
}

void bytes_wipe(void *data, uint32_t len)
{
    volatile uint8_t *at = data;

    while (len-- > 0)
        *at++ = 0;
}

void bytes_hex(const uint8_t *data, uint32_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

uint32_t bytes_round_up(uint32_t value, uint32_t unit)
{
    return (value + unit - 1) / unit * unit;
}
