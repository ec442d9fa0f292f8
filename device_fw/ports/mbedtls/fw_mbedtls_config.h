/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedTLS as the device needs it: a TLS 1.3 client with certificates on P-256, and nothing else.
 *
 * Must not be called mbedtls_config.h: the library includes its configuration by quoted name and would pick
 * its own file of that name. Build with this folder on the include path and
 * -DMBEDTLS_CONFIG_FILE='"fw_mbedtls_config.h"'. The same file serves the target and the host, so that host
 * tests run what the device runs.
 */
#ifndef PORTS_MBEDTLS_FW_MBEDTLS_CONFIG_H
#define PORTS_MBEDTLS_FW_MBEDTLS_CONFIG_H

#include <stdint.h>

/* Platform: fixed arena instead of malloc, our clock, no C library streams. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_SNPRINTF_ALT
#define MBEDTLS_PLATFORM_EXIT_MACRO mbed_exit
void mbed_exit(int code);
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE                                                                        \
    8 /* 64-bit members; the library's default of 4 is undefined behaviour */

/* Time: certificates are checked with the wall time that port_stream_open was given. */
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO int64_t
#define MBEDTLS_PLATFORM_TIME_MACRO      mbed_time
int64_t mbed_time(int64_t *out);
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_PLATFORM_GMTIME_R_ALT

/* PSA with p256-m: two thirds of the instructions of the library's own curves, and 13 KiB smaller. */
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_USE_PSA_CRYPTO
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "fw_crypto_config.h"
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_KEY_SLOT_COUNT 12
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS /* secure world only: nobody changes our buffers meanwhile */
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_MD_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#define MBEDTLS_SHA256_SMALLER

/* X.509: read certificates; requests are written with the ASN.1 writer alone. */
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA                                                                     \
    2 /* the server CA signs the gateway's certificate itself, or through one */

/* TLS 1.3 client. Tickets are off: one connection serves for weeks (PROTOCOL.md section 1). */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* TLS 1.3 needs it */
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_SSL_IN_CONTENT_LEN  4096 /* TLS_RECORD_TO_DEVICE_MAX_BYTES of proto/limits.h */
#define MBEDTLS_SSL_OUT_CONTENT_LEN 2048 /* control messages are at most 1,280 bytes */

#endif
