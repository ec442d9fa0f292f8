/* SPDX-License-Identifier: Apache-2.0 */
/* AES-128 in counter mode (NIST SP 800-38A 6.5), and random keys for it. */
#ifndef CRYPTO_AES_H
#define CRYPTO_AES_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

#define AES_KEY_BYTES 16u

int aes_key_new(unsigned char key[AES_KEY_BYTES], struct fail *fail);

/* In place. Counter block = prefix || block, big-endian, counted on every 16 bytes. */
int aes_ctr(const unsigned char key[AES_KEY_BYTES], const unsigned char prefix[12], uint32_t block,
            unsigned char *data, size_t len, struct fail *fail);

#endif
