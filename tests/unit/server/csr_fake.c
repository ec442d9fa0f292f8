/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/server/csr_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "crypto/base64.h"

void csr_fake_form(char *out)
{
    unsigned char der[512], *at = der;
    char text[CRYPTO_BASE64_CHARS(sizeof(der)) + 1];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    assert_true(key != NULL && request != NULL && X509_REQ_set_pubkey(request, key) == 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    int len = i2d_X509_REQ(request, &at);
    assert_in_range(len, 1, sizeof(der));
    crypto_base64_encode(der, (size_t)len, text);
    for (const char *c = text; *c != '\0'; c++) {
        out += sprintf(out, *c == '+' || *c == '/' || *c == '=' ? "%%%02X" : "%c", *c);
    }
    X509_REQ_free(request);
    EVP_PKEY_free(key);
}
