/* SPDX-License-Identifier: Apache-2.0 */
/* AES-128-CTR by OpenSSL. */
#include "crypto/aes.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/status.h"

int aes_key_new(unsigned char key[AES_KEY_BYTES], struct fail *fail)
{
    return RAND_bytes(key, AES_KEY_BYTES) == 1
               ? CLI_OK
               : fail_set(fail, CLI_FAILED, "there are no random numbers to make a key of");
}

int aes_ctr(const unsigned char key[AES_KEY_BYTES], const unsigned char prefix[12], uint32_t block,
            unsigned char *data, size_t len, struct fail *fail)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    unsigned char counter[16];
    bool good;
    int done;

    memcpy(counter, prefix, 12);
    for (unsigned i = 0; i < 4; i++)
        counter[12 + i] = (unsigned char)(block >> (24 - 8 * i));
    good = cipher && EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, counter) == 1 &&
           EVP_EncryptUpdate(cipher, data, &done, data, (int)len) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return good ? CLI_OK : fail_set(fail, CLI_FAILED, "OpenSSL cannot encrypt");
}
