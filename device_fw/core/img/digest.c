/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over memory and flash, in pieces that fit on the stack. */
#include "core/img/digest.h"

#include <string.h>

#include "port/port_crypto.h"

#define CHUNK_BYTES 512u /* on the stack: few flash calls per block, small against the thread's stack */

void digest_pieces(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    struct port_sha256 sha;

    port_sha256_start(&sha);
    for (size_t i = 0; i < count; i++)
        port_sha256_update(&sha, pieces[i].data, (uint32_t)pieces[i].length);
    port_sha256_finish(&sha, digest);
}

void digest_bytes(const void *data, uint32_t length, uint8_t digest[SHA256_BYTES])
{
    const struct bundle_bytes piece = { data, length };

    digest_pieces(&piece, 1, digest);
}

int digest_flash(enum port_flash_area area, uint32_t offset, uint32_t length, uint8_t digest[SHA256_BYTES])
{
    struct port_sha256 sha;
    uint8_t chunk[CHUNK_BYTES];

    port_sha256_start(&sha);
    while (length > 0) {
        uint32_t count = length < sizeof(chunk) ? length : (uint32_t)sizeof(chunk);
        int status = port_flash_read(area, offset, chunk, count);

        if (status != 0) {
            port_sha256_finish(&sha, digest); /* releases the context */
            return status;
        }
        port_sha256_update(&sha, chunk, count);
        offset += count;
        length -= count;
    }
    port_sha256_finish(&sha, digest);
    return 0;
}

bool digest_flash_equals(enum port_flash_area area, uint32_t offset, uint32_t length,
                         const uint8_t digest[SHA256_BYTES])
{
    uint8_t actual[SHA256_BYTES];

    return digest_flash(area, offset, length, actual) == 0 && memcmp(actual, digest, SHA256_BYTES) == 0;
}
