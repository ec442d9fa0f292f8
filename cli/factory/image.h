/* SPDX-License-Identifier: Apache-2.0 */
/* A factory image made of files: microvisor, boot0, bundles, keys. */
#ifndef FACTORY_IMAGE_FILES_H
#define FACTORY_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "device_fw/factory/factory_image.h"

/* Paths; NULL = not given. */
struct image_files {
    const char *out;            /* flash file, must not exist */
    const char *boot0;          /* ELF or its bytes */
    const char *microvisor;     /* signed image */
    const char *app, *test_app; /* signed bundles */
};

struct image_signers {
    unsigned char points[4][P256_POINT_BYTES];
    uint32_t count;
};

struct image_result {
    struct factory_image_facts facts;
    size_t flash_bytes;
    char sha256[65]; /* of the flash file, hexadecimal */
    char *boot0;     /* copy of boot0 beside the flash file, or NULL; mem_free */
};

/* Adds the public keys of PEM files, names separated by commas. */
int image_signers_read(const char *paths, struct image_signers *signers, struct fail *fail);

/* Makes files->out, and a copy of boot0 as files->out with ".boot0" behind it: nothing is written unless all is well. */
int image_files_make(const char *board, const struct image_files *files, const struct image_signers *signers,
                     struct image_result *out, struct fail *fail);

#endif
