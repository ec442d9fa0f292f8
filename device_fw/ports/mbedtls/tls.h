/* SPDX-License-Identifier: Apache-2.0 */
/* The door to the library's TLS client, and the words for its failures. Inside this room only. */
#ifndef PORTS_MBEDTLS_TLS_H
#define PORTS_MBEDTLS_TLS_H

#include "ports/mbedtls/oid.h" /* x509_crt.h uses its names and does not include it */

#include <mbedtls/ssl.h>

/* What a failure means to the core and to the reader of the log. */
struct tls_failure {
    int status;        /* PORT_EAUTH, PORT_EIO, PORT_CLOSED or PORT_ENOSPC */
    const char *words; /* static */
};

/* Seconds since 1970 of a time in a certificate; 0 for anything earlier. */
uint64_t tls_unix_time(const mbedtls_x509_time *time);

/* Explains a negative result of handshake, read or write. */
struct tls_failure tls_failure_explain(const mbedtls_ssl_context *ssl, int error);

#endif
