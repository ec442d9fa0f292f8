/* SPDX-License-Identifier: Apache-2.0 */
/* HPKE by OpenSSL 3.0, which has its parts but not the whole. Secrets are wiped where they end. */
#include "crypto/hpke.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/status.h"
#include "crypto/p256.h"

#define HASH_BYTES    32u
#define CONTEXT_BYTES (1 + 2 * HASH_BYTES) /* mode, hash of no pre-shared key's id, hash of info */
#define LABELED_MAX   256u

/* RFC 9180 section 7.1 to 7.3: KEM 0x0010, KDF 0x0001, AEAD 0x0001. */
struct suite {
    const char *id;
    size_t len;
};
static const struct suite suite_kem = { "KEM\x00\x10", 5 };
static const struct suite suite_hpke = { "HPKE\x00\x10\x00\x01\x00\x01", 10 };

struct bytes {
    const void *data;
    size_t len;
};

struct aead {
    unsigned char key[16];
    unsigned char nonce[12];
};

static size_t put(unsigned char *out, size_t at, const void *data, size_t len)
{
    memcpy(out + at, data, len);
    return at + len;
}

/* LabeledExtract (expand_to 0, key is the salt, NULL for none) and LabeledExpand (key is the pseudorandom key) of
 * section 4: one HMAC-SHA256 each, because nothing longer than its output is wanted. */
static bool labeled(const unsigned char *key, const struct suite *suite, const char *label, struct bytes data,
                    size_t expand_to, unsigned char *out)
{
    static const unsigned char no_salt[HASH_BYTES];
    const unsigned char length[2] = { 0, (unsigned char)expand_to };
    unsigned char text[LABELED_MAX], block[HASH_BYTES];
    size_t len = put(text, 0, length, expand_to ? 2 : 0), block_len = 0;
    bool ok;

    len = put(text, len, "HPKE-v1", 7);
    len = put(text, len, suite->id, suite->len);
    len = put(text, len, label, strlen(label));
    len = put(text, len, data.data, data.len);
    len = put(text, len, "\x01", expand_to ? 1 : 0);
    ok = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key ? key : no_salt, HASH_BYTES, text, len, block,
                   sizeof(block), &block_len) != NULL &&
         block_len == HASH_BYTES;
    if (ok)
        memcpy(out, block, expand_to ? expand_to : HASH_BYTES);
    explicit_bzero(text, sizeof(text));
    explicit_bzero(block, sizeof(block));
    return ok;
}

/* ExtractAndExpand of section 4.1, then KeySchedule of section 5.1 in base mode. */
static bool schedule(unsigned char secret[HASH_BYTES], const unsigned char *encapsulated,
                     const unsigned char *recipient, const struct hpke_purpose *purpose, struct aead *out)
{
    unsigned char keys[2 * P256_POINT_BYTES], context[CONTEXT_BYTES] = { 0 };
    const struct bytes info = { context, sizeof(context) }, nothing = { "", 0 };

    memcpy(keys, encapsulated, P256_POINT_BYTES);
    memcpy(keys + P256_POINT_BYTES, recipient, P256_POINT_BYTES);
    return labeled(NULL, &suite_kem, "eae_prk", (struct bytes){ secret, HASH_BYTES }, 0, secret) &&
           labeled(secret, &suite_kem, "shared_secret", (struct bytes){ keys, sizeof(keys) }, HASH_BYTES,
                   secret) &&
           labeled(NULL, &suite_hpke, "psk_id_hash", nothing, 0, context + 1) &&
           labeled(NULL, &suite_hpke, "info_hash", (struct bytes){ purpose->info, purpose->info_len }, 0,
                   context + 1 + HASH_BYTES) &&
           labeled(secret, &suite_hpke, "secret", nothing, 0, secret) &&
           labeled(secret, &suite_hpke, "key", info, sizeof(out->key), out->key) &&
           labeled(secret, &suite_hpke, "base_nonce", info, sizeof(out->nonce), out->nonce);
}

/* False also when the tag is wrong. out has no room for the tag: it stands behind the ciphertext in either direction. */
static bool gcm(const struct aead *aead, const struct hpke_purpose *purpose, bool encrypt,
                const unsigned char *in, size_t len, unsigned char *tag, unsigned char *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    bool ok =
        context &&
        EVP_CipherInit_ex(context, EVP_aes_128_gcm(), NULL, aead->key, aead->nonce, encrypt ? 1 : 0) == 1 &&
        (encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, HPKE_TAG_BYTES, tag) == 1) &&
        EVP_CipherUpdate(context, NULL, &written, purpose->aad, (int)purpose->aad_len) == 1 &&
        EVP_CipherUpdate(context, out, &written, in, (int)len) == 1 &&
        EVP_CipherFinal_ex(context, out + written, &written) == 1 &&
        (!encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, HPKE_TAG_BYTES, tag) == 1);

    EVP_CIPHER_CTX_free(context);
    return ok;
}

int hpke_open(const struct p256_key *key, const struct hpke_purpose *purpose, const unsigned char *sealed,
              size_t len, unsigned char *text, struct fail *fail)
{
    unsigned char point[P256_POINT_BYTES], secret[HASH_BYTES], tag[HPKE_TAG_BYTES];
    struct aead aead;
    bool ok = false;

    if (len < HPKE_EXTRA_BYTES || purpose->info_len > HPKE_INFO_MAX)
        return fail_set(fail, CLI_FORMAT, "%zu bytes are too few to be sealed", len);
    memcpy(tag, sealed + len - HPKE_TAG_BYTES, sizeof(tag));
    p256_key_public(key, point);
    ok = p256_agree(key, sealed, secret) && schedule(secret, sealed, point, purpose, &aead) &&
         gcm(&aead, purpose, false, sealed + P256_POINT_BYTES, len - HPKE_EXTRA_BYTES, tag, text);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(&aead, sizeof(aead));
    if (!ok)
        return fail_set(fail, CLI_FORMAT, "it was not sealed to this key, or was altered");
    return CLI_OK;
}

int hpke_seal_from(const struct p256_key *ephemeral, const unsigned char recipient[P256_POINT_BYTES],
                   const struct hpke_purpose *purpose, const unsigned char *text, size_t len,
                   unsigned char *sealed, struct fail *fail)
{
    unsigned char *cipher = sealed + P256_POINT_BYTES, secret[HASH_BYTES];
    struct aead aead;
    bool ok;

    if (purpose->info_len > HPKE_INFO_MAX || !p256_agree(ephemeral, recipient, secret))
        return fail_set(fail, CLI_FORMAT, "the recipient's key is not a point on curve P-256");
    p256_key_public(ephemeral, sealed);
    ok = schedule(secret, sealed, recipient, purpose, &aead) &&
         gcm(&aead, purpose, true, text, len, cipher + len, cipher);
    explicit_bzero(secret, sizeof(secret));
    explicit_bzero(&aead, sizeof(aead));
    return ok ? CLI_OK : fail_set(fail, CLI_FAILED, "OpenSSL cannot encrypt");
}

int hpke_seal(const unsigned char recipient[P256_POINT_BYTES], const struct hpke_purpose *purpose,
              const unsigned char *text, size_t len, unsigned char *sealed, struct fail *fail)
{
    struct p256_key *ephemeral;
    int status = p256_generate(&ephemeral, fail);

    if (status)
        return status;
    status = hpke_seal_from(ephemeral, recipient, purpose, text, len, sealed, fail);
    p256_key_free(ephemeral);
    return status;
}
