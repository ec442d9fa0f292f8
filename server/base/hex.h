/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text, lower case out, both cases in. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/* Writes 2 * len digits and a NUL; out has 2 * len + 1 bytes. */
void hex_encode(const void *data, size_t len, char *out);

/* Decodes exactly 2 * len digits. 0, or ST_INVALID when the text is shorter, longer or not hexadecimal. */
int hex_decode(const char *text, void *out, size_t len);

#endif
