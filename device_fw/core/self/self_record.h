/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a microvisor update must remember over a cut: the one record of PORT_FLASH_SELF, in its first sector.
 *
 *      0  header (48 bytes): "OTS1" | manifest SHA-256 (32) | CRC-32 of all before | 0xff
 *    256  mark EMPTIED: the trailer of the slot was erased, and since then belongs to this image
 *    272  mark STARTED: the device was restarted to run it
 *    512  one mark per value of UpdateError: refused for this reason
 *   2048  one mark per block of the slot: written and read back
 *
 *   A mark is one program unit of zeros. A torn mark is not set, and zero may be programmed over it.
 *
 *   erased -> header: valid -> EMPTIED -> block, block ... -> STARTED
 *                       \---------\----------\----------------\-> refused
 *
 * Invariants:
 *  J1 there is one record, and it is of the microvisor that was wanted last: a new one erases the old one, so what was refused is
 *     forgotten exactly when a different one is wanted;
 *  J2 a block's mark is programmed after the block was found to hold what was received: after a cut it is not fetched again;
 *  J3 marks are only ever added;
 *  J4 EMPTIED is programmed after the trailer's erase came to its end, and the record is erased before the trailer is: an erase that
 *     was cut is never taken for one that was finished.
 * The blocks of the slot that have no mark may hold anything. Nothing here is trusted further than for saving time: the
 * whole image is verified at the end.
 */
#ifndef CORE_SELF_RECORD_H
#define CORE_SELF_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "wire.pb.h"

struct self_record {
    bool valid;
    bool emptied;
    bool started;
    otr_UpdateError refused;      /* UPDATE_OK: it was not */
    uint8_t sha256[SHA256_BYTES]; /* of the manifest */
};

/* All zero when there is none or it cannot be read. */
void self_record_read(struct self_record *out);

/* Is it the record of this manifest? */
bool self_record_is_of(const struct self_record *record, const uint8_t sha256[SHA256_BYTES]);

/* Replaces what was there. Port status. */
int self_record_begin(const uint8_t sha256[SHA256_BYTES]);

/* Erases it. */
int self_record_discard(void);

bool self_record_block_done(uint32_t block);
int self_record_mark_block(uint32_t block);
int self_record_mark_emptied(void);
int self_record_mark_started(void);
int self_record_refuse(otr_UpdateError error);

#endif
