/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as numbers, fills and hexadecimal text. */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

/* Little-endian integers in flash formats, independent of alignment. */
void bytes_put_u16(uint8_t *at, uint16_t value);
void bytes_put_u32(uint8_t *at, uint32_t value);
void bytes_put_u64(uint8_t *at, uint64_t value);
uint16_t bytes_get_u16(const uint8_t *at);
uint32_t bytes_get_u32(const uint8_t *at);
uint64_t bytes_get_u64(const uint8_t *at);

/* Are all len bytes equal to value? */
bool bytes_are(const void *data, uint32_t len, uint8_t value);

/* Overwrites secrets in a way that the compiler keeps. */
void bytes_wipe(void *data, uint32_t len);

/* Writes 2 * len lower-case digits and a NUL. */
void bytes_hex(const uint8_t *data, uint32_t len, char *out);

uint32_t bytes_round_up(uint32_t value, uint32_t unit);

#endif
