/* SPDX-License-Identifier: Apache-2.0 */
/* A P-256 private key of the keeper. The bytes never leave this process except into its own file. */
#ifndef KEEPER_KEY_H
#define KEEPER_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct keeper_key;
struct evp_pkey_st; /* OpenSSL's EVP_PKEY */

int keeper_key_generate(struct keeper_key **out);

/* Reads PEM from a file that nobody but its owner may read. ST_OK, ST_NOT_FOUND, ST_DENIED (mode is too
 * open), ST_INVALID (not a P-256 key), ST_IO. */
int keeper_key_load(const char *path, struct keeper_key **out);
int keeper_key_save(const struct keeper_key *key, const char *path); /* PKCS#8 PEM, mode 0600 */
int keeper_key_save_public(const struct keeper_key *key,
                           const char *path); /* SubjectPublicKeyInfo PEM, mode 0644 */
void keeper_key_free(struct keeper_key *key); /* NULL ok; wipes */

/* 65-byte uncompressed public key. */
void keeper_key_point(const struct keeper_key *key, unsigned char point[P256_POINT_BYTES]);

/* Id by which manifests name their signer. */
uint64_t keeper_key_signer_id(const struct keeper_key *key);

/* ECDSA/SHA-256 over prefix || body, as r || s, 32 bytes each, big-endian. ST_OK or ST_NO_MEMORY. */
int keeper_key_sign(const struct keeper_key *key, const void *prefix, size_t prefix_len, const void *body,
                    size_t body_len, unsigned char signature[P256_SIG_BYTES]);

/* Borrowed, for cert.c. */
struct evp_pkey_st *keeper_key_pkey(const struct keeper_key *key);

/* The point of any public key: ST_INVALID when it is not on P-256 or not stored uncompressed. */
int keeper_point_of(const struct evp_pkey_st *pkey, unsigned char point[P256_POINT_BYTES]);

#endif
