/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 keys: making them, reading and writing PEM, ECDSA signatures in r || s form (bundle.proto), Diffie-Hellman. */
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

/* A new pair. */
int p256_generate(struct p256_key **out, struct fail *fail);

/* PEM of the private key (PKCS#8) or of the public one; free with mem_free_secret. */
char *p256_private_pem(const struct p256_key *key);
char *p256_public_pem(const struct p256_key *key);

/* The private scalar, 32 bytes big-endian, for whom it is sealed to; to be wiped. */
int p256_private_raw(const struct p256_key *key, unsigned char scalar[32], struct fail *fail);

/* The shared secret with the holder of a point; false when it is not on the curve. */
bool p256_agree(const struct p256_key *key, const unsigned char peer[P256_POINT_BYTES],
                unsigned char secret[32]);

/* ECDSA with SHA-256 over data. */
int p256_sign(const struct p256_key *key, const void *data, size_t len,
              unsigned char signature[P256_SIG_BYTES], struct fail *fail);
bool p256_verify(const unsigned char point[P256_POINT_BYTES], const void *data, size_t len,
                 const unsigned char signature[P256_SIG_BYTES]);

#endif
