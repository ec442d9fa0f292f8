/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors for tests of the core: signed images that behave well or badly, and the manifests that offer them. */
#ifndef KERNEL_FAKE_H
#define KERNEL_FAKE_H

#include <stdint.h>

#include "core/boot/boot_image.h"
#include "proto/bundle/bundle_kernel.h"
#include "tests/unit/device/bundle_fake.h"

#define KERNEL_FAKE_ROOT    11u /* numbers of the fused root keys' points, crypto_fake.h */
#define KERNEL_FAKE_ROOT_2  12u
#define KERNEL_FAKE_FOREIGN 13u

#define KERNEL_FAKE_LOAD_ADDRESS 0x10010000u
#define KERNEL_FAKE_RAM          0x38000000u
#define KERNEL_FAKE_RAM_BYTES    0x20000u

/* What a simulated microvisor does when it is started. */
enum kernel_fake_life {
    KERNEL_FAKE_GOOD,
    KERNEL_FAKE_MUTE,  /* never reaches the server */
    KERNEL_FAKE_CRASH, /* resets at once; a hang that the watchdog ends looks the same */
    KERNEL_FAKE_DECAYS /* behaves well until it is confirmed; each later start crashes */
};

struct kernel_fake {
    struct boot_image_header header;
    bundle_KernelBody body;
    struct bundle_fake_blob image; /* header and body as they lie in a slot */
    struct bundle_fake_blob manifest;
};

/* All right and signed by the first root key; bytes is the length of the image with its header. */
void kernel_fake_make(struct kernel_fake *kernel, uint32_t number, uint32_t ratchet,
                      enum kernel_fake_life life, uint32_t bytes);

/* In two steps, for those that are not all right: the image from kernel->header, signed by a point; then the manifest from kernel->body,
 * whose hash and size of the image are filled in. */
void kernel_fake_seal_image(struct kernel_fake *kernel, uint32_t signer);
void kernel_fake_describe_image(struct kernel_fake *kernel);
void kernel_fake_seal_manifest(struct kernel_fake *kernel, uint32_t signer);

/* A manifest around any body. */
void kernel_fake_seal_body(const uint8_t *body, size_t length, uint32_t signer, struct bundle_fake_blob *out);

const struct bundle_fake_blob *kernel_fake_find(const struct kernel_fake *kernel,
                                                const uint8_t sha256[SHA256_BYTES]);

/* The life of an image by its body. */
enum kernel_fake_life kernel_fake_life_of(const uint8_t *body);

#endif
