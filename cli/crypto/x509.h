/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and requests as provisioning needs them. */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

#include <stddef.h>

#include "base/fail.h"
#include "proto/limits.h"

/* Public key of a PKCS#10 request (RFC 2986) in DER whose own signature is right. CLI_FORMAT otherwise. */
int x509_request_point(const unsigned char *der, size_t len, unsigned char point[P256_POINT_BYTES],
                       struct fail *fail);

/* The first certificate of a PEM text as DER of at most cap bytes. what: its name in messages. */
int x509_pem_to_der(const char *pem, const char *what, unsigned char *der, size_t cap, size_t *len,
                    struct fail *fail);

/* Public key and subject common name of a certificate in DER. */
int x509_certificate_read(const unsigned char *der, size_t len, unsigned char point[P256_POINT_BYTES],
                          char name[64], struct fail *fail);

#endif
