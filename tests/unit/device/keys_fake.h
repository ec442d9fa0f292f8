/* SPDX-License-Identifier: Apache-2.0 */
/* NewKeys messages for tests of the core, right and wrong ones. */
#ifndef KEYS_FAKE_H
#define KEYS_FAKE_H

#include <stdint.h>

#include "proto/limits.h"

#define KEYS_FAKE_ACCOUNT "AC00000000000000000000000000000001"

struct keys_fake {
    uint32_t length;
    uint8_t bytes[NEW_KEYS_MAX_BYTES];
};

/* A message is begun, filled, and signed by the point with a number (crypto_fake.h). */
void keys_fake_begin(uint32_t sequence);
void keys_fake_account(const char *account_sid);
void keys_fake_add(uint32_t signer);
void keys_fake_delete(uint32_t signer);
/* Server CA n, vouched for by the key of server CA voucher. */
void keys_fake_add_ca(uint8_t n, uint8_t voucher);
void keys_fake_delete_ca(uint8_t n);
void keys_fake_sign(uint32_t signer, struct keys_fake *out);

uint64_t keys_fake_signer_id(uint32_t signer);
uint64_t keys_fake_ca_id(uint8_t n);

#endif
