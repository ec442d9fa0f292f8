/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an application to bundle: the ELF reader and the image layout must refuse or stay inside their memory. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf.h"
#include "elf/image.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_base bases[] = { { false, 0 }, { true, 0x00200000 }, { true, 0xfff80000 } };
    struct fail fail;

    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        struct image image;

        if (image_make(data, size, bases[i], &image, &fail) != 0)
            continue;
        if (image.len == 0 || image.len >= APP_FLASH_BYTES)
            abort(); /* an image that no bundle may hold */
        (void)image_has_vectors(&image);
        image_clear(&image);
    }
    return 0;
}
