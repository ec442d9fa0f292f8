/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 section 4) and its line-wrapped use in PEM (RFC 7468). */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include <stddef.h>

#define CRYPTO_BASE64_CHARS(bytes) (((bytes) + 2u) / 3u * 4u)

/* Writes CRYPTO_BASE64_CHARS(len) characters and a NUL. */
void crypto_base64_encode(const void *data, size_t len, char *out);

/* Decodes text_len characters; padding is optional, white space is skipped. ST_OK, ST_INVALID, ST_TOO_LARGE.
 */
int crypto_base64_decode(const char *text, size_t text_len, void *out, size_t cap, size_t *len);

/* Decodes PEM with this label ("CERTIFICATE REQUEST"), or plain base64. ST_OK, ST_INVALID, ST_TOO_LARGE. */
int crypto_pem_decode(const char *text, const char *label, void *out, size_t cap, size_t *len);

/* Writes PEM with 64-column lines. ST_OK, ST_TOO_LARGE. */
int crypto_pem_encode(const char *label, const void *der, size_t len, char *out, size_t cap);

#endif
