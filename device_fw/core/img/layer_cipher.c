/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of encrypted layers; see layer_cipher.h. */
#include "core/img/layer_cipher.h"

#include "port/port_crypto.h"

#define AES_BYTES 16u

void layer_decrypt(const struct manifest_layer *layer, const uint8_t key[CONTENT_KEY_BYTES], uint32_t block,
                   uint8_t *data, uint32_t length)
{
    if (layer->encrypted)
        port_aes_ctr(key, layer->measurement_hash, (block - layer->first) * (BLOCK_BYTES / AES_BYTES), data,
                     length);
}

void layer_decrypt_list(const struct manifest_layer *layer, const uint8_t key[CONTENT_KEY_BYTES],
                        uint32_t block, uint8_t *data, uint32_t length)
{
    if (layer->encrypted)
        port_aes_ctr(key, layer->measurement_hash,
                     LAYER_LIST_AES_BLOCK + (block - layer->first) * (SHA256_BYTES / AES_BYTES), data,
                     length);
}
