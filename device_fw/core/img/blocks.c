/* SPDX-License-Identifier: Apache-2.0 */
/* Numbering and measuring of blocks; see blocks.h. */
#include "core/img/blocks.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"

#define CHUNK_BYTES 512u

static uint32_t blocks_of(enum port_flash_area area, uint32_t most)
{
    uint32_t blocks = port_flash_bytes(area) / BLOCK_BYTES;

    return blocks < most ? blocks : most;
}

uint32_t slot_blocks(void)
{
    return blocks_of(PORT_FLASH_APP, SLOT_BLOCKS_MAX);
}

uint32_t external_blocks(void)
{
    return blocks_of(PORT_FLASH_EXTERNAL, EXTERNAL_BLOCKS_MAX);
}

struct block_place block_place(uint32_t block)
{
    if (block < BLOCKS_EXTERNAL)
        return (struct block_place){ PORT_FLASH_APP, block };
    return (struct block_place){ PORT_FLASH_EXTERNAL, block - BLOCKS_EXTERNAL };
}

bool block_expects_erased(const struct block_expected *expected)
{
    return bytes_are(expected->hash, SHA256_BYTES, 0xff);
}

bool block_hash_of_blank(const uint8_t hash[SHA256_BYTES])
{
    static const uint8_t blank[SHA256_BYTES] = {
        0xf4, 0x7a, 0x8e, 0xc3, 0xe9, 0xaf, 0xf2, 0x31, 0x8d, 0x89, 0x69, 0x42, 0x28, 0x2a, 0xd4, 0xfe,
        0x37, 0xd6, 0x39, 0x1c, 0x82, 0x91, 0x4f, 0x54, 0xa5, 0xda, 0x8a, 0x37, 0xde, 0x13, 0x00, 0xc6,
    };

    return memcmp(hash, blank, SHA256_BYTES) == 0;
}

bool block_erased(struct block_place place)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint32_t done = 0; done < BLOCK_BYTES; done += sizeof(chunk))
        if (port_flash_read(place.area, place.index * BLOCK_BYTES + done, chunk, sizeof(chunk)) != 0 ||
            !bytes_are(chunk, sizeof(chunk), 0xff))
            return false;
    return true;
}

bool block_matches(struct block_place place, const struct block_expected *expected)
{
    if (block_expects_erased(expected))
        return block_erased(place);
    return digest_flash_equals(place.area, place.index * BLOCK_BYTES, BLOCK_BYTES, expected->hash);
}
