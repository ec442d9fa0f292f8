/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE on the library's ECDH, HMAC and AES-GCM. Every secret is wiped before its function returns.
 */
#include "ports/mbedtls/hpke.h"

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <string.h>

#include "port/port_crypto.h"
#include "ports/mbedtls/platform.h"

#define HASH_BYTES    32u
#define CONTEXT_BYTES (1u + 2u * HASH_BYTES) /* mode, hash of no pre-shared key's id, hash of info */

/* RFC 9180 section 7.1 to 7.3: KEM 0x0010, KDF 0x0001, AEAD 0x0001. */
struct suite {
    uint8_t id[10];
    uint8_t len;
};
static const struct suite suite_kem = { "KEM\x00\x10", 5 };
static const struct suite suite_hpke = { "HPKE\x00\x10\x00\x01\x00\x01", 10 };

struct bytes {
    const void *data;
    size_t len;
};

struct aead {
    uint8_t key[16];
    uint8_t nonce[12];
};

/* LabeledExtract (expand_to 0, key is the salt, NULL for none) and LabeledExpand (key is the pseudorandom key) of section 4.
 * Both are one HMAC-SHA256: the RFC's HKDF needs no loop, because nothing longer than its output is wanted. False: no memory. */
static bool labeled(const uint8_t *key, const struct suite *suite, const char *label,
                    const struct bytes *data, uint8_t expand_to, uint8_t *out)
{
    static const uint8_t no_salt[HASH_BYTES];
    const uint8_t length[2] = { 0, expand_to };
    uint8_t block[HASH_BYTES];
    mbedtls_md_context_t md;
    int failed;

    mbedtls_md_init(&md);
    failed = mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1);
    if (failed == 0) { /* what follows cannot fail with the library's own SHA-256 */
        (void)mbedtls_md_hmac_starts(&md, key != NULL ? key : no_salt, HASH_BYTES);
        (void)mbedtls_md_hmac_update(&md, length, expand_to != 0 ? 2 : 0);
        (void)mbedtls_md_hmac_update(&md, (const uint8_t *)"HPKE-v1", 7);
        (void)mbedtls_md_hmac_update(&md, suite->id, suite->len);
        (void)mbedtls_md_hmac_update(&md, (const uint8_t *)label, strlen(label));
        (void)mbedtls_md_hmac_update(&md, data->data, data->len);
        (void)mbedtls_md_hmac_update(&md, (const uint8_t *)"\x01", expand_to != 0 ? 1 : 0);
        (void)mbedtls_md_hmac_finish(&md, block);
        memcpy(out, block, expand_to != 0 ? expand_to : HASH_BYTES);
    }
    mbedtls_md_free(&md);
    mbedtls_platform_zeroize(block, sizeof block);
    return failed == 0;
}

/* Diffie-Hellman of section 4.1; the library checks that the point is on the curve. */
static int agree(const uint8_t private_key[32], const uint8_t peer[65], uint8_t out[HASH_BYTES])
{
    psa_key_id_t key = PSA_KEY_ID_NULL;
    size_t len = 0;
    psa_status_t status;

    status = mbed_pair_import(private_key, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, &key);
    if (status == PSA_SUCCESS) {
        status = psa_raw_key_agreement(PSA_ALG_ECDH, key, peer, 65, out, HASH_BYTES, &len);
        (void)psa_destroy_key(key); /* volatile key: cannot fail */
    }
    if (status == PSA_ERROR_INVALID_ARGUMENT) {
        return PORT_EINVAL;
    }
    return status == PSA_SUCCESS && len == HASH_BYTES ? PORT_OK : PORT_EIO;
}

/* ExtractAndExpand of section 4.1: dh becomes the shared secret. */
static bool shared_secret(uint8_t dh[HASH_BYTES], const uint8_t encapsulated[65], const uint8_t recipient[65])
{
    const struct bytes ikm = { dh, HASH_BYTES };
    uint8_t context[2 * 65];
    const struct bytes info = { context, sizeof context };

    memcpy(context, encapsulated, 65);
    memcpy(context + 65, recipient, 65);
    return labeled(NULL, &suite_kem, "eae_prk", &ikm, 0, dh) &&
           labeled(dh, &suite_kem, "shared_secret", &info, HASH_BYTES, dh);
}

/* KeySchedule of section 5.1 in base mode: secret becomes the one that key and nonce are expanded from. */
static bool schedule(uint8_t secret[HASH_BYTES], const struct port_hpke_purpose *purpose, struct aead *out)
{
    const struct bytes nothing = { "", 0 }, said = { purpose->info, purpose->info_len };
    uint8_t context[CONTEXT_BYTES] = { 0 };
    const struct bytes info = { context, sizeof context };

    return labeled(NULL, &suite_hpke, "psk_id_hash", &nothing, 0, context + 1) &&
           labeled(NULL, &suite_hpke, "info_hash", &said, 0, context + 1 + HASH_BYTES) &&
           labeled(secret, &suite_hpke, "secret", &nothing, 0, secret) &&
           labeled(secret, &suite_hpke, "key", &info, sizeof out->key, out->key) &&
           labeled(secret, &suite_hpke, "base_nonce", &info, sizeof out->nonce, out->nonce);
}

/* The key and nonce of a message. peer: the recipient's point or the encapsulated key, whichever private_key is not of. */
static int derive(const uint8_t private_key[32], const uint8_t peer[65], const uint8_t encapsulated[65],
                  const uint8_t recipient[65], const struct port_hpke_purpose *purpose, struct aead *out)
{
    uint8_t secret[HASH_BYTES];
    int ret = mbed_ready();

    if (ret == PORT_OK) {
        ret = agree(private_key, peer, secret);
    }
    if (ret == PORT_OK &&
        !(shared_secret(secret, encapsulated, recipient) && schedule(secret, purpose, out))) {
        ret = PORT_EIO;
    }
    mbedtls_platform_zeroize(secret, sizeof secret);
    return ret;
}

static psa_status_t aead_import(const struct aead *aead, psa_key_usage_t usage, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    return psa_import_key(&attributes, aead->key, sizeof aead->key, key);
}

static int encrypt(const struct aead *aead, const struct port_hpke_purpose *purpose, uint8_t *text,
                   uint32_t len)
{
    psa_key_id_t key = PSA_KEY_ID_NULL;
    size_t done = 0;
    psa_status_t status = aead_import(aead, PSA_KEY_USAGE_ENCRYPT, &key);

    if (status == PSA_SUCCESS) {
        status = psa_aead_encrypt(key, PSA_ALG_GCM, aead->nonce, sizeof aead->nonce, purpose->aad,
                                  purpose->aad_len, text, len, text, len + PORT_HPKE_TAG_BYTES, &done);
        (void)psa_destroy_key(key); /* volatile key: cannot fail */
    }
    return status == PSA_SUCCESS && done == len + PORT_HPKE_TAG_BYTES ? PORT_OK : PORT_EIO;
}

static int decrypt(const struct aead *aead, const struct port_hpke_purpose *purpose, uint8_t *text,
                   uint32_t len)
{
    psa_key_id_t key = PSA_KEY_ID_NULL;
    size_t done = 0;
    psa_status_t status = aead_import(aead, PSA_KEY_USAGE_DECRYPT, &key);

    if (status == PSA_SUCCESS) {
        status = psa_aead_decrypt(key, PSA_ALG_GCM, aead->nonce, sizeof aead->nonce, purpose->aad,
                                  purpose->aad_len, text, len, text, len - PORT_HPKE_TAG_BYTES, &done);
        (void)psa_destroy_key(key); /* volatile key: cannot fail */
    }
    if (status == PSA_ERROR_INVALID_SIGNATURE) {
        return PORT_EAUTH;
    }
    return status == PSA_SUCCESS ? PORT_OK : PORT_EIO;
}

int hpke_seal_from(const uint8_t ephemeral_private[32], const uint8_t ephemeral_public[65],
                   const uint8_t recipient[65], const struct port_hpke_purpose *purpose, uint8_t *message,
                   uint32_t len)
{
    uint8_t *text = message + PORT_HPKE_KEY_BYTES;
    struct aead aead;
    int ret = derive(ephemeral_private, recipient, ephemeral_public, recipient, purpose, &aead);

    if (ret == PORT_OK) {
        ret = encrypt(&aead, purpose, text, len);
    }
    memcpy(message, ephemeral_public, PORT_HPKE_KEY_BYTES);
    if (ret != PORT_OK) {
        mbedtls_platform_zeroize(text, len);
    }
    mbedtls_platform_zeroize(&aead, sizeof aead);
    return ret;
}

int port_hpke_seal(const uint8_t recipient[65], const struct port_hpke_purpose *purpose, uint8_t *message,
                   uint32_t len)
{
    uint8_t private_key[32], public_key[65];
    int ret = port_p256_generate(private_key, public_key);

    if (ret == PORT_OK) {
        ret = hpke_seal_from(private_key, public_key, recipient, purpose, message, len);
    } else {
        mbedtls_platform_zeroize(message + PORT_HPKE_KEY_BYTES, len);
    }
    mbedtls_platform_zeroize(private_key, sizeof private_key);
    return ret;
}

int port_hpke_open(const uint8_t private_key[32], const uint8_t public_key[65],
                   const struct port_hpke_purpose *purpose, uint8_t *message, uint32_t len)
{
    struct aead aead;
    int ret;

    if (len < PORT_HPKE_EXTRA_BYTES) {
        return PORT_EAUTH;
    }
    ret = derive(private_key, message, message, public_key, purpose, &aead);
    if (ret == PORT_EINVAL) { /* the encapsulated key is no point */
        ret = PORT_EAUTH;
    }
    if (ret == PORT_OK) {
        ret = decrypt(&aead, purpose, message + PORT_HPKE_KEY_BYTES, len - PORT_HPKE_KEY_BYTES);
    }
    mbedtls_platform_zeroize(&aead, sizeof aead);
    return ret;
}
