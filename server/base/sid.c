/* SPDX-License-Identifier: Apache-2.0 */
/* Making and recognising SIDs. Randomness comes from the kernel alone. */
#include "base/sid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hex.h"

#define SID_PREFIX_CHARS 2
#define SID_ID_BYTES     16

bool sid_is(const char *s, const char *prefix)
{
    unsigned char id[SID_ID_BYTES];

    return strncmp(s, prefix, SID_PREFIX_CHARS) == 0 && hex_decode(s + SID_PREFIX_CHARS, id, sizeof id) == 0;
}

static void sid_format(const char *prefix, const unsigned char id[SID_ID_BYTES], char out[SID_BYTES])
{
    out[0] = prefix[0];
    out[1] = prefix[1];
    hex_encode(id, SID_ID_BYTES, out + SID_PREFIX_CHARS);
}

void sid_random(const char *prefix, char out[SID_BYTES])
{
    unsigned char id[SID_ID_BYTES];
    ssize_t got;

    do
        got = getrandom(id, sizeof id, 0); /* up to 256 bytes are never cut short */
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof id)
        abort();
    sid_format(prefix, id, out);
}

void sid_from_digest(const char *prefix, const unsigned char digest[32], char out[SID_BYTES])
{
    sid_format(prefix, digest, out);
}
