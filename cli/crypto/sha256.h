/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of memory (FIPS 180-4). */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stddef.h>

#define SHA256_HEX_BYTES 65 /* digits and a NUL */

void sha256_of(const void *data, size_t len, unsigned char digest[32]);
/* The same over data followed by fill_len bytes of value fill. */
void sha256_of_filled(const void *data, size_t len, unsigned char fill, size_t fill_len,
                      unsigned char digest[32]);

#endif
