/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures for tests of the core: a keyed hash in the place of ECDSA, so that tests are fast and need no library; SHA-256 is
 * the real one. Real signatures are tested with ports/mbedtls and end to end.
 */
#ifndef CRYPTO_FAKE_H
#define CRYPTO_FAKE_H

#include <stdint.h>

/* Makes the "point" number n; its private half is the number. */
void crypto_fake_point(uint32_t n, uint8_t point[65]);

/* Signs as the holder of the point. */
void crypto_fake_sign(const uint8_t point[65], const uint8_t digest[32], uint8_t sig[64]);

/* Key pair of layer decrypter number n. */
void crypto_fake_decrypter(uint32_t n, uint8_t private_key[32], uint8_t public_key[65]);

/* A "certificate": 'C', the point, and the NUL-terminated name. Returns its length. */
uint32_t crypto_fake_certificate(const uint8_t point[65], const char *name, uint8_t *out);

/* "Certificate" of server CA number n: 'A' and the number, alone for that of the factory, 0. Returns its length. Its point. */
uint32_t crypto_fake_ca(uint8_t n, uint8_t *out);
void crypto_fake_ca_point(uint8_t n, uint8_t point[65]);

#endif
