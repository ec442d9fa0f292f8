/* SPDX-License-Identifier: Apache-2.0 */
/* ROM image: the bytes of an application's flash from its first byte to its last, gaps filled with 0xff. */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct elf;

struct image {
    unsigned char *data;
    size_t len;
    bool has_base;
    uint32_t base; /* address of data[0], when has_base */
};

/* Where the first byte belongs. Unset: the application window of a known board that the file is linked for.
 */
struct image_base {
    bool set;
    uint32_t address;
};

/* Makes an image of less than APP_FLASH_BYTES of a file's content: ELF, or anything else as raw binary. The
 * caller clears it. CLI_FORMAT with words. */
int image_make(const unsigned char *file, size_t len, struct image_base base, struct image *out,
               struct fail *fail);
int image_from_elf(const struct elf *elf, struct image_base base, struct image *out, struct fail *fail);
void image_clear(struct image *image);

/* Does the image start with a plausible vector table: a reset handler that is Thumb code inside it? Only an
 * image with a base can be judged; others pass. */
bool image_has_vectors(const struct image *image);

#endif
