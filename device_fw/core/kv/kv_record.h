/* SPDX-License-Identifier: Apache-2.0 */
/* Flash format of banks and records of the key/value store (kv.h): encoding, checking, reading. No state. */
#ifndef CORE_KV_RECORD_H
#define CORE_KV_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#define KV_HEADER_BYTES 16u
#define KV_RECORD_BYTES 16u /* in front of each value */

enum kv_kind { KV_PUT = 1, KV_DELETE = 2 };

struct kv_record {
    uint8_t key;
    enum kv_kind kind;
    uint16_t length;
};

/* Flash bytes that a record with a value of length bytes takes. */
uint32_t kv_record_size(uint32_t length);

/* Reads and checks the bank header at offset; true and its sequence if it is valid. */
bool kv_header_read(uint32_t offset, uint32_t *sequence);

int kv_header_write(uint32_t offset, uint32_t sequence);

/* Reads the record at offset, which must end before limit, and checks its CRC. */
bool kv_record_read(uint32_t offset, uint32_t limit, struct kv_record *out);

/* Programs a record with its value. */
int kv_record_write(uint32_t offset, const struct kv_record *record, const uint8_t *value);

/* Programs a copy of the record that starts at from. */
int kv_record_copy(uint32_t from, uint32_t to, uint32_t length);

/* Are [offset, limit) all erased? False also if they cannot be read. */
bool kv_flash_blank(uint32_t offset, uint32_t limit);

#endif
