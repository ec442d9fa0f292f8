/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a microvisor update in flash; self_record.h has the format and the invariants. */
#include "core/self/self_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define HEADER_BYTES          48u
#define HEADER_MAGIC          0x3153544Fu /* "OTS1" */
#define SHA256_AT             4u
#define CRC_AT                36u
#define EMPTIED_AT            256u
#define STARTED_AT            272u
#define REFUSED_AT            512u
#define BLOCKS_AT             2048u
#define ERRORS_MAX            64u
#define MARK_AT(table, index) ((table) + (index)*PORT_FLASH_UNIT_BYTES)

_Static_assert(SHA256_AT + SHA256_BYTES == CRC_AT && CRC_AT + 4 <= HEADER_BYTES, "header layout");
_Static_assert(MARK_AT(REFUSED_AT, ERRORS_MAX) <= BLOCKS_AT, "the reasons fit before the blocks");
_Static_assert(MARK_AT(BLOCKS_AT, MICROVISOR_SLOT_BYTES / BLOCK_BYTES) <= PORT_FLASH_SECTOR_BYTES,
               "the block marks fit the sector");
_Static_assert(_otr_UpdateError_MAX < ERRORS_MAX, "each error has a mark");

static int mark_set(uint32_t offset)
{
    static const uint8_t zeros[PORT_FLASH_UNIT_BYTES];

    return port_flash_program(PORT_FLASH_SELF, offset, zeros, sizeof(zeros));
}

static bool mark_is_set(uint32_t offset)
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES];

    return port_flash_read(PORT_FLASH_SELF, offset, unit, sizeof(unit)) == 0 &&
           bytes_are(unit, sizeof(unit), 0);
}

static otr_UpdateError refused_read(void)
{
    for (uint32_t error = 1; error < ERRORS_MAX; error++)
        if (mark_is_set(MARK_AT(REFUSED_AT, error)))
            return (otr_UpdateError)error;
    return otr_UpdateError_UPDATE_OK;
}

void self_record_read(struct self_record *out)
{
    uint8_t raw[HEADER_BYTES];

    memset(out, 0, sizeof(*out));
    if (port_flash_read(PORT_FLASH_SELF, 0, raw, sizeof(raw)) != 0 || bytes_get_u32(raw) != HEADER_MAGIC ||
        bytes_get_u32(raw + CRC_AT) != crc_update(0, raw, CRC_AT))
        return;
    out->valid = true;
    memcpy(out->sha256, raw + SHA256_AT, SHA256_BYTES);
    out->emptied = mark_is_set(EMPTIED_AT);
    out->started = mark_is_set(STARTED_AT);
    out->refused = refused_read();
}

bool self_record_is_of(const struct self_record *record, const uint8_t sha256[SHA256_BYTES])
{
    return record->valid && memcmp(record->sha256, sha256, SHA256_BYTES) == 0;
}

int self_record_begin(const uint8_t sha256[SHA256_BYTES])
{
    uint8_t raw[HEADER_BYTES];
    int status = self_record_discard();

    if (status != 0)
        return status;
    memset(raw, 0xff, sizeof(raw));
    bytes_put_u32(raw, HEADER_MAGIC);
    memcpy(raw + SHA256_AT, sha256, SHA256_BYTES);
    bytes_put_u32(raw + CRC_AT, crc_update(0, raw, CRC_AT));
    return port_flash_program(PORT_FLASH_SELF, 0, raw, sizeof(raw));
}

int self_record_discard(void)
{
    return port_flash_erase(PORT_FLASH_SELF, 0, PORT_FLASH_SECTOR_BYTES);
}

bool self_record_block_done(uint32_t block)
{
    return mark_is_set(MARK_AT(BLOCKS_AT, block));
}

int self_record_mark_block(uint32_t block)
{
    return mark_set(MARK_AT(BLOCKS_AT, block));
}

int self_record_mark_emptied(void)
{
    return mark_set(EMPTIED_AT);
}

int self_record_mark_started(void)
{
    return mark_set(STARTED_AT);
}

int self_record_refuse(otr_UpdateError error)
{
    return mark_set(MARK_AT(REFUSED_AT, (uint32_t)error));
}
