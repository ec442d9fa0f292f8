/* SPDX-License-Identifier: Apache-2.0 */
/* NewKeys messages: what shall change, signed by an accepted signer. */
#ifndef KEYS_NEW_KEYS_H
#define KEYS_NEW_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "bundle.pb.h"
#include "crypto/p256.h"
#include "proto/limits.h"

struct new_keys {
    const char *account_sid;
    uint32_t sequence;
    const unsigned char *add; /* 65-byte point; NULL: none */
    bool has_delete;
    uint64_t delete_id;
    const bundle_HpkeCiphertext *add_decrypter; /* decrypter.h; NULL: none */
    bool has_delete_decrypter;
    uint64_t delete_decrypter_id;
};

/* Writes at most NEW_KEYS_MAX_BYTES. CLI_FORMAT when account or sequence are not ones that a device would take. */
int new_keys_sign(const struct new_keys *wanted, const struct p256_key *key,
                  unsigned char out[NEW_KEYS_MAX_BYTES], size_t *len, struct fail *fail);

/* Id of a signer from its text, 16 hex digits. */
bool new_keys_id_read(const char *text, uint64_t *id);

#endif
