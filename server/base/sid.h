/* SPDX-License-Identifier: Apache-2.0 */
/* SIDs: two upper-case letters and 32 lower-case hexadecimal digits (rest-api.md section 1.2). */
#ifndef BASE_SID_H
#define BASE_SID_H

#include <stdbool.h>
#include <stddef.h>

#define SID_BYTES 35 /* with the terminating NUL */

/* True if s is a SID with this two-letter prefix; upper-case hex digits are accepted as the original does. */
bool sid_is(const char *s, const char *prefix);

/* Makes a random SID. Aborts if the system has no entropy. */
void sid_random(const char *prefix, char out[SID_BYTES]);

/* SID from the first 16 bytes of a digest, e.g. of a device's public key (PROTOCOL.md section 1). */
void sid_from_digest(const char *prefix, const unsigned char digest[32], char out[SID_BYTES]);

#endif
