/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms of PSA that TLS 1.3, certificates and manifests need; everything else is left out of the
 * image. */
#ifndef PORTS_MBEDTLS_FW_CRYPTO_CONFIG_H
#define PORTS_MBEDTLS_FW_CRYPTO_CONFIG_H

#define PSA_WANT_ALG_ECDH              1
#define PSA_WANT_ALG_ECDSA             1
#define PSA_WANT_ALG_SHA_256           1
#define PSA_WANT_ALG_HMAC              1
#define PSA_WANT_ALG_HKDF_EXTRACT      1
#define PSA_WANT_ALG_HKDF_EXPAND       1
#define PSA_WANT_ALG_CHACHA20_POLY1305 1 /* first choice: 2.5 times as fast as GCM without AES hardware */
#define PSA_WANT_ALG_GCM               1

#define PSA_WANT_ECC_SECP_R1_256                1
#define PSA_WANT_KEY_TYPE_AES                   1
#define PSA_WANT_KEY_TYPE_CHACHA20              1
#define PSA_WANT_KEY_TYPE_DERIVE                1
#define PSA_WANT_KEY_TYPE_HMAC                  1
#define PSA_WANT_KEY_TYPE_RAW_DATA              1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1

#endif
