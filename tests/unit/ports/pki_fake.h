/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority in a test's memory, made with OpenSSL: the other side of what the device checks. */
#ifndef TESTS_UNIT_PORTS_PKI_FAKE_H
#define TESTS_UNIT_PORTS_PKI_FAKE_H

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>

struct pki_entity {
    EVP_PKEY *key;
    X509 *cert;
    uint8_t der[1024];
    uint32_t der_len;
    uint8_t scalar[32];
    uint8_t point[65];
};

/* What is special about a certificate; zeros are the usual: valid from an hour ago for a day, end entity. */
struct pki_wish {
    const char *common_name;
    const char *alternative_name; /* "DNS:..." or NULL for none */
    const char *extended_usage;   /* "serverAuth" or NULL for none */
    bool ca;
    bool no_extensions;
    const char *curve; /* NULL: P-256 */
    long not_before_s; /* relative to now; 0: an hour ago */
    long not_after_s;  /* relative to now; 0: in a day */
};

/* Makes key and certificate, signed by issuer or by itself when issuer is NULL. Aborts on failure. */
void pki_issue(struct pki_entity *out, const struct pki_entity *issuer, const struct pki_wish *wish);
void pki_clear(struct pki_entity *entity);

#endif
