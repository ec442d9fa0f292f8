/* SPDX-License-Identifier: Apache-2.0 */
/* Names and fixed forms of X.509: the door to the library's object identifiers, and the key form of P-256. */
#ifndef PORTS_MBEDTLS_OID_H
#define PORTS_MBEDTLS_OID_H

#include <mbedtls/oid.h>
#include <stdint.h>

/* The SubjectPublicKeyInfo of a P-256 point has one DER form (RFC 5480): this prefix and the 65-byte point.
 */
#define SPKI_P256_PREFIX_BYTES 26u
#define SPKI_P256_BYTES        91u

extern const uint8_t spki_p256_prefix[SPKI_P256_PREFIX_BYTES];

#endif
