/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32, bit by bit: the tool's data are small. */
#include "base/crc32.h"

uint32_t crc32_of(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}
