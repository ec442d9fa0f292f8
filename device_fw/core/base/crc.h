/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of IEEE 802.3 (reflected, 0xEDB88320), against torn writes; not against attackers. */
#ifndef CORE_CRC_H
#define CORE_CRC_H

#include <stdint.h>

/* Continues from crc (0 to begin). crc_update(crc_update(0, a), b) equals the CRC of a followed by b. */
uint32_t crc_update(uint32_t crc, const void *data, uint32_t len);

#endif
