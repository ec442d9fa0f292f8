/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and loads the load generators' device identities. */
#include "bench_identities.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, mode);
    if (!f) {
        fprintf(stderr, "bench: cannot open %s\n", path);
        exit(1);
    }
    return f;
}

static void csr_write(FILE *f, EVP_PKEY *key)
{
    X509_REQ *req = X509_REQ_new();
    unsigned char *der = NULL;
    unsigned char text[2048];

    if (!req || !X509_REQ_set_pubkey(req, key) || !X509_REQ_sign(req, key, EVP_sha256()))
        bench_die("cannot make a certificate request");
    int len = i2d_X509_REQ(req, &der);
    if (len <= 0 || (size_t)len * 4 / 3 + 5 > sizeof text)
        bench_die("certificate request has an unexpected size");
    EVP_EncodeBlock(text, der, len);
    fprintf(f, "%s\n", (const char *)text);
    OPENSSL_free(der);
    X509_REQ_free(req);
}

void bench_identities_make(const char *dir, unsigned count)
{
    FILE *keys = open_in(dir, "keys.pem", "w");
    FILE *csrs = open_in(dir, "csrs.txt", "w");

    for (unsigned i = 0; i < count; i++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        if (!key || !PEM_write_PrivateKey(keys, key, NULL, NULL, 0, NULL, NULL))
            bench_die("cannot make a key");
        csr_write(csrs, key);
        EVP_PKEY_free(key);
    }
    if (fclose(keys) || fclose(csrs))
        bench_die("cannot write the identities");
}

unsigned bench_identities_load(const char *dir, struct bench_identity **out)
{
    FILE *keys = open_in(dir, "keys.pem", "r");
    FILE *certs = open_in(dir, "certs.pem", "r");
    struct bench_identity *all = NULL;
    unsigned n = 0;

    for (;; n++) {
        struct bench_identity one = { PEM_read_PrivateKey(keys, NULL, NULL, NULL),
                                      PEM_read_X509(certs, NULL, NULL, NULL) };
        if (!one.key || !one.certificate)
            break;
        if ((n & (n + 1)) == 0) {
            all = realloc(all, sizeof *all * (2 * (size_t)n + 2));
            if (!all)
                bench_die("out of memory");
        }
        all[n] = one;
    }
    ERR_clear_error(); /* the end of both files */
    fclose(keys);
    fclose(certs);
    if (n == 0)
        bench_die("no identities found");
    *out = all;
    return n;
}
