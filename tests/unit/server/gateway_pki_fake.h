/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates for tests of the gateway, made at run time: a fleet CA, a gateway, devices good and
 * bad. */
#ifndef UNIT_GATEWAY_PKI_FAKE_H
#define UNIT_GATEWAY_PKI_FAKE_H

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/sid.h"

/* Writes pki/fleet_ca.pem, pki/gateway.pem and pki/gateway.key into the test's folder. */
void pki_fake_make(void);
void pki_fake_free(void);

enum pki_fake_fault {
    PKI_GOOD,
    PKI_OTHER_CA,     /* signed by a CA that the gateway does not know */
    PKI_OTHER_SID,    /* common name does not belong to the key */
    PKI_NOT_A_SID,    /* common name is no SID */
    PKI_SERVER_USAGE, /* extended key usage serverAuth */
    PKI_NO_USAGE,     /* no extended key usage at all */
    PKI_EXPIRED
};

struct pki_fake_device {
    EVP_PKEY *key;
    X509 *certificate;
    char sid[SID_BYTES];
    unsigned char key_sha256[32];
};

void pki_fake_device_make(struct pki_fake_device *d, enum pki_fake_fault fault);
void pki_fake_device_free(struct pki_fake_device *d);

#endif
