/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hybrid public key encryption (RFC 9180) as devices speak it: base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256,
 * AES-128-GCM, one message for each encapsulated key.
 *
 *   sealed = encapsulated key (65 bytes) | ciphertext, as long as the text | tag (16 bytes)
 */
#ifndef CRYPTO_HPKE_H
#define CRYPTO_HPKE_H

#include <stddef.h>

#include "base/fail.h"
#include "proto/limits.h"

#define HPKE_TAG_BYTES   16u
#define HPKE_EXTRA_BYTES (P256_POINT_BYTES + HPKE_TAG_BYTES) /* sealed is longer by this */
#define HPKE_INFO_MAX    64u

struct p256_key;

/* What both sides must agree on besides the keys. */
struct hpke_purpose {
    const void *info; /* at most HPKE_INFO_MAX bytes */
    size_t info_len;
    const void *aad;
    size_t aad_len;
};

/* Writes len - HPKE_EXTRA_BYTES bytes of text. CLI_FORMAT: not sealed to this key and purpose, or altered. */
int hpke_open(const struct p256_key *key, const struct hpke_purpose *purpose, const unsigned char *sealed,
              size_t len, unsigned char *text, struct fail *fail);

/* Writes len + HPKE_EXTRA_BYTES bytes. CLI_FORMAT: the recipient is no P-256 point. */
int hpke_seal(const unsigned char recipient[P256_POINT_BYTES], const struct hpke_purpose *purpose,
              const unsigned char *text, size_t len, unsigned char *sealed, struct fail *fail);

/* hpke_seal with a given key pair in place of a new one: what published vectors check. */
int hpke_seal_from(const struct p256_key *ephemeral, const unsigned char recipient[P256_POINT_BYTES],
                   const struct hpke_purpose *purpose, const unsigned char *text, size_t len,
                   unsigned char *sealed, struct fail *fail);

#endif
