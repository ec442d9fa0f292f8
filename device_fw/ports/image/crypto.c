/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and verification of signatures by OpenSSL, for the machine that makes an image. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "port/port_crypto.h"

static EVP_MD_CTX *context_of(const struct port_sha256 *ctx)
{
    EVP_MD_CTX *md;

    memcpy(&md, ctx->opaque, sizeof(md));
    return md;
}

/* OpenSSL fails here only without memory: then there is nothing that a wrong digest could be good for. */
static void must(int good)
{
    if (!good) {
        abort();
    }
}

void port_sha256_start(struct port_sha256 *ctx)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    must(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL));
    memcpy(ctx->opaque, &md, sizeof(md));
}

void port_sha256_update(struct port_sha256 *ctx, const void *data, uint32_t len)
{
    must(EVP_DigestUpdate(context_of(ctx), data, len));
}

void port_sha256_finish(struct port_sha256 *ctx, uint8_t digest[32])
{
    EVP_MD_CTX *md = context_of(ctx);

    must(EVP_DigestFinal_ex(md, digest, NULL));
    EVP_MD_CTX_free(md);
}

/* Of the update engine, which is linked with what writes records; images have no encrypted layers, but it works all the same. */
void port_aes_ctr(const uint8_t key[16], const uint8_t prefix[12], uint32_t block, uint8_t *data,
                  uint32_t len)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    uint8_t counter[16];
    int done;

    memcpy(counter, prefix, 12);
    for (unsigned i = 0; i < 4; i++)
        counter[12 + i] = (uint8_t)(block >> (24 - 8 * i));
    must(cipher != NULL && EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, counter) == 1 &&
         EVP_EncryptUpdate(cipher, data, &done, data, (int)len) == 1);
    EVP_CIPHER_CTX_free(cipher);
}

/* SubjectPublicKeyInfo of a P-256 key up to the point (RFC 5480 section 2). NULL when the point is not on the curve. */
static EVP_PKEY *key_of(const uint8_t point[65])
{
    static const uint8_t header[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
    uint8_t info[sizeof(header) + 65];
    const uint8_t *at = info;

    memcpy(info, header, sizeof(header));
    memcpy(info + sizeof(header), point, 65);
    return d2i_PUBKEY(NULL, &at, sizeof(info));
}

/* r || s as ECDSA-Sig-Value (RFC 3279 section 2.2.3); its length, negative when it is none. */
static int signature_of(const uint8_t sig[64], uint8_t der[80])
{
    ECDSA_SIG *value = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, 32, NULL), *s = BN_bin2bn(sig + 32, 32, NULL);
    int length = -1;

    if (value != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(value, r, s) == 1) {
        r = s = NULL; /* value's now */
        length = i2d_ECDSA_SIG(value, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(value);
    return length;
}

bool port_p256_verify(const uint8_t public_key[65], const uint8_t digest[32], const uint8_t sig[64])
{
    uint8_t der[80];
    int length = signature_of(sig, der);
    EVP_PKEY *key = key_of(public_key);
    EVP_PKEY_CTX *context = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool good = context != NULL && length > 0 && EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_verify(context, der, (size_t)length, digest, 32) == 1;

    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}
