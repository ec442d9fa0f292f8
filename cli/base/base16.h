/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text, lower case out, both cases in. */
#ifndef BASE_BASE16_H
#define BASE_BASE16_H

#include <stdbool.h>
#include <stddef.h>

/* Writes 2 * len digits and a NUL. */
void base16_encode(const unsigned char *data, size_t len, char *out);
/* Decodes exactly 2 * len digits; false when the text is shorter, longer or not hexadecimal. */
bool base16_decode(const char *text, unsigned char *out, size_t len);

#endif
