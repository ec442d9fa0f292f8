/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 with a table of 16 entries: 64 bytes of flash, two lookups per byte. */
#include "core/base/crc.h"

uint32_t crc_update(uint32_t crc, const void *data, uint32_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *at = data;

    crc = ~crc;
    while (len-- > 0) {
        crc ^= *at++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}
