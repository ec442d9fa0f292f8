/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet of P-256 identities for the load generators: keys and requests made here, certificates issued by
 * the server. */
#ifndef BENCH_IDENTITIES_H
#define BENCH_IDENTITIES_H

#include <openssl/ssl.h>

struct bench_identity {
    EVP_PKEY *key;
    X509 *certificate;
};

/* Writes count keys to DIR/keys.pem and one base64 PKCS#10 request per line to DIR/csrs.txt. Exits on
 * failure. */
void bench_identities_make(const char *dir, unsigned count);

/* Loads DIR/keys.pem and DIR/certs.pem, in the same order. Returns how many; the caller frees nothing
 * (process lifetime). */
unsigned bench_identities_load(const char *dir, struct bench_identity **out);

_Noreturn void bench_die(const char *what);

#endif
