/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The append-only trailer of a microvisor slot: its last sector says what may be done with the image before it.
 *
 *      0  identity: "OTRT" | sequence u32 | manifest SHA-256 (32) | CRC-32 of all before | 0xff .. 48
 *     48  mark EMPTIED: an image is being written, or was
 *     64  mark PENDING
 *     80  mark CONFIRMED
 *     96  mark REFUSED
 *    112  BOOT_TRIES_MAX marks: started on trial
 *   2048  all of it once more
 *
 *   A mark is one program unit of zeros. A torn mark is not set, and zero may be programmed over it. Each part counts
 *   when one of its two copies is good: a unit that can no longer be read costs nothing.
 *
 *   blank -> EMPTIED -> image -> identity -> PENDING -> try, try ... -> CONFIRMED
 *                                                                    \-> REFUSED
 *
 *   A blank trailer is how the factory leaves slot A: the image before it counts as confirmed, with sequence 0 (if the
 *   root key signed it, as with any other).
 *
 * Invariants:
 *  T1 the trailer is EMPTIED before the first byte of its image changes, and PENDING is programmed after the last byte
 *     was verified: an image whose trailer has PENDING or CONFIRMED set is complete, and so is one whose trailer is blank,
 *     unless its first sector is erased. A blank trailer is never left before an image that was not confirmed;
 *  T2 marks are only ever added; REFUSED outweighs every other mark;
 *  T3 a slot that was never confirmed is started at most BOOT_TRIES_MAX times: the try is durable before the jump;
 *  T4 of two slots the one with the higher sequence is newer; a new image gets the highest sequence plus one.
 */
#ifndef CORE_BOOT_TRAILER_H
#define CORE_BOOT_TRAILER_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"
#include "proto/limits.h"

/* A new microvisor that cannot check in three times in a row would not the fourth time either. */
#define BOOT_TRIES_MAX 3u

enum boot_mark { BOOT_MARK_PENDING, BOOT_MARK_CONFIRMED, BOOT_MARK_REFUSED };

struct boot_trailer {
    bool blank; /* nothing was ever programmed: the factory's image; all below is false */
    bool valid; /* identity is good */
    bool pending;
    bool confirmed;
    bool refused;
    uint32_t tries;
    uint32_t sequence;
    uint8_t manifest_sha256[SHA256_BYTES]; /* zeros: written by the factory or by hand, not over the air */
};

/* Reads the trailer of PORT_FLASH_MICROVISOR_A or _B. Port status; *out is all false when it cannot be read. */
int boot_trailer_read(enum port_flash_area slot, struct boot_trailer *out);

/*
 * Takes the slot's image out of use and makes its trailer ready for the next one: nothing is left that boot0 would start (T1).
 * The first sector of an image that was not confirmed is erased as well. Who continues an image after a cut must know that this
 * had come to its end, and not do it again: an erase that was cut can look done.
 */
int boot_trailer_erase(enum port_flash_area slot);

/* Programs the identity of an image that was just written. After a cut, again; PORT_EIO: begin with erasing. */
int boot_trailer_identify(enum port_flash_area slot, uint32_t sequence,
                          const uint8_t manifest_sha256[SHA256_BYTES]);

/* Sets a mark; one that is set already is set more firmly. PORT_EIO when it does not read as set afterwards. */
int boot_trailer_mark(enum port_flash_area slot, enum boot_mark mark);

/* Counts one start on trial (T3); PORT_EIO when none is left or the flash failed: then the image must not be started. */
int boot_trailer_count_try(enum port_flash_area slot);

/* The sequence of the next image to be written, in whichever slot (T4). */
uint32_t boot_trailer_next_sequence(void);

#endif
