/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, whole and in pieces. Aborts when the library cannot even start a hash: nothing can be trusted
 * then. */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include <stdbool.h>
#include <stddef.h>

#define CRYPTO_SHA256_BYTES 32u

void crypto_sha256(const void *data, size_t len, unsigned char out[32]);

struct crypto_sha256_ctx;
struct crypto_sha256_ctx *crypto_sha256_new(void);
void crypto_sha256_free(struct crypto_sha256_ctx *ctx); /* NULL ok */
void crypto_sha256_add(struct crypto_sha256_ctx *ctx, const void *data, size_t len);
/* Gives the hash of what was added and starts again. */
void crypto_sha256_end(struct crypto_sha256_ctx *ctx, unsigned char out[32]);

/* Compares in constant time: secrets and their hashes. */
bool crypto_equal(const void *a, const void *b, size_t len);

#endif
