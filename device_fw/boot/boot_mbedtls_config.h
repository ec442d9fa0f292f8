/* SPDX-License-Identifier: Apache-2.0 */
/* What boot0 takes from the TLS library: SHA-256 and nothing else; P-256 comes from p256-m, which has no
 * options. */
#ifndef BOOT_MBEDTLS_CONFIG_H
#define BOOT_MBEDTLS_CONFIG_H

#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED

#endif
