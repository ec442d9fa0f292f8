/* SPDX-License-Identifier: Apache-2.0 */
/* Update records in flash; ota_record.h has the format and the invariants. */
#include "core/ota/ota_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/img/digest.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define RECORD_BYTES   (4u * PORT_FLASH_SECTOR_BYTES)
#define HEADER_BYTES   96u
#define HEADER_MAGIC   0x3152544fu /* "OTR1" */
#define AT_SID         16u
#define AT_SHA256      52u
#define AT_CRC         84u
#define AT_MANIFEST    256u
#define AT_PLAN        2048u
#define PLAN_BYTES     48u
#define AT_MARKS       3072u
#define AT_LISTS       PORT_FLASH_SECTOR_BYTES
#define AT_BLOCK_MARKS (3u * PORT_FLASH_SECTOR_BYTES)

_Static_assert(AT_MANIFEST + MANIFEST_MAX_BYTES <= AT_PLAN, "the manifest fits before the plan");
_Static_assert(SLOT_BLOCKS_MAX *SHA256_BYTES <= 2u * PORT_FLASH_SECTOR_BYTES, "the lists fit their sectors");
_Static_assert(SLOT_BLOCKS_MAX *PORT_FLASH_UNIT_BYTES <= PORT_FLASH_SECTOR_BYTES,
               "the block marks fit a sector");

static uint32_t base_of(uint32_t index)
{
    return index * RECORD_BYTES;
}

static int read_at(uint32_t index, uint32_t offset, void *buf, uint32_t length)
{
    return port_flash_read(PORT_FLASH_OTA, base_of(index) + offset, buf, length);
}

static int program_at(uint32_t index, uint32_t offset, const void *buf, uint32_t length)
{
    return port_flash_program(PORT_FLASH_OTA, base_of(index) + offset, buf, length);
}

static int set_mark(uint32_t index, uint32_t offset)
{
    static const uint8_t zeros[PORT_FLASH_UNIT_BYTES];

    return program_at(index, offset, zeros, sizeof(zeros));
}

static bool mark_is_set(uint32_t index, uint32_t offset)
{
    uint8_t unit[PORT_FLASH_UNIT_BYTES];

    return read_at(index, offset, unit, sizeof(unit)) == 0 && bytes_are(unit, sizeof(unit), 0);
}

static uint32_t mark_offset(enum ota_mark mark)
{
    return AT_MARKS + (uint32_t)mark * PORT_FLASH_UNIT_BYTES;
}

/* A mark that was being programmed when the power failed may read as set now and not later: program it again.
 */
static int firm_mark(uint32_t index, enum ota_mark mark, bool *set)
{
    *set = mark_is_set(index, mark_offset(mark));
    return *set ? set_mark(index, mark_offset(mark)) : 0;
}

static bool header_decode(const uint8_t raw[HEADER_BYTES], struct ota_record *out)
{
    if (bytes_get_u32(raw) != HEADER_MAGIC || bytes_get_u32(raw + AT_CRC) != crc_update(0, raw, AT_CRC))
        return false;
    out->generation = bytes_get_u32(raw + 4);
    out->manifest_bytes = bytes_get_u32(raw + 8);
    memcpy(out->app_sid, raw + AT_SID, SID_CHARS);
    memcpy(out->sha256, raw + AT_SHA256, SHA256_BYTES);
    return out->manifest_bytes > 0 && out->manifest_bytes <= MANIFEST_MAX_BYTES;
}

int ota_record_read(uint32_t index, struct ota_record *out)
{
    uint8_t raw[HEADER_BYTES];
    int status;

    memset(out, 0, sizeof(*out));
    status = read_at(index, 0, raw, sizeof(raw));
    if (status != 0)
        return status;
    out->valid = header_decode(raw, out);
    if (!out->valid)
        return 0;
    status = firm_mark(index, OTA_MARK_INSTALLING, &out->installing);
    if (status == 0)
        status = firm_mark(index, OTA_MARK_LISTED, &out->listed);
    if (status == 0)
        status = firm_mark(index, OTA_MARK_COMPLETE, &out->complete);
    out->complete = out->complete && out->installing;
    return status;
}

/* The header goes first: a cut in the middle never leaves a valid header over erased lists. */
int ota_record_erase(uint32_t index)
{
    int status = ota_record_discard(index);

    if (status != 0)
        return status;
    return port_flash_erase(PORT_FLASH_OTA, base_of(index) + PORT_FLASH_SECTOR_BYTES,
                            RECORD_BYTES - PORT_FLASH_SECTOR_BYTES);
}

int ota_record_discard(uint32_t index)
{
    return port_flash_erase(PORT_FLASH_OTA, base_of(index), PORT_FLASH_SECTOR_BYTES);
}

int ota_record_write_manifest(uint32_t index, const uint8_t *bytes, uint32_t length)
{
    uint32_t whole = length / PORT_FLASH_UNIT_BYTES * PORT_FLASH_UNIT_BYTES;
    uint8_t unit[PORT_FLASH_UNIT_BYTES];
    int status = 0;

    if (whole > 0)
        status = program_at(index, AT_MANIFEST, bytes, whole);
    if (status != 0 || whole == length)
        return status;
    memset(unit, 0xff, sizeof(unit));
    memcpy(unit, bytes + whole, length - whole);
    return program_at(index, AT_MANIFEST + whole, unit, sizeof(unit));
}

int ota_record_read_manifest(uint32_t index, const struct ota_record *record, uint8_t *buf)
{
    return read_at(index, AT_MANIFEST, buf, record->manifest_bytes);
}

int ota_record_write_hash(uint32_t index, uint32_t block, const uint8_t hash[SHA256_BYTES])
{
    return program_at(index, AT_LISTS + block * SHA256_BYTES, hash, SHA256_BYTES);
}

int ota_record_read_hash(uint32_t index, uint32_t block, struct slot_expected *out)
{
    return read_at(index, AT_LISTS + block * SHA256_BYTES, out->hash, SHA256_BYTES);
}

int ota_record_list_digest(uint32_t index, uint32_t first, uint32_t count, uint8_t digest[SHA256_BYTES])
{
    return digest_flash(PORT_FLASH_OTA, base_of(index) + AT_LISTS + first * SHA256_BYTES,
                        count * SHA256_BYTES, digest);
}

int ota_record_commit(uint32_t index, const struct ota_record *record)
{
    uint8_t raw[HEADER_BYTES];

    memset(raw, 0xff, sizeof(raw));
    bytes_put_u32(raw, HEADER_MAGIC);
    bytes_put_u32(raw + 4, record->generation);
    bytes_put_u32(raw + 8, record->manifest_bytes);
    bytes_put_u32(raw + 12, 0);
    memset(raw + AT_SID, 0, AT_SHA256 - AT_SID);
    memcpy(raw + AT_SID, record->app_sid, SID_CHARS);
    memcpy(raw + AT_SHA256, record->sha256, SHA256_BYTES);
    bytes_put_u32(raw + AT_CRC, crc_update(0, raw, AT_CRC));
    return program_at(index, 0, raw, sizeof(raw));
}

int ota_record_mark(uint32_t index, enum ota_mark mark)
{
    return set_mark(index, mark_offset(mark));
}

int ota_record_read_plan(uint32_t index, uint8_t bitmap[OTA_BITMAP_BYTES])
{
    uint8_t raw[PLAN_BYTES];
    int status = read_at(index, AT_PLAN, raw, sizeof(raw));

    if (status != 0)
        return status;
    if (bytes_are(raw, sizeof(raw), 0xff))
        return PORT_ENOENT;
    if (bytes_get_u32(raw + OTA_BITMAP_BYTES) != crc_update(0, raw, OTA_BITMAP_BYTES))
        return PORT_EIO;
    memcpy(bitmap, raw, OTA_BITMAP_BYTES);
    return 0;
}

int ota_record_write_plan(uint32_t index, const uint8_t bitmap[OTA_BITMAP_BYTES])
{
    uint8_t raw[PLAN_BYTES];

    memset(raw, 0, sizeof(raw));
    memcpy(raw, bitmap, OTA_BITMAP_BYTES);
    bytes_put_u32(raw + OTA_BITMAP_BYTES, crc_update(0, raw, OTA_BITMAP_BYTES));
    return program_at(index, AT_PLAN, raw, sizeof(raw));
}

bool ota_record_block_done(uint32_t index, uint32_t block)
{
    return mark_is_set(index, AT_BLOCK_MARKS + block * PORT_FLASH_UNIT_BYTES);
}

int ota_record_mark_block(uint32_t index, uint32_t block)
{
    return set_mark(index, AT_BLOCK_MARKS + block * PORT_FLASH_UNIT_BYTES);
}

uint32_t ota_record_owner(const struct ota_record records[OTA_RECORDS])
{
    uint32_t owner = OTA_RECORD_NONE;

    for (uint32_t i = 0; i < OTA_RECORDS; i++)
        if (records[i].valid && records[i].installing &&
            (owner == OTA_RECORD_NONE || records[i].generation > records[owner].generation))
            owner = i;
    return owner;
}

uint32_t ota_record_newest(const struct ota_record records[OTA_RECORDS])
{
    uint32_t newest = OTA_RECORD_NONE;

    for (uint32_t i = 0; i < OTA_RECORDS; i++)
        if (records[i].valid &&
            (newest == OTA_RECORD_NONE || records[i].generation > records[newest].generation))
            newest = i;
    return newest;
}
