/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys of any kind that TLS libraries take; which kinds a role accepts is its own business. */
#include "crypto/pem_pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* The servers start unattended: nobody is there to type one. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf, (void)size, (void)rwflag, (void)arg;
    return -1;
}

/* True when the file ended, false when the next certificate is damaged. */
static bool chain_ended(void)
{
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* The first certificate, if all in the file are well formed; else NULL. */
static X509 *chain_load(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    X509 *first = PEM_read_X509(file, NULL, no_passphrase, NULL), *next = first;
    while (next != NULL) {
        next = PEM_read_X509(file, NULL, no_passphrase, NULL);
        if (next != NULL) {
            X509_free(next);
        }
    }
    if (first != NULL && !chain_ended()) {
        X509_free(first);
        first = NULL;
    }
    (void)fclose(file); /* was only read */
    return first;
}

static EVP_PKEY *key_load(const char *path)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, no_passphrase, NULL) : NULL;
    if (file != NULL) {
        (void)fclose(file); /* was only read */
    }
    return key;
}

enum crypto_pair crypto_pair_check(const char *certificate_path, const char *key_path)
{
    X509 *certificate = chain_load(certificate_path);
    EVP_PKEY *key = key_load(key_path);
    enum crypto_pair pair = CRYPTO_PAIR_GOOD;
    if (certificate == NULL) {
        pair = CRYPTO_PAIR_NO_CERTIFICATE;
    } else if (key == NULL) {
        pair = CRYPTO_PAIR_NO_KEY;
    } else if (X509_check_private_key(certificate, key) != 1) {
        pair = CRYPTO_PAIR_STRANGERS;
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    ERR_clear_error();
    return pair;
}
