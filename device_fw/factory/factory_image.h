/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the flash content with which devices leave the factory's programmer: microvisor in slot A, the factory's data, and the
 * applications that run before a device has met a server (core/factory). Runs on a development machine.
 *
 * Everything is written by the core's own functions over ports/image, so the format is the device's by construction. Then a device is
 * asked: the image is mounted as at a first boot, the slot measured, and, if there is a test application, its passing and what
 * follows played through on a copy. An image that a device would not run is not made.
 */
#ifndef FACTORY_IMAGE_H
#define FACTORY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

/* The boards that images can be made for: name by number from 0 on, NULL behind the last; bytes of its flash by name, 0: unknown. */
const char *factory_image_board(size_t number);
size_t factory_image_bytes(const char *board);

/* A signed application as its bundle has it; checked by nobody but the device's own code in here. */
struct factory_image_app {
    const uint8_t *manifest;
    uint32_t manifest_bytes;
    struct {
        const uint8_t *bytes;
        uint32_t length;
    } layers[APP_LAYERS_MAX]; /* in the manifest's order */
    uint32_t layer_count;
};

struct factory_image {
    const char *board;         /* one of factory_image_board */
    const uint8_t *microvisor; /* signed image, boot_image.h */
    uint32_t microvisor_bytes;
    const uint8_t (
        *signers)[P256_POINT_BYTES];          /* whose applications devices run until they are provisioned */
    uint32_t signer_count;                    /* 0: none, and no applications */
    const struct factory_image_app *app;      /* production; NULL: none */
    const struct factory_image_app *test_app; /* runs first; NULL: none */
};

/* What went into the image, for reports. */
struct factory_image_facts {
    uint32_t microvisor_number;
    uint32_t microvisor_ratchet;
    uint8_t app_sha256[SHA256_BYTES]; /* of the manifests; zeros: none */
    uint8_t test_sha256[SHA256_BYTES];
};

/* Fills flash (factory_image_bytes of the board). False with words for people in why. Everything in image is borrowed. */
bool factory_image_make(const struct factory_image *image, uint8_t *flash, struct factory_image_facts *facts,
                        char *why, size_t why_bytes);

/* More is no boot0. */
#define FACTORY_BOOT0_BYTES_MAX 0x4000u

/* Is there a root key in boot0's bytes with which the microvisor (one that factory_image_make has taken) is signed? */
bool factory_image_boot0_fits(const uint8_t *boot0, size_t boot0_bytes, const uint8_t *microvisor,
                              uint32_t microvisor_bytes);

#endif
