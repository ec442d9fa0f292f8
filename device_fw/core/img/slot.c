/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring and loading of the application slot; slot.h states the invariant. */
#include "core/img/slot.h"

#include <string.h>

#include "port/port_crypto.h"
#include "port/port_ns.h"
#include "port/port_power.h"
#include "port/port_status.h"

#define CHUNK_BYTES 512u

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
    struct block_expected expected;
    uint8_t digest[SHA256_BYTES];
    uint32_t used = 0; /* blocks loaded so far */
    int wrong = 0;

    for (uint32_t block = 0; block < slot_blocks(); block++) {
        int status = expected_of(context, block, &expected);

        if (status != 0)
            return PORT_EIO;
        port_watchdog_kick();
        if (block_expects_erased(&expected)) {
            wrong += !block_erased(block_place(block));
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
