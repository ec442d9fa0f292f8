/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring and loading of the application slot; slot.h states the invariant. */
#include "core/img/slot.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"
#include "port/port_crypto.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_status.h"

#define CHUNK_BYTES 512u

bool slot_expects_erased(const struct slot_expected *expected)
{
    return bytes_are(expected->hash, SHA256_BYTES, 0xff);
}

bool slot_hash_of_blank(const uint8_t hash[SHA256_BYTES])
{
    static const uint8_t blank[SHA256_BYTES] = {
        0xf4, 0x7a, 0x8e, 0xc3, 0xe9, 0xaf, 0xf2, 0x31, 0x8d, 0x89, 0x69, 0x42, 0x28, 0x2a, 0xd4, 0xfe,
        0x37, 0xd6, 0x39, 0x1c, 0x82, 0x91, 0x4f, 0x54, 0xa5, 0xda, 0x8a, 0x37, 0xde, 0x13, 0x00, 0xc6,
    };

    return memcmp(hash, blank, SHA256_BYTES) == 0;
}

uint32_t slot_blocks(void)
{
    uint32_t blocks = port_flash_bytes(PORT_FLASH_APP) / BLOCK_BYTES;

    return blocks < SLOT_BLOCKS_MAX ? blocks : SLOT_BLOCKS_MAX;
}

bool slot_block_erased(enum port_flash_area area, uint32_t block)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint32_t done = 0; done < BLOCK_BYTES; done += sizeof(chunk))
        if (port_flash_read(area, block * BLOCK_BYTES + done, chunk, sizeof(chunk)) != 0 ||
            !bytes_are(chunk, sizeof(chunk), 0xff))
            return false;
    return true;
}

bool slot_block_matches(enum port_flash_area area, uint32_t block, const struct slot_expected *expected)
{
    if (slot_expects_erased(expected))
        return slot_block_erased(area, block);
    return digest_flash_equals(area, block * BLOCK_BYTES, BLOCK_BYTES, expected->hash);
}

/* Hashes the very bytes that are loaded: nothing can change between the check and the copy. What cannot be read (a cut may
 * leave flash whose error correction fails) counts as zeros: a wrong block, which is repaired. */
static int load_block(uint32_t block, uint8_t digest[SHA256_BYTES])
{
    struct port_sha256 sha;
    uint8_t chunk[CHUNK_BYTES];
    int status = 0;

    port_sha256_start(&sha);
    for (uint32_t done = 0; done < BLOCK_BYTES && status == 0; done += sizeof(chunk)) {
        uint32_t offset = block * BLOCK_BYTES + done;

        if (port_flash_read(PORT_FLASH_APP, offset, chunk, sizeof(chunk)) != 0)
            memset(chunk, 0, sizeof(chunk));
        port_sha256_update(&sha, chunk, sizeof(chunk));
        status = port_ns_load(offset, chunk, sizeof(chunk));
    }
    port_sha256_finish(&sha, digest);
    return status;
}

static int load_erased(uint32_t block)
{
    uint8_t chunk[CHUNK_BYTES];
    int status = 0;

    memset(chunk, 0xff, sizeof(chunk));
    for (uint32_t done = 0; done < BLOCK_BYTES && status == 0; done += sizeof(chunk))
        status = port_ns_load(block * BLOCK_BYTES + done, chunk, sizeof(chunk));
    return status;
}

/* Loads the erased blocks between two used ones. */
static int load_gap(uint32_t from, uint32_t to)
{
    int status = 0;

    while (from < to && status == 0)
        status = load_erased(from++);
    return status;
}

int slot_load(slot_expected_fn expected_of, const void *context)
{
    struct slot_expected expected;
    uint8_t digest[SHA256_BYTES];
    uint32_t used = 0; /* blocks loaded so far */
    int wrong = 0;

    for (uint32_t block = 0; block < slot_blocks(); block++) {
        int status = expected_of(context, block, &expected);

        if (status != 0)
            return PORT_EIO;
        port_watchdog_kick();
        if (slot_expects_erased(&expected)) {
            wrong += !slot_block_erased(PORT_FLASH_APP, block);
            continue;
        }
        if (load_gap(used, block) != 0 || load_block(block, digest) != 0)
            return PORT_EIO;
        used = block + 1;
        wrong += memcmp(digest, expected.hash, SHA256_BYTES) != 0;
    }
    if (port_ns_load_finish(used * BLOCK_BYTES) != 0)
        return PORT_EIO;
    return wrong;
}
