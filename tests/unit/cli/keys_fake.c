/* SPDX-License-Identifier: Apache-2.0 */
/* Makes keys and certificates with OpenSSL for the tests of the tool. Any failure ends the test program. */
#include "keys_fake.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct keys {
    EVP_PKEY *pkey;
};

static void must(int ok)
{
    if (!ok)
        abort();
}

struct keys *keys_new(const char *curve)
{
    struct keys *keys = calloc(1, sizeof(*keys));

    must(keys != NULL);
    keys->pkey = EVP_EC_gen(curve);
    must(keys->pkey != NULL);
    return keys;
}

void keys_free(struct keys *keys)
{
    if (keys)
        EVP_PKEY_free(keys->pkey);
    free(keys);
}

static char *text_of(BIO *bio)
{
    char *data, *text;
    long len = BIO_get_mem_data(bio, &data);

    text = strndup(data, (size_t)len);
    must(text != NULL);
    BIO_free(bio);
    return text;
}

char *keys_private_pem(const struct keys *keys)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(PEM_write_bio_PrivateKey(bio, keys->pkey, NULL, NULL, 0, NULL, NULL));
    return text_of(bio);
}

char *keys_public_pem(const struct keys *keys)
{
    BIO *bio = BIO_new(BIO_s_mem());

    must(PEM_write_bio_PUBKEY(bio, keys->pkey));
    return text_of(bio);
}

char *keys_certificate_pem(const struct keys *keys, const struct keys *signer, const char *common_name)
{
    X509 *certificate = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());

    must(X509_set_version(certificate, X509_VERSION_3));
    must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    must(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) != NULL);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                    (const unsigned char *)common_name, -1, -1, 0));
    must(X509_set_pubkey(certificate, keys->pkey));
    must(X509_sign(certificate, signer->pkey, EVP_sha256()));
    must(PEM_write_bio_X509(bio, certificate));
    X509_free(certificate);
    return text_of(bio);
}

void keys_point(const struct keys *keys, unsigned char point[65])
{
    size_t len = 0;

    must(EVP_PKEY_get_octet_string_param(keys->pkey, "pub", point, 65, &len) && len == 65);
}

size_t keys_request(const struct keys *keys, unsigned char *der, size_t cap)
{
    X509_REQ *request = X509_REQ_new();
    unsigned char *at = der;
    int len;

    must(X509_REQ_set_pubkey(request, keys->pkey));
    must(X509_REQ_sign(request, keys->pkey, EVP_sha256()));
    must((len = i2d_X509_REQ(request, NULL)) > 0 && (size_t)len <= cap);
    must(i2d_X509_REQ(request, &at) == len);
    X509_REQ_free(request);
    return (size_t)len;
}
