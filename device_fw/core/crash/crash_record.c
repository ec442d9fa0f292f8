/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing of sectors and slots in flash; the format stands in crash_store.h. */
#include "core/crash/crash_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"

#define SECTOR_MAGIC 0x3152434fu /* "OCR1" */
#define CHUNK_BYTES  112u        /* stack buffer: a ninth of a slot */

_Static_assert(CRASH_SECTOR_HEAD_BYTES + CRASH_SLOTS * CRASH_SLOT_BYTES <= PORT_FLASH_SECTOR_BYTES,
               "slots fit");
_Static_assert(CRASH_SLOT_BYTES % PORT_FLASH_UNIT_BYTES == 0 && CRASH_SLOT_BYTES % CHUNK_BYTES == 0,
               "whole units");

bool crash_sector_read(uint32_t sector, uint32_t *sequence)
{
    uint8_t raw[CRASH_SECTOR_HEAD_BYTES];

    if (port_flash_read(PORT_FLASH_CRASH, sector * PORT_FLASH_SECTOR_BYTES, raw, sizeof(raw)) != 0)
        return false;
    *sequence = bytes_get_u32(raw + 4);
    return bytes_get_u32(raw) == SECTOR_MAGIC && bytes_get_u32(raw + 8) == ~*sequence &&
           bytes_get_u32(raw + 12) == crc_update(0, raw, 12);
}

int crash_sector_open(uint32_t sector, uint32_t sequence)
{
    uint32_t offset = sector * PORT_FLASH_SECTOR_BYTES;
    uint8_t raw[CRASH_SECTOR_HEAD_BYTES];
    int status = port_flash_erase(PORT_FLASH_CRASH, offset, PORT_FLASH_SECTOR_BYTES);

    if (status != 0)
        return status;
    bytes_put_u32(raw, SECTOR_MAGIC);
    bytes_put_u32(raw + 4, sequence);
    bytes_put_u32(raw + 8, ~sequence);
    bytes_put_u32(raw + 12, crc_update(0, raw, 12));
    return port_flash_program(PORT_FLASH_CRASH, offset, raw, sizeof(raw));
}

static uint32_t slot_offset(uint32_t slot)
{
    return slot / CRASH_SLOTS * PORT_FLASH_SECTOR_BYTES + CRASH_SECTOR_HEAD_BYTES +
           slot % CRASH_SLOTS * CRASH_SLOT_BYTES;
}

static bool erased(uint32_t offset, uint32_t length)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint32_t done = 0; done < length; done += sizeof(chunk)) {
        uint32_t count = length - done < sizeof(chunk) ? length - done : (uint32_t)sizeof(chunk);

        if (port_flash_read(PORT_FLASH_CRASH, offset + done, chunk, count) != 0 ||
            !bytes_are(chunk, count, 0xff))
            return false;
    }
    return true;
}

static bool report_has_crc(uint32_t offset, uint32_t length, uint32_t crc, uint32_t wanted)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint32_t done = 0; done < length; done += sizeof(chunk)) {
        uint32_t count = length - done < sizeof(chunk) ? length - done : (uint32_t)sizeof(chunk);

        if (port_flash_read(PORT_FLASH_CRASH, offset + done, chunk, count) != 0)
            return false;
        crc = crc_update(crc, chunk, count);
    }
    return crc == wanted;
}

static bool record_read(uint32_t offset, struct crash_head *out)
{
    uint8_t raw[CRASH_HEAD_BYTES];

    if (port_flash_read(PORT_FLASH_CRASH, offset, raw, sizeof(raw)) != 0)
        return false;
    out->start = bytes_get_u32(raw + 4);
    out->kind = bytes_get_u32(raw + 8);
    out->length = bytes_get_u16(raw + 12);
    out->origin = raw[14];
    out->report_id = bytes_get_u64(raw + 16);
    return out->length <= CRASH_REPORT_MAX_BYTES &&
           report_has_crc(offset + CRASH_HEAD_BYTES, out->length, crc_update(0, raw + 4, sizeof(raw) - 4),
                          bytes_get_u32(raw));
}

enum crash_slot crash_slot_read(uint32_t slot, struct crash_head *out)
{
    uint32_t offset = slot_offset(slot);

    if (record_read(offset, out))
        return erased(offset + CRASH_SLOT_BYTES - CRASH_MARK_BYTES, CRASH_MARK_BYTES) ? CRASH_SLOT_WAITING
                                                                                      : CRASH_SLOT_DONE;
    return erased(offset, CRASH_SLOT_BYTES) ? CRASH_SLOT_BLANK : CRASH_SLOT_TORN;
}

int crash_slot_write(uint32_t slot, const struct crash_head *head, uint8_t *bytes)
{
    uint32_t end = CRASH_HEAD_BYTES + head->length;
    uint32_t padded = bytes_round_up(end, PORT_FLASH_UNIT_BYTES);

    memset(bytes, 0, CRASH_HEAD_BYTES);
    memset(bytes + end, 0xff, padded - end);
    bytes_put_u32(bytes + 4, head->start);
    bytes_put_u32(bytes + 8, head->kind);
    bytes_put_u16(bytes + 12, head->length);
    bytes[14] = head->origin;
    bytes_put_u64(bytes + 16, head->report_id);
    bytes_put_u32(bytes, crc_update(0, bytes + 4, end - 4));
    return port_flash_program(PORT_FLASH_CRASH, slot_offset(slot), bytes, padded);
}

int crash_slot_report(uint32_t slot, const struct crash_head *head, uint8_t *out)
{
    return port_flash_read(PORT_FLASH_CRASH, slot_offset(slot) + CRASH_HEAD_BYTES, out, head->length);
}

int crash_slot_finish(uint32_t slot)
{
    static const uint8_t mark[CRASH_MARK_BYTES];

    return port_flash_program(PORT_FLASH_CRASH, slot_offset(slot) + CRASH_SLOT_BYTES - CRASH_MARK_BYTES, mark,
                              sizeof(mark));
}
