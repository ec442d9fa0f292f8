/* SPDX-License-Identifier: Apache-2.0 */
/* Applications for tests of the core: images, block lists and signed manifests, and the blobs that they consist of. */
#ifndef BUNDLE_FAKE_H
#define BUNDLE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bundle/bundle.h"
#include "tests/unit/device/flash_fake.h"

#define BUNDLE_FAKE_BLOBS_MAX 16u
#define BUNDLE_FAKE_SIGNER    7u /* number of the accepted point, crypto_fake.h */

struct bundle_fake_blob {
    uint8_t sha256[SHA256_BYTES];
    uint32_t length;
    uint8_t bytes[FLASH_FAKE_APP_BYTES];
};

struct bundle_fake {
    char app_sid[SID_CHARS + 1];
    bundle_AppBody body;
    struct bundle_fake_blob manifest;
    uint32_t blob_count;
    struct bundle_fake_blob blobs[BUNDLE_FAKE_BLOBS_MAX]; /* layers and lists */
    uint8_t image[FLASH_FAKE_APP_BYTES];                  /* the whole slot after installation */
    uint8_t external[FLASH_FAKE_EXTERNAL_BYTES]; /* external flash likewise, 0xff where no layer lies */
};

/* Begins a bundle without layers; n tells applications apart. */
void bundle_fake_start(struct bundle_fake *bundle, uint32_t n);

/* Adds a layer of length bytes at start in a region of size bytes, filled from the seed; parts of layers of the same seed and
 * length are equal except for the first changed bytes. */
void bundle_fake_layer(struct bundle_fake *bundle, uint32_t start, uint32_t size, uint32_t length,
                       uint32_t seed, uint32_t changed, bool with_list);

/* The same in external flash; with a block list. */
void bundle_fake_external_layer(struct bundle_fake *bundle, uint32_t start, uint32_t size, uint32_t length,
                                uint32_t seed, uint32_t changed);

/* Does this external flash hold the layers of the bundle? What lies beside them does not matter. */
bool bundle_fake_external_is(const struct bundle_fake *bundle, const uint8_t *flash);

/* Encrypts all layers (which have block lists) to the layer decrypter with this number (crypto_fake.h), by a content key of its own. */
void bundle_fake_encrypt(struct bundle_fake *bundle, uint32_t decrypter);

/* The content key of such a bundle. */
void bundle_fake_content_key(const struct bundle_fake *bundle, uint8_t key[CONTENT_KEY_BYTES]);

/* Signs with point number signer and serializes the manifest. */
void bundle_fake_finish(struct bundle_fake *bundle, uint32_t signer);

/* One layer over the whole slot, signed by the accepted signer. */
void bundle_fake_simple(struct bundle_fake *bundle, uint32_t n, uint32_t length, uint32_t changed,
                        bool with_list);

const struct bundle_fake_blob *bundle_fake_find(const struct bundle_fake *bundle,
                                                const uint8_t sha256[SHA256_BYTES]);

#endif
