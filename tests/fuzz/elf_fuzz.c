/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an application to bundle, or to find functions in: readers and image layout must refuse or stay inside their
 * memory. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf.h"
#include "elf/image.h"
#include "elf/symbols.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const uint8_t *data, size_t size)
{
    struct symbols symbols;
    struct symbol found;
    struct fail fail;

    if (symbols_open(data, size, &symbols, &fail) != 0)
        return;
    for (uint32_t address = 0x00200000; address < 0x00200400; address += 6)
        if (symbols_find(&symbols, address, &found) && strlen(found.name) > size)
            abort();
}

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
    look_up(data, size);
    return 0;
}
