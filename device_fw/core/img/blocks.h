/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocks of both flashes that an application lies in, in one numbering, so that one engine serves both:
 *
 *   from 0                the slot (PORT_FLASH_APP), as many as the board has: slot_blocks()
 *   from BLOCKS_EXTERNAL  external flash (PORT_FLASH_EXTERNAL): external_blocks()
 *
 * Numbers between the two, on boards with a smaller slot, name nothing.
 */
#ifndef CORE_BLOCKS_H
#define CORE_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"
#include "proto/limits.h"

#define SLOT_BLOCKS_MAX     (APP_FLASH_BYTES / BLOCK_BYTES)
#define EXTERNAL_BLOCKS_MAX (EXTERNAL_FLASH_BYTES / BLOCK_BYTES)
#define BLOCKS_EXTERNAL     SLOT_BLOCKS_MAX
#define BLOCKS_MAX          (BLOCKS_EXTERNAL + EXTERNAL_BLOCKS_MAX)

/* What a block must hold. A hash of all ones (which no data has) means: erased. */
struct block_expected {
    uint8_t hash[SHA256_BYTES];
};

/* Where a block lies: its number in an area. */
struct block_place {
    enum port_flash_area area;
    uint32_t index;
};

/* Number of blocks of the slot and of the external flash (0: none) on this board. */
uint32_t slot_blocks(void);
uint32_t external_blocks(void);

struct block_place block_place(uint32_t block);

bool block_expects_erased(const struct block_expected *expected);

/* Is it the hash of a block of 4,096 times 0xff? Such a block needs no download. */
bool block_hash_of_blank(const uint8_t hash[SHA256_BYTES]);

/* Does the flash at this place hold what is expected? False also when it cannot be read. */
bool block_matches(struct block_place place, const struct block_expected *expected);

/* Are all bytes there erased? */
bool block_erased(struct block_place place);

#endif
