/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in for ECDSA and certificates; see crypto_fake.h. */
#include "tests/unit/device/crypto_fake.h"

#include <string.h>

#include "port/port_crypto.h"
#include "port/port_entropy.h"
#include "port/port_hpke.h"
#include "port/port_status.h"

void crypto_fake_point(uint32_t n, uint8_t point[65])
{
    memset(point, 0, 65);
    point[0] = 0x04;
    memcpy(point + 1, &n, sizeof(n));
}

void crypto_fake_sign(const uint8_t point[65], const uint8_t digest[32], uint8_t sig[64])
{
    struct port_sha256 sha;

    port_sha256_start(&sha);
    port_sha256_update(&sha, "signed by", 9);
    port_sha256_update(&sha, point, 65);
    port_sha256_update(&sha, digest, 32);
    port_sha256_finish(&sha, sig);
    memcpy(sig + 32, sig, 32);
}

bool port_p256_verify(const uint8_t public_key[65], const uint8_t digest[32], const uint8_t sig[64])
{
    uint8_t expected[64];

    crypto_fake_sign(public_key, digest, expected);
    return memcmp(expected, sig, sizeof(expected)) == 0;
}

int port_p256_generate(uint8_t private_key[32], uint8_t public_key[65])
{
    if (port_entropy_get(private_key, 32) != 0)
        return PORT_EIO;
    return port_p256_public(private_key, public_key);
}

/* The point does not tell the scalar. */
int port_p256_public(const uint8_t private_key[32], uint8_t public_key[65])
{
    struct port_sha256 sha;

    memset(public_key, 0, 65);
    public_key[0] = 0x04;
    port_sha256_start(&sha);
    port_sha256_update(&sha, private_key, 32);
    port_sha256_finish(&sha, public_key + 1);
    return 0;
}

void crypto_fake_decrypter(uint32_t n, uint8_t private_key[32], uint8_t public_key[65])
{
    for (uint32_t i = 0; i < 32; i++)
        private_key[i] = (uint8_t)(0xa5 ^ (i * 37 + n * 101));
    (void)port_p256_public(private_key, public_key);
}

int port_p256_csr(const uint8_t private_key[32], const uint8_t public_key[65], const char *common_name,
                  uint8_t *der, uint32_t cap)
{
    uint32_t name = (uint32_t)strlen(common_name);

    (void)private_key;
    if (cap < 65 + name)
        return PORT_ENOSPC;
    memcpy(der, public_key, 65);
    memcpy(der + 65, common_name, name);
    return (int)(65 + name);
}

/* What a fake seal is bound to. */
static void seal_tag(const uint8_t point[65], const struct port_hpke_purpose *purpose, const uint8_t *text,
                     uint32_t len, uint8_t tag[32])
{
    struct port_sha256 sha;

    port_sha256_start(&sha);
    port_sha256_update(&sha, point, 65);
    port_sha256_update(&sha, purpose->info, purpose->info_len);
    port_sha256_update(&sha, purpose->aad, purpose->aad_len);
    port_sha256_update(&sha, text, len);
    port_sha256_finish(&sha, tag);
}

static void scramble(uint8_t *text, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        text[i] ^= 0x5a;
}

int port_hpke_seal(const uint8_t recipient[65], const struct port_hpke_purpose *purpose, uint8_t *message,
                   uint32_t len)
{
    uint8_t *text = message + PORT_HPKE_KEY_BYTES, tag[32];

    if (port_entropy_get(tag, 1) != 0) {
        memset(text, 0, len);
        return PORT_EIO;
    }
    seal_tag(recipient, purpose, text, len, tag);
    memcpy(message, recipient, PORT_HPKE_KEY_BYTES);
    scramble(text, len);
    memcpy(text + len, tag, PORT_HPKE_TAG_BYTES);
    return 0;
}

int port_hpke_open(const uint8_t private_key[32], const uint8_t public_key[65],
                   const struct port_hpke_purpose *purpose, uint8_t *message, uint32_t len)
{
    uint8_t *text = message + PORT_HPKE_KEY_BYTES, tag[32];

    (void)private_key;
    if (len < PORT_HPKE_EXTRA_BYTES || memcmp(message, public_key, PORT_HPKE_KEY_BYTES) != 0)
        return PORT_EAUTH;
    len -= PORT_HPKE_EXTRA_BYTES;
    scramble(text, len);
    seal_tag(public_key, purpose, text, len, tag);
    return memcmp(text + len, tag, PORT_HPKE_TAG_BYTES) == 0 ? 0 : PORT_EAUTH;
}

uint32_t crypto_fake_certificate(const uint8_t point[65], const char *name, uint8_t *out)
{
    size_t length = strlen(name) + 1;

    out[0] = 'C';
    memcpy(out + 1, point, 65);
    memcpy(out + 66, name, length);
    return (uint32_t)(66 + length);
}

int port_cert_matches(const uint8_t *der, uint32_t len, const uint8_t public_key[65], const char *common_name)
{
    uint8_t expected[256];
    uint32_t length = crypto_fake_certificate(public_key, common_name, expected);

    return len == length && memcmp(der, expected, length) == 0 ? 0 : PORT_EAUTH;
}

uint32_t crypto_fake_ca(uint8_t n, uint8_t *out)
{
    out[0] = 'A';
    out[1] = n;
    return n == 0 ? 1 : 2;
}

void crypto_fake_ca_point(uint8_t n, uint8_t point[65])
{
    crypto_fake_point(1000u + n, point);
}

int port_cert_is_ca(const uint8_t *der, uint32_t len, uint8_t public_key[65])
{
    if (len == 0 || der[0] != 'A')
        return PORT_EAUTH;
    if (public_key != NULL)
        crypto_fake_ca_point(len > 1 ? der[1] : 0, public_key);
    return 0;
}
