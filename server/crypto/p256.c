/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 by OpenSSL 3. Input is untrusted; what OpenSSL leaves in its error queue is cleared here. */
#include "crypto/p256.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "crypto/sha256.h"

static EVP_PKEY *point_key(const unsigned char *point, size_t len)
{
    char group[] = "prime256v1";
    unsigned char copy[CRYPTO_POINT_BYTES];
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    if (len != CRYPTO_POINT_BYTES || point[0] != 4) {
        return NULL;
    }
    memcpy(copy, point, len);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, len),
                            OSSL_PARAM_construct_end() };
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return key;
}

bool crypto_point_is_valid(const unsigned char *point, size_t len)
{
    EVP_PKEY *key = point_key(point, len);
    EVP_PKEY_free(key);
    return key != NULL;
}

/* OpenSSL wants the signature in DER. */
static int signature_der(const unsigned char raw[64], unsigned char *der, size_t cap)
{
    int len = -1;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL);
    BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* taken by sig */
        len = i2d_ECDSA_SIG(sig, NULL);
        len = len > 0 && (size_t)len <= cap ? i2d_ECDSA_SIG(sig, &der) : -1;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len;
}

bool crypto_p256_verify(const unsigned char point[65], const void *prefix, size_t prefix_len,
                        const void *message, size_t message_len, const unsigned char signature[64])
{
    unsigned char der[80];
    bool good = false;
    int der_len = signature_der(signature, der, sizeof(der));
    EVP_PKEY *key = point_key(point, CRYPTO_POINT_BYTES);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (der_len > 0 && key != NULL && md != NULL &&
        EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerifyUpdate(md, prefix, prefix_len) == 1 &&
        EVP_DigestVerifyUpdate(md, message, message_len) == 1) {
        good = EVP_DigestVerifyFinal(md, der, (size_t)der_len) == 1;
    }
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

bool crypto_p256_verify_digest(const unsigned char point[65], const unsigned char digest[32],
                               const unsigned char signature[64])
{
    unsigned char der[80];
    int der_len = signature_der(signature, der, sizeof(der));
    EVP_PKEY *key = point_key(point, CRYPTO_POINT_BYTES);
    EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
    bool good = der_len > 0 && ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
                EVP_PKEY_verify(ctx, der, (size_t)der_len, digest, CRYPTO_SHA256_BYTES) == 1;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

uint64_t crypto_signer_id(const unsigned char point[65])
{
    unsigned char text[2 + CRYPTO_POINT_BYTES] = { 0, 0 };
    unsigned char hash[CRYPTO_SHA256_BYTES];
    uint64_t id = 0;
    memcpy(text + 2, point, CRYPTO_POINT_BYTES);
    crypto_sha256(text, sizeof(text), hash);
    for (int i = 0; i < 8; i++) {
        id = id << 8 | hash[i];
    }
    return id;
}

static int key_point(const EVP_PKEY *key, unsigned char point[65])
{
    char group[32] = "";
    size_t len = 0;
    int rc = ST_INVALID;
    if (key != NULL && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
        strcmp(group, "prime256v1") == 0 &&
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, CRYPTO_POINT_BYTES, &len) == 1 &&
        len == CRYPTO_POINT_BYTES && point[0] == 4) {
        rc = ST_OK;
    }
    ERR_clear_error();
    return rc;
}

int crypto_point_load(const char *pem_path, unsigned char point[65])
{
    FILE *file = fopen(pem_path, "re");
    if (file == NULL) {
        return ST_IO;
    }
    EVP_PKEY *key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
    (void)fclose(file); /* was only read */
    int rc = key_point(key, point);
    EVP_PKEY_free(key);
    return rc;
}

int crypto_certificate_point(const unsigned char *der, size_t len, unsigned char point[65])
{
    const unsigned char *at = der;
    X509 *certificate = d2i_X509(NULL, &at, (long)len);
    int rc = certificate == NULL ? ST_INVALID : key_point(X509_get0_pubkey(certificate), point);
    X509_free(certificate);
    ERR_clear_error();
    return rc;
}
