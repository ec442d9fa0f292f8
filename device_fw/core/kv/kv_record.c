/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing of banks and records in flash; the format stands in kv.h. */
#include "core/kv/kv_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/core_limits.h"
#include "core/base/crc.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define HEADER_MAGIC 0x31564b4fu /* "OKV1" */
#define CHUNK_BYTES  128u        /* stack buffer, multiple of the program unit */

uint32_t kv_record_size(uint32_t length)
{
    return KV_RECORD_BYTES + bytes_round_up(length, PORT_FLASH_UNIT_BYTES);
}

bool kv_header_read(uint32_t offset, uint32_t *sequence)
{
    uint8_t raw[KV_HEADER_BYTES];

    if (port_flash_read(PORT_FLASH_KV, offset, raw, sizeof(raw)) != 0)
        return false;
    *sequence = bytes_get_u32(raw + 4);
    return bytes_get_u32(raw) == HEADER_MAGIC && bytes_get_u32(raw + 8) == ~*sequence &&
           bytes_get_u32(raw + 12) == crc_update(0, raw, 12);
}

int kv_header_write(uint32_t offset, uint32_t sequence)
{
    uint8_t raw[KV_HEADER_BYTES];

    bytes_put_u32(raw, HEADER_MAGIC);
    bytes_put_u32(raw + 4, sequence);
    bytes_put_u32(raw + 8, ~sequence);
    bytes_put_u32(raw + 12, crc_update(0, raw, 12));
    return port_flash_program(PORT_FLASH_KV, offset, raw, sizeof(raw));
}

static int crc_of_flash(uint32_t offset, uint32_t length, uint32_t *crc)
{
    uint8_t chunk[CHUNK_BYTES];

    while (length > 0) {
        uint32_t count = length < sizeof(chunk) ? length : (uint32_t)sizeof(chunk);
        int status = port_flash_read(PORT_FLASH_KV, offset, chunk, count);

        if (status != 0)
            return status;
        *crc = crc_update(*crc, chunk, count);
        offset += count;
        length -= count;
    }
    return 0;
}

bool kv_record_read(uint32_t offset, uint32_t limit, struct kv_record *out)
{
    uint8_t raw[KV_RECORD_BYTES];
    uint32_t crc;

    if (limit - offset < KV_RECORD_BYTES || port_flash_read(PORT_FLASH_KV, offset, raw, sizeof(raw)) != 0)
        return false;
    out->key = raw[4];
    out->kind = raw[5];
    out->length = bytes_get_u16(raw + 6);
    if (out->key == 0 || out->key >= KV_KEYS_MAX || (out->kind != KV_PUT && out->kind != KV_DELETE) ||
        out->length > KV_VALUE_MAX_BYTES || kv_record_size(out->length) > limit - offset)
        return false;
    crc = crc_update(0, raw + 4, sizeof(raw) - 4);
    return crc_of_flash(offset + KV_RECORD_BYTES, out->length, &crc) == 0 && crc == bytes_get_u32(raw);
}

static void record_encode(const struct kv_record *record, const uint8_t *value, uint8_t raw[KV_RECORD_BYTES])
{
    memset(raw, 0, KV_RECORD_BYTES);
    raw[4] = record->key;
    raw[5] = (uint8_t)record->kind;
    bytes_put_u16(raw + 6, record->length);
    bytes_put_u32(raw, crc_update(crc_update(0, raw + 4, KV_RECORD_BYTES - 4), value, record->length));
}

int kv_record_write(uint32_t offset, const struct kv_record *record, const uint8_t *value)
{
    uint8_t chunk[CHUNK_BYTES];
    uint32_t length = record->length;
    uint32_t filled = KV_RECORD_BYTES;
    int status;

    record_encode(record, value, chunk);
    do { /* the head leaves together with the first bytes of the value */
        uint32_t count = sizeof(chunk) - filled < length ? (uint32_t)sizeof(chunk) - filled : length;
        uint32_t padded = bytes_round_up(filled + count, PORT_FLASH_UNIT_BYTES);

        memset(chunk + filled, 0xff, padded - filled);
        memcpy(chunk + filled, value, count);
        status = port_flash_program(PORT_FLASH_KV, offset, chunk, padded);
        offset += padded;
        value += count;
        length -= count;
        filled = 0;
    } while (status == 0 && length > 0);
    return status;
}

int kv_record_copy(uint32_t from, uint32_t to, uint32_t length)
{
    uint8_t chunk[CHUNK_BYTES];
    uint32_t left = kv_record_size(length);

    while (left > 0) {
        uint32_t count = left < sizeof(chunk) ? left : (uint32_t)sizeof(chunk);
        int status = port_flash_read(PORT_FLASH_KV, from, chunk, count);

        if (status == 0)
            status = port_flash_program(PORT_FLASH_KV, to, chunk, count);
        if (status != 0)
            return status;
        from += count;
        to += count;
        left -= count;
    }
    return 0;
}

bool kv_flash_blank(uint32_t offset, uint32_t limit)
{
    uint8_t chunk[CHUNK_BYTES];

    while (offset < limit) {
        uint32_t count = limit - offset < sizeof(chunk) ? limit - offset : (uint32_t)sizeof(chunk);

        if (port_flash_read(PORT_FLASH_KV, offset, chunk, count) != 0 || !bytes_are(chunk, count, 0xff))
            return false;
        offset += count;
    }
    return true;
}
