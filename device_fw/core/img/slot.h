/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application slot, block by block: what each must hold, whether it does, and loading it for a start.
 *
 * Invariant S1: a block of the slot is handed to the application's world only after it was found to have the
 * expected hash in this very start, and a start happens only if every block of the slot was found right.
 */
#ifndef CORE_SLOT_H
#define CORE_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"
#include "proto/limits.h"

#define SLOT_BLOCKS_MAX (APP_FLASH_BYTES / BLOCK_BYTES)

/* What a block must hold. A hash of all ones (which no data has) means: erased. */
struct slot_expected {
    uint8_t hash[SHA256_BYTES];
};

/* Looks up what a block must hold; 0 or a port status. */
typedef int (*slot_expected_fn)(const void *context, uint32_t block, struct slot_expected *out);

bool slot_expects_erased(const struct slot_expected *expected);

/* Is it the hash of a block of 4,096 times 0xff? Such a block needs no download. */
bool slot_hash_of_blank(const uint8_t hash[SHA256_BYTES]);

/* Does the block at this index of the area hold what is expected? */
bool slot_block_matches(enum port_flash_area area, uint32_t block, const struct slot_expected *expected);

/* Are all bytes of the block erased? */
bool slot_block_erased(enum port_flash_area area, uint32_t block);

/* Number of blocks of the slot on this board. */
uint32_t slot_blocks(void);

/* Measures the whole slot and loads it into the application's code window (which must be OFF). Returns the
 * number of wrong blocks: 0 means ready to start. PORT_EIO: flash or window failed. */
int slot_load(slot_expected_fn expected_of, const void *context);

#endif
