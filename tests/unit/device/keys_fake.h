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
/* Layer decrypter n (crypto_fake.h), sealed to a point that has this id. */
void keys_fake_add_decrypter(uint32_t n, const uint8_t receiver[P256_POINT_BYTES], uint64_t receiver_id);
/* The same, sealed to the identity of the device of provision_fake.h. */
void keys_fake_add_decrypter_for_device(uint32_t n);
/* The one that was added last lies: it says that it is another one. */
void keys_fake_misname_decrypter(uint64_t id);
void keys_fake_delete_decrypter(uint32_t n);
uint64_t keys_fake_decrypter_id(uint32_t n);
void keys_fake_sign(uint32_t signer, struct keys_fake *out);

uint64_t keys_fake_signer_id(uint32_t signer);
uint64_t keys_fake_ca_id(uint8_t n);

#endif
