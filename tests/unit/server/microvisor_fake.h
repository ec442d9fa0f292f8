/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisor bundles for tests: images with a header, signed by keys that are made here, right or wrong on purpose. */
#ifndef TESTS_UNIT_SERVER_MICROVISOR_FAKE_H
#define TESTS_UNIT_SERVER_MICROVISOR_FAKE_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/check.h"

struct evp_pkey_st;

/* A root key; free with microvisor_fake_key_free. */
struct microvisor_fake_key {
    struct evp_pkey_st *pkey;
    struct bundle_signer signer;
};
void microvisor_fake_key_make(struct microvisor_fake_key *key);
void microvisor_fake_key_free(struct microvisor_fake_key *key);
/* Writes the public half as PEM. */
void microvisor_fake_key_write(const struct microvisor_fake_key *key, const char *path);

#define MICROVISOR_FAKE_IMAGE_MAX 0x90000u

struct microvisor_fake {
    const struct microvisor_fake_key *image_key, *manifest_key; /* manifest_key NULL: unsigned */
    const char *board, *version;
    uint32_t number, ratchet;             /* of the manifest */
    uint32_t image_number, image_ratchet; /* of the image */
    uint32_t body_bytes;
    uint8_t fill; /* of the body: other bytes, another image */
};

/* One that is right: board "mps2_an505", version "0.2.0", number 200, ratchet 1, signed by key. */
struct microvisor_fake microvisor_fake_good(const struct microvisor_fake_key *key);

/* The signed image; returns its length. */
size_t microvisor_fake_image(const struct microvisor_fake *m, uint8_t out[MICROVISOR_FAKE_IMAGE_MAX]);

/* The manifest of an image; returns its length. size: what it says of the image's size. */
size_t microvisor_fake_manifest(const struct microvisor_fake *m, const uint8_t image_sha256[32],
                                uint32_t size, uint8_t *out, size_t cap);

/* The whole zip file. */
void microvisor_fake_write(const char *path, const struct microvisor_fake *m);

#endif
