/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 with padding (RFC 4648 section 4), strict: no white space, no missing padding, no stray bits. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#define BASE64_CHARS(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_CHARS(len) characters and a NUL. */
void base64_to_text(const unsigned char *data, size_t len, char *out);
/* False when the text is not base64 or decodes to more than cap bytes. */
bool base64_from_text(const char *text, unsigned char *out, size_t cap, size_t *len);

#endif
