/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 public keys as 65-byte uncompressed points (X9.62), and what is done with them: verify, name, load.
 */
#ifndef CRYPTO_P256_H
#define CRYPTO_P256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_POINT_BYTES 65u

/* True if the bytes are an uncompressed point on the curve. */
bool crypto_point_is_valid(const unsigned char *point, size_t len);

/* ECDSA with SHA-256 over prefix and message; signature is r || s, 32 bytes each, big-endian. */
bool crypto_p256_verify(const unsigned char point[65], const void *prefix, size_t prefix_len,
                        const void *message, size_t message_len, const unsigned char signature[64]);

/* The same, when SHA-256 of the message is there already. */
bool crypto_p256_verify_digest(const unsigned char point[65], const unsigned char digest[32],
                               const unsigned char signature[64]);

/* Signer id: first 8 bytes, as a big-endian number, of SHA-256(0x00 0x00 || point). */
uint64_t crypto_signer_id(const unsigned char point[65]);

/* Reads a PEM public key file. ST_OK, ST_IO, ST_INVALID (not a P-256 public key). */
int crypto_point_load(const char *pem_path, unsigned char point[65]);

/* Public key of a DER certificate. ST_OK, ST_INVALID. */
int crypto_certificate_point(const unsigned char *der, size_t len, unsigned char point[65]);

#endif
