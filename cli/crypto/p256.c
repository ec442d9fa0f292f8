/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 by OpenSSL. Private keys stay inside OpenSSL's object, which wipes them. */
#include "crypto/p256.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"

#define P256_DER_SIG_MAX_BYTES 80 /* two integers of 33 bytes and their headers */

struct p256_key {
    EVP_PKEY *pkey;
};

static bool key_is_p256(const EVP_PKEY *pkey)
{
    char group[32];

    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) ==
               1 &&
           strcmp(group, "prime256v1") == 0;
}

/* X9.62 uncompressed point, whatever form the file used. */
static bool key_point(const EVP_PKEY *pkey, unsigned char point[P256_POINT_BYTES])
{
    BIGNUM *x = NULL, *y = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
              BN_bn2binpad(x, point + 1, 32) == 32 && BN_bn2binpad(y, point + 33, 32) == 32;

    point[0] = 4;
    BN_free(x);
    BN_free(y);
    return ok;
}

static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1; /* encrypted keys are not read: a tool in a script must not stop at a prompt */
}

/* The only key of the file, of the asked kind; NULL when there is none. */
static EVP_PKEY *pem_key(const unsigned char *pem, size_t len, bool private_key)
{
    BIO *in = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey = NULL;

    if (!in)
        return NULL;
    pkey = private_key ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL)
                       : PEM_read_bio_PUBKEY(in, NULL, no_passphrase, NULL);
    BIO_free(in);
    ERR_clear_error();
    return pkey;
}

static int read_key(const char *path, bool private_key, EVP_PKEY **out, struct fail *fail)
{
    unsigned char *pem;
    size_t len;
    int status = file_load(path, PEM_FILE_MAX_BYTES, &pem, &len, fail);

    if (status)
        return status;
    *out = pem_key(pem, len, private_key);
    if (!*out && !private_key)
        *out = pem_key(pem, len, true);
    explicit_bzero(pem, len);
    mem_free(pem);
    if (!*out)
        return fail_set(fail, CLI_FORMAT, "%s holds no %s key in PEM form%s", path,
                        private_key ? "private" : "public",
                        private_key ? " (encrypted keys are not supported)" : "");
    if (key_is_p256(*out))
        return CLI_OK;
    EVP_PKEY_free(*out);
    return fail_set(fail, CLI_FORMAT, "the key in %s is not an EC key on curve P-256 (prime256v1)", path);
}

int p256_public_read(const char *path, unsigned char point[P256_POINT_BYTES], struct fail *fail)
{
    EVP_PKEY *pkey;
    int status = read_key(path, false, &pkey, fail);

    if (status)
        return status;
    if (!key_point(pkey, point))
        status = fail_set(fail, CLI_FORMAT, "the key in %s has no usable public point", path);
    EVP_PKEY_free(pkey);
    return status;
}

int p256_key_read(const char *path, struct p256_key **out, struct fail *fail)
{
    EVP_PKEY *pkey;
    unsigned char point[P256_POINT_BYTES];
    int status = read_key(path, true, &pkey, fail);

    if (status)
        return status;
    if (!key_point(pkey, point)) {
        EVP_PKEY_free(pkey);
        return fail_set(fail, CLI_FORMAT, "the key in %s has no usable public point", path);
    }
    *out = mem_new(sizeof(**out));
    (*out)->pkey = pkey;
    return CLI_OK;
}

void p256_key_free(struct p256_key *key)
{
    if (key)
        EVP_PKEY_free(key->pkey);
    mem_free(key);
}

void p256_key_public(const struct p256_key *key, unsigned char point[P256_POINT_BYTES])
{
    memset(point, 0, P256_POINT_BYTES);
    (void)key_point(key->pkey, point); /* p256_key_read has seen it succeed */
}

/* DER (RFC 3279 section 2.2.3) to r || s. */
static bool signature_to_raw(const unsigned char *der, size_t len, unsigned char raw[P256_SIG_BYTES])
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32;

    ECDSA_SIG_free(sig);
    return ok;
}

static int signature_to_der(const unsigned char raw[P256_SIG_BYTES],
                            unsigned char der[P256_DER_SIG_MAX_BYTES])
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
    int len = -1;

    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* sig owns them now */
        len = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return len;
}

int p256_sign(const struct p256_key *key, const void *data, size_t len,
              unsigned char signature[P256_SIG_BYTES], struct fail *fail)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[P256_DER_SIG_MAX_BYTES];
    size_t der_len = sizeof(der);
    bool ok = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
              EVP_DigestSign(context, der, &der_len, data, len) == 1 &&
              signature_to_raw(der, der_len, signature);

    EVP_MD_CTX_free(context);
    return ok ? CLI_OK : fail_set(fail, CLI_FAILED, "OpenSSL cannot sign with this key");
}

/* NULL when the point is not on the curve. */
static EVP_PKEY *public_from_point(const unsigned char point[P256_POINT_BYTES])
{
    /* SubjectPublicKeyInfo of a P-256 key up to the point (RFC 5480 section 2). */
    static const unsigned char header[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
    unsigned char spki[sizeof(header) + P256_POINT_BYTES];
    const unsigned char *at = spki;

    memcpy(spki, header, sizeof(header));
    memcpy(spki + sizeof(header), point, P256_POINT_BYTES);
    return d2i_PUBKEY(NULL, &at, sizeof(spki));
}

bool p256_verify(const unsigned char point[P256_POINT_BYTES], const void *data, size_t len,
                 const unsigned char signature[P256_SIG_BYTES])
{
    unsigned char der[P256_DER_SIG_MAX_BYTES];
    int der_len = signature_to_der(signature, der);
    EVP_PKEY *pkey = public_from_point(point);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = pkey && context && der_len > 0 &&
              EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
              EVP_DigestVerify(context, der, (size_t)der_len, data, len) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return ok;
}

int p256_generate(struct p256_key **out, struct fail *fail)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");

    if (!pkey)
        return fail_set(fail, CLI_FAILED, "OpenSSL cannot make a key");
    *out = mem_new(sizeof(**out));
    (*out)->pkey = pkey;
    return CLI_OK;
}

/* What was written, as text; OpenSSL wipes its own copy. */
static char *bio_text(BIO *bio, bool ok)
{
    char *data = NULL, *text;
    long len = ok ? BIO_get_mem_data(bio, &data) : 0;

    text = mem_new((size_t)len + 1);
    memcpy(text, data ? data : "", (size_t)len);
    BIO_free(bio);
    return text;
}

char *p256_private_pem(const struct p256_key *key)
{
    BIO *out = BIO_new(BIO_s_secmem());

    return bio_text(out, out && PEM_write_bio_PrivateKey(out, key->pkey, NULL, NULL, 0, NULL, NULL) == 1);
}

char *p256_public_pem(const struct p256_key *key)
{
    BIO *out = BIO_new(BIO_s_mem());

    return bio_text(out, out && PEM_write_bio_PUBKEY(out, key->pkey) == 1);
}

int p256_private_raw(const struct p256_key *key, unsigned char scalar[32], struct fail *fail)
{
    BIGNUM *number = NULL;
    bool ok = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
              BN_bn2binpad(number, scalar, 32) == 32;

    BN_clear_free(number);
    return ok ? CLI_OK : fail_set(fail, CLI_FAILED, "OpenSSL does not give the private key");
}

bool p256_agree(const struct p256_key *key, const unsigned char peer[P256_POINT_BYTES],
                unsigned char secret[32])
{
    EVP_PKEY *other = public_from_point(peer);
    EVP_PKEY_CTX *context = other ? EVP_PKEY_CTX_new(key->pkey, NULL) : NULL;
    size_t len = 32;
    bool ok = context && EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer(context, other) == 1 && EVP_PKEY_derive(context, secret, &len) == 1 &&
              len == 32;

    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(other);
    ERR_clear_error();
    return ok;
}
