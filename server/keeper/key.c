/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 keys: making, storing, signing.
 *
 * Invariants: K1 a struct keeper_key always holds a private key on P-256 and its point; K2 PEM text of a
 * private key is wiped from memory after use; K3 a key file that others may read is refused, not repaired: it
 * may have been copied already.
 */
#include "keeper/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "base/status.h"
#include "crypto/p256.h"

#define KEY_FILE_MAX_BYTES 4096u /* PEM of a P-256 key has 241 bytes */

struct keeper_key {
    EVP_PKEY *pkey;
    unsigned char point[P256_POINT_BYTES];
};

int keeper_point_of(const EVP_PKEY *pkey, unsigned char point[P256_POINT_BYTES])
{
    char group[32] = "";
    size_t len = 0;

    if (!EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1)
        return ST_INVALID;
    if (strcmp(group, SN_X9_62_prime256v1) != 0)
        return ST_INVALID;
    if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT_BYTES, &len) != 1)
        return ST_INVALID;
    return len == P256_POINT_BYTES && point[0] == 0x04 ? ST_OK : ST_INVALID;
}

/* Takes pkey. */
static int key_wrap(EVP_PKEY *pkey, struct keeper_key **out)
{
    struct keeper_key *key = pkey == NULL ? NULL : calloc(1, sizeof *key);

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return ST_NO_MEMORY;
    }
    key->pkey = pkey;
    if (keeper_point_of(pkey, key->point) != ST_OK) {
        keeper_key_free(key);
        return ST_INVALID;
    }
    *out = key;
    return ST_OK;
}

int keeper_key_generate(struct keeper_key **out)
{
    return key_wrap(EVP_EC_gen("P-256"), out);
}

/* An encrypted key file has no place here: the keeper starts unattended. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

int keeper_key_load(const char *path, struct keeper_key **out)
{
    char pem[KEY_FILE_MAX_BYTES];
    struct stat file;
    EVP_PKEY *pkey;
    BIO *bio;
    size_t len;
    int st;

    if (stat(path, &file) != 0)
        return errno == ENOENT ? ST_NOT_FOUND : ST_IO;
    if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return ST_DENIED;
    st = file_read(path, pem, sizeof pem, &len);
    if (st != ST_OK)
        return st;
    bio = BIO_new_mem_buf(pem, (int)len);
    pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    OPENSSL_cleanse(pem, sizeof pem);
    return pkey == NULL ? ST_INVALID : key_wrap(pkey, out);
}

/* Writes what is in bio, which is then wiped and freed. */
static int save_bio(BIO *bio, const char *path, mode_t mode)
{
    char *pem = NULL;
    const long len = BIO_get_mem_data(bio, &pem);
    const int st = len > 0 ? file_write(path, pem, (size_t)len, mode) : ST_NO_MEMORY;

    if (len > 0)
        OPENSSL_cleanse(pem, (size_t)len);
    BIO_free(bio);
    return st;
}

int keeper_key_save(const struct keeper_key *key, const char *path)
{
    BIO *bio = BIO_new(BIO_s_secmem());

    if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
        BIO_free(bio);
        return ST_NO_MEMORY;
    }
    return save_bio(bio, path, 0600);
}

int keeper_key_save_public(const struct keeper_key *key, const char *path)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio == NULL || PEM_write_bio_PUBKEY(bio, key->pkey) != 1) {
        BIO_free(bio);
        return ST_NO_MEMORY;
    }
    return save_bio(bio, path, 0644);
}

void keeper_key_free(struct keeper_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey); /* clears the private part */
    free(key);
}

void keeper_key_point(const struct keeper_key *key, unsigned char point[P256_POINT_BYTES])
{
    memcpy(point, key->point, P256_POINT_BYTES);
}

uint64_t keeper_key_signer_id(const struct keeper_key *key)
{
    return crypto_signer_id(key->point);
}

/* DER SEQUENCE{r, s} to r || s. */
static int signature_flatten(const unsigned char *der, size_t len, unsigned char out[P256_SIG_BYTES])
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    int done = 0;

    if (sig == NULL)
        return ST_NO_MEMORY;
    done = BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, P256_SIG_BYTES / 2) > 0 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + P256_SIG_BYTES / 2, P256_SIG_BYTES / 2) > 0;
    ECDSA_SIG_free(sig);
    return done ? ST_OK : ST_NO_MEMORY;
}

int keeper_key_sign(const struct keeper_key *key, const void *prefix, size_t prefix_len, const void *body,
                    size_t body_len, unsigned char signature[P256_SIG_BYTES])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char der[80]; /* a P-256 signature has at most 72 bytes */
    size_t len = sizeof der;
    int st = ST_NO_MEMORY;

    if (md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
        EVP_DigestSignUpdate(md, prefix, prefix_len) == 1 && EVP_DigestSignUpdate(md, body, body_len) == 1 &&
        EVP_DigestSignFinal(md, der, &len) == 1)
        st = signature_flatten(der, len, signature);
    EVP_MD_CTX_free(md);
    return st;
}

EVP_PKEY *keeper_key_pkey(const struct keeper_key *key)
{
    return key->pkey;
}
