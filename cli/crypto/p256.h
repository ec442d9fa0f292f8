/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 keys: reading PEM files, ECDSA signatures in r || s form (bundle.proto). */
#ifndef CRYPTO_P256_H
#define CRYPTO_P256_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "proto/limits.h"

/* Reads the public key in a PEM file (a private key's public half is taken too) as X9.62 uncompressed point.
 * CLI_FORMAT when the file holds no key or one of another curve. */
int p256_public_read(const char *path, unsigned char point[P256_POINT_BYTES], struct fail *fail);

/* Private key; opaque, wiped by p256_key_free (NULL ok). */
struct p256_key;
int p256_key_read(const char *path, struct p256_key **out, struct fail *fail);
void p256_key_free(struct p256_key *key);
void p256_key_public(const struct p256_key *key, unsigned char point[P256_POINT_BYTES]);

/* ECDSA with SHA-256 over data. */
int p256_sign(const struct p256_key *key, const void *data, size_t len,
              unsigned char signature[P256_SIG_BYTES], struct fail *fail);
bool p256_verify(const unsigned char point[P256_POINT_BYTES], const void *data, size_t len,
                 const unsigned char signature[P256_SIG_BYTES]);

#endif
