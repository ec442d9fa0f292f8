/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Update records: the update engine's journal in PORT_FLASH_OTA.
 *
 * Two records of equal size; a record describes one application and how far its installation has come:
 *
 *   sector 0    header (96 bytes) | at 256: manifest | at 2048: plan | at 3072: marks
 *   then for each 256 blocks (numbered as in img/blocks.h; the slot's first, then those of the external flash that
 *   the board has) a chapter of three sectors:
 *   sector 0, 1 expected hash of each block, 32 bytes each; an erased entry means that the block must be erased
 *   sector 2    one unit per block: set when the block was installed and verified
 *
 *   header = "OTR2" | generation u32 | manifest length u32 | chapters u32 | app SID (36) | manifest SHA-256 (32)
 *            | CRC-32 of all before, padded with 0xff to 96 (integers little-endian)
 *   plan   = 256 bits per chapter, lowest first, 1 = the block differs | CRC-32, padded with zeros to units
 *   mark   = one program unit; set when all zero. A torn mark is not set, and zero may be programmed over it.
 *
 *   erased -> manifest and lists -> header: valid -> [LISTED] -> INSTALLING -> plan -> block marks -> COMPLETE
 *
 * A chapter of external flash is erased only if a layer lies in it; the others keep what an older record left there,
 * and nobody looks at them. A header of another format or of a board with other sizes is not valid: then nothing
 * counts as installed, and the server's word brings it back (blocks that are right are kept).
 *
 * Invariants:
 *  R1 the header is programmed last: a record with a valid header has its manifest and its signed block
 *     lists complete;
 *  R2 the slot is not touched before the mark INSTALLING of the record to be installed is durable;
 *  R3 the slot belongs to the newest record with INSTALLING set (the owner); only if that is COMPLETE may it
 *     be started;
 *  R4 the owner's record is never erased; the other one is free for the next update;
 *  R5 after a cut, a block in the plan without its mark is written again even if it looks right.
 */
#ifndef CORE_OTA_RECORD_H
#define CORE_OTA_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/img/blocks.h"
#include "proto/limits.h"

#define OTA_RECORDS      2u
#define OTA_RECORD_NONE  OTA_RECORDS
#define OTA_BITMAP_BYTES (BLOCKS_MAX / 8)

/* Blocks of a chapter. */
#define OTA_CHAPTER_BLOCKS 256u

enum ota_mark { OTA_MARK_INSTALLING, OTA_MARK_COMPLETE, OTA_MARK_LISTED };

/* What is known of a record without reading its lists. */
struct ota_record {
    bool valid; /* header is good */
    bool installing;
    bool complete;
    bool listed; /* the lists of layers without a signed list were computed and are complete */
    uint32_t generation;
    uint32_t manifest_bytes;
    char app_sid[SID_CHARS + 1];
    uint8_t sha256[SHA256_BYTES];
};

/* Reads a record's header and marks; makes marks that are set firm. Port status. */
int ota_record_read(uint32_t index, struct ota_record *out);

/* Chapters of a record on this board, and whether the journal has room for two records. */
uint32_t ota_record_chapters(void);
bool ota_record_fits(void);

/* Erases header, plan and marks, and the chapter of the slot. */
int ota_record_erase(uint32_t index);

/* Erases a chapter of external flash (from 1 on). */
int ota_record_erase_chapter(uint32_t index, uint32_t chapter);

/* Erases only the header, so that the record is no longer valid. */
int ota_record_discard(uint32_t index);

/* Programs the manifest; the record must be erased. */
int ota_record_write_manifest(uint32_t index, const uint8_t *bytes, uint32_t length);

/* Reads it back; buf has MANIFEST_MAX_BYTES. */
int ota_record_read_manifest(uint32_t index, const struct ota_record *record, uint8_t *buf);

/* Programs the expected hash of one block. */
int ota_record_write_hash(uint32_t index, uint32_t block, const uint8_t hash[SHA256_BYTES]);

int ota_record_read_hash(uint32_t index, uint32_t block, struct block_expected *out);

/* SHA-256 of the hashes of count blocks from first on: the digest of a block list. */
int ota_record_list_digest(uint32_t index, uint32_t first, uint32_t count, uint8_t digest[SHA256_BYTES]);

/* Programs the header: the record becomes valid. Uses generation, manifest_bytes, app_sid and sha256. */
int ota_record_commit(uint32_t index, const struct ota_record *record);

int ota_record_mark(uint32_t index, enum ota_mark mark);

/* The plan; bits beyond the last chapter are zero. PORT_OK, PORT_ENOENT when none was written, PORT_EIO when it is torn or unreadable. */
int ota_record_read_plan(uint32_t index, uint8_t bitmap[OTA_BITMAP_BYTES]);
int ota_record_write_plan(uint32_t index, const uint8_t bitmap[OTA_BITMAP_BYTES]);

bool ota_record_block_done(uint32_t index, uint32_t block);
int ota_record_mark_block(uint32_t index, uint32_t block);

/* Newest record that owns the slot (R3), newest valid record, or OTA_RECORD_NONE. */
uint32_t ota_record_owner(const struct ota_record records[OTA_RECORDS]);
uint32_t ota_record_newest(const struct ota_record records[OTA_RECORDS]);

#endif
