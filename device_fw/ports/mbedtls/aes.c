/* SPDX-License-Identifier: Apache-2.0 */
/* AES-128 in counter mode over the block cipher that TLS brings. */
#include <string.h>

#include <mbedtls/aes.h>
#include <mbedtls/platform_util.h>

#include "port/port_crypto.h"

#define AES_BYTES 16u

void port_aes_ctr(const uint8_t key[16], const uint8_t prefix[12], uint32_t block, uint8_t *data,
                  uint32_t len)
{
    uint8_t counter[AES_BYTES], stream[AES_BYTES];
    mbedtls_aes_context aes;

    mbedtls_aes_init(&aes);
    (void)mbedtls_aes_setkey_enc(&aes, key, 128); /* fails only for other sizes */
    memcpy(counter, prefix, 12);
    for (uint32_t i = 0; i < len; i++) {
        if (i % AES_BYTES == 0) {
            for (unsigned k = 0; k < 4; k++)
                counter[12 + k] = (uint8_t)(block >> (24 - 8 * k));
            (void)mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, counter, stream); /* cannot fail */
            block++;
        }
        data[i] ^= stream[i % AES_BYTES];
    }
    mbedtls_aes_free(&aes); /* wipes it */
    mbedtls_platform_zeroize(stream, sizeof stream);
}
