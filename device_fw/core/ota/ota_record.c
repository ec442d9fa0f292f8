/* SPDX-License-Identifier: Apache-2.0 */
/* Update records in flash; ota_record.h has the format and the invariants. */
#include "core/ota/ota_record.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "port/port_crypto.h"
#include "port/port_flash.h"
#include "port/port_status.h"

#define HEADER_BYTES    96u
#define HEADER_MAGIC    0x3252544fu /* "OTR2" */
#define AT_CHAPTERS     12u
#define AT_SID          16u
#define AT_SHA256       52u
#define AT_CRC          84u
#define AT_MANIFEST     256u
#define AT_PLAN         2048u
#define PLAN_BYTES_MAX  (OTA_BITMAP_BYTES + PORT_FLASH_UNIT_BYTES)
#define AT_MARKS        3072u
#define AT_CHAPTER      PORT_FLASH_SECTOR_BYTES
#define CHAPTER_BYTES   (3u * PORT_FLASH_SECTOR_BYTES)
#define AT_BLOCK_MARKS  (2u * PORT_FLASH_SECTOR_BYTES) /* in the chapter */
#define BITS_OF_CHAPTER (OTA_CHAPTER_BLOCKS / 8u)      /* bytes */

_Static_assert(AT_MANIFEST + MANIFEST_MAX_BYTES <= AT_PLAN, "the manifest fits before the plan");
_Static_assert(AT_PLAN + PLAN_BYTES_MAX <= AT_MARKS, "the plan fits before the marks");
_Static_assert(OTA_CHAPTER_BLOCKS *SHA256_BYTES <= AT_BLOCK_MARKS, "the hashes fit their sectors");
_Static_assert(OTA_CHAPTER_BLOCKS *PORT_FLASH_UNIT_BYTES <= PORT_FLASH_SECTOR_BYTES,
               "the block marks fit a sector");
_Static_assert(BLOCKS_EXTERNAL % OTA_CHAPTER_BLOCKS == 0, "a chapter is of one flash");

uint32_t ota_record_chapters(void)
{
    return (BLOCKS_EXTERNAL + external_blocks() + OTA_CHAPTER_BLOCKS - 1) / OTA_CHAPTER_BLOCKS;
}

static uint32_t record_bytes(void)
{
    return AT_CHAPTER + ota_record_chapters() * CHAPTER_BYTES;
}

bool ota_record_fits(void)
{
    return OTA_RECORDS * record_bytes() <= port_flash_bytes(PORT_FLASH_OTA);
}

static uint32_t base_of(uint32_t index)
{
    return index * record_bytes();
}

/* Where a block's hash and mark are in the record. */
static uint32_t at_hash(uint32_t block)
{
    return AT_CHAPTER + block / OTA_CHAPTER_BLOCKS * CHAPTER_BYTES +
           block % OTA_CHAPTER_BLOCKS * SHA256_BYTES;
}

static uint32_t at_block_mark(uint32_t block)
{
    return AT_CHAPTER + block / OTA_CHAPTER_BLOCKS * CHAPTER_BYTES + AT_BLOCK_MARKS +
           block % OTA_CHAPTER_BLOCKS * PORT_FLASH_UNIT_BYTES;
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
    if (bytes_get_u32(raw) != HEADER_MAGIC || bytes_get_u32(raw + AT_CHAPTERS) != ota_record_chapters() ||
        bytes_get_u32(raw + AT_CRC) != crc_update(0, raw, AT_CRC))
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

    return status == 0 ? port_flash_erase(PORT_FLASH_OTA, base_of(index) + AT_CHAPTER, CHAPTER_BYTES)
                       : status;
}

int ota_record_erase_chapter(uint32_t index, uint32_t chapter)
{
    return port_flash_erase(PORT_FLASH_OTA, base_of(index) + AT_CHAPTER + chapter * CHAPTER_BYTES,
                            CHAPTER_BYTES);
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
    return program_at(index, at_hash(block), hash, SHA256_BYTES);
}

int ota_record_read_hash(uint32_t index, uint32_t block, struct block_expected *out)
{
    return read_at(index, at_hash(block), out->hash, SHA256_BYTES);
}

/* A list may go through several chapters. */
int ota_record_list_digest(uint32_t index, uint32_t first, uint32_t count, uint8_t digest[SHA256_BYTES])
{
    struct port_sha256 sha;
    struct block_expected entry;
    int status = 0;

    port_sha256_start(&sha);
    for (uint32_t i = 0; i < count && status == 0; i++) {
        status = ota_record_read_hash(index, first + i, &entry);
        if (status == 0)
            port_sha256_update(&sha, entry.hash, SHA256_BYTES);
    }
    port_sha256_finish(&sha, digest);
    return status;
}

int ota_record_commit(uint32_t index, const struct ota_record *record)
{
    uint8_t raw[HEADER_BYTES];

    memset(raw, 0xff, sizeof(raw));
    bytes_put_u32(raw, HEADER_MAGIC);
    bytes_put_u32(raw + 4, record->generation);
    bytes_put_u32(raw + 8, record->manifest_bytes);
    bytes_put_u32(raw + AT_CHAPTERS, ota_record_chapters());
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

/* Bytes of the bits of all chapters; the checksum follows. */
static uint32_t plan_bits_bytes(void)
{
    return ota_record_chapters() * BITS_OF_CHAPTER;
}

int ota_record_read_plan(uint32_t index, uint8_t bitmap[OTA_BITMAP_BYTES])
{
    uint32_t bits = plan_bits_bytes();
    uint8_t raw[PLAN_BYTES_MAX];
    int status = read_at(index, AT_PLAN, raw, bits + PORT_FLASH_UNIT_BYTES);

    if (status != 0)
        return status;
    if (bytes_are(raw, bits + PORT_FLASH_UNIT_BYTES, 0xff))
        return PORT_ENOENT;
    if (bytes_get_u32(raw + bits) != crc_update(0, raw, bits))
        return PORT_EIO;
    memset(bitmap, 0, OTA_BITMAP_BYTES);
    memcpy(bitmap, raw, bits);
    return 0;
}

int ota_record_write_plan(uint32_t index, const uint8_t bitmap[OTA_BITMAP_BYTES])
{
    uint32_t bits = plan_bits_bytes();
    uint8_t raw[PLAN_BYTES_MAX];

    memset(raw, 0, sizeof(raw));
    memcpy(raw, bitmap, bits);
    bytes_put_u32(raw + bits, crc_update(0, raw, bits));
    return program_at(index, AT_PLAN, raw, bits + PORT_FLASH_UNIT_BYTES);
}

bool ota_record_block_done(uint32_t index, uint32_t block)
{
    return mark_is_set(index, at_block_mark(block));
}

int ota_record_mark_block(uint32_t index, uint32_t block)
{
    return set_mark(index, at_block_mark(block));
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
