/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few primitives that the core itself needs; TLS has its own inside the secure stream.
 * SHA-256: FIPS 180-4. ECDSA P-256: FIPS 186-5, signatures as r || s big-endian, points as X9.62 uncompressed.
 */
#ifndef PORT_CRYPTO_H
#define PORT_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

struct port_sha256 {
    uint64_t opaque[16]; /* holds the implementation's context, checked by a static assert there */
};

void port_sha256_start(struct port_sha256 *ctx);
void port_sha256_update(struct port_sha256 *ctx, const void *data, uint32_t len);
void port_sha256_finish(struct port_sha256 *ctx, uint8_t digest[32]);

/* True only if sig is a valid signature of the 32-byte digest under the public key. */
bool port_p256_verify(const uint8_t public_key[65], const uint8_t digest[32], const uint8_t sig[64]);

/* Makes a new P-256 key pair: 32-byte private scalar and its public point. PORT_EIO without entropy. */
int port_p256_generate(uint8_t private_key[32], uint8_t public_key[65]);

/* The public point of a private scalar. PORT_EINVAL: the scalar is none. */
int port_p256_public(const uint8_t private_key[32], uint8_t public_key[65]);

/* AES-128 in counter mode (NIST SP 800-38A 6.5), in place: decrypts what it has encrypted. Counter block = prefix || block, big-endian;
 * block is the number of the first 16 bytes and is counted on. */
void port_aes_ctr(const uint8_t key[16], const uint8_t prefix[12], uint32_t block, uint8_t *data,
                  uint32_t len);

/* Writes a PKCS#10 request (RFC 2986, DER) for the key with the given subject common name. Returns its length
 * or a negative status; cap is the room at der. */
int port_p256_csr(const uint8_t private_key[32], const uint8_t public_key[65], const char *common_name,
                  uint8_t *der, uint32_t cap);

/* Checks that a DER certificate carries this public key and subject common name. PORT_EAUTH if not. */
int port_cert_matches(const uint8_t *der, uint32_t len, const uint8_t public_key[65],
                      const char *common_name);

/* Checks that DER bytes are one certificate that this port can use as a trust anchor. PORT_EAUTH if not. Its key goes to
 * public_key unless that is NULL. */
int port_cert_is_ca(const uint8_t *der, uint32_t len, uint8_t public_key[65]);

#endif
