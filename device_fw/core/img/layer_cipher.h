/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted layers (PROTOCOL.md section 15): AES-128-CTR at the same offset, so that any block can be decrypted by itself.
 *
 * It has no tag: what comes out is worth nothing until it was compared with a signed hash.
 */
#ifndef CORE_LAYER_CIPHER_H
#define CORE_LAYER_CIPHER_H

#include "core/img/manifest.h"

/* Decrypts, in place, what begins at this block of the layer. Nothing happens when the layer is not encrypted. */
void layer_decrypt(const struct manifest_layer *layer, const uint8_t key[CONTENT_KEY_BYTES], uint32_t block,
                   uint8_t *data, uint32_t length);

/* The same for a piece of its block list that begins with the hash of this block. */
void layer_decrypt_list(const struct manifest_layer *layer, const uint8_t key[CONTENT_KEY_BYTES],
                        uint32_t block, uint8_t *data, uint32_t length);

#endif
