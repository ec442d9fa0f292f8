/* SPDX-License-Identifier: Apache-2.0 */
/* Lays the segments of an ELF file out as one ROM image. Must not accept a byte that would not be in the
 * application's flash. */
#include "elf/image.h"

#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "elf/elf.h"
#include "proto/limits.h"

/* Application windows of the boards, APP_FLASH_BYTES each. */
static const struct {
    uint32_t base;
    const char *board;
} windows[] = {
    { 0x00200000u, "mps2_an505" },
    { 0x08000000u, "stm32u585" },
};

static uint32_t lowest_address(const struct elf *elf)
{
    uint32_t lowest = UINT32_MAX;

    for (size_t i = 0; i < elf->segment_count; i++)
        if (elf->segments[i].address < lowest)
            lowest = elf->segments[i].address;
    return lowest;
}

static int choose_base(const struct elf *elf, struct image_base wanted, uint32_t *base, struct fail *fail)
{
    uint32_t lowest = lowest_address(elf);

    *base = wanted.address;
    if (wanted.set)
        return CLI_OK;
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
        if (lowest >= windows[i].base && lowest - windows[i].base < APP_FLASH_BYTES) {
            *base = windows[i].base;
            return CLI_OK;
        }
    return fail_set(
        fail, CLI_FORMAT,
        "the lowest segment is at 0x%08x, which is not in the application flash of a known board (%s "
        "0x%08x, %s 0x%08x); --rom-base ADDRESS says where the flash begins",
        lowest, windows[0].board, windows[0].base, windows[1].board, windows[1].base);
}

static int check_place(const struct elf_segment *segment, uint32_t base, struct fail *fail)
{
    uint64_t end = (uint64_t)segment->address + segment->bytes;

    if (segment->address >= base && end < (uint64_t)base + APP_FLASH_BYTES)
        return CLI_OK;
    return fail_set(
        fail, CLI_FORMAT,
        "the segment 0x%08x..0x%08llx is not inside the application flash 0x%08x..0x%08llx (which must "
        "not be filled to the last byte)",
        segment->address, (unsigned long long)end, base, (unsigned long long)base + APP_FLASH_BYTES);
}

static int check_overlap(const struct elf *elf, size_t index, struct fail *fail)
{
    const struct elf_segment *a = &elf->segments[index];

    for (size_t i = 0; i < index; i++) {
        const struct elf_segment *b = &elf->segments[i];

        if (a->address < (uint64_t)b->address + b->bytes && b->address < (uint64_t)a->address + a->bytes)
            return fail_set(fail, CLI_FORMAT, "the segments at 0x%08x and 0x%08x overlap", b->address,
                            a->address);
    }
    return CLI_OK;
}

/* From the base to the end of the last segment. */
static size_t image_len(const struct elf *elf, uint32_t base)
{
    size_t len = 0;

    for (size_t i = 0; i < elf->segment_count; i++) {
        size_t end = (size_t)(elf->segments[i].address - base) + elf->segments[i].bytes;

        if (end > len)
            len = end;
    }
    return len;
}

int image_from_elf(const struct elf *elf, struct image_base wanted, struct image *out, struct fail *fail)
{
    int status;

    *out = (struct image){ .has_base = true };
    status = choose_base(elf, wanted, &out->base, fail);
    for (size_t i = 0; !status && i < elf->segment_count; i++) {
        status = check_place(&elf->segments[i], out->base, fail);
        if (!status)
            status = check_overlap(elf, i, fail);
    }
    if (status)
        return status;
    out->len = image_len(elf, out->base);
    out->data = memset(mem_new(out->len), 0xff, out->len);
    for (size_t i = 0; i < elf->segment_count; i++)
        memcpy(out->data + (elf->segments[i].address - out->base), elf->segments[i].data,
               elf->segments[i].bytes);
    return CLI_OK;
}

static int image_from_raw(const unsigned char *file, size_t len, struct image_base base, struct image *out,
                          struct fail *fail)
{
    if (len == 0)
        return fail_set(fail, CLI_FORMAT, "the file is empty");
    if (len >= APP_FLASH_BYTES)
        return fail_set(fail, CLI_FORMAT, "the image has %zu bytes, but must have less than %u", len,
                        APP_FLASH_BYTES);
    *out = (struct image){ .data = mem_new(len), .len = len, .has_base = base.set, .base = base.address };
    memcpy(out->data, file, len);
    return CLI_OK;
}

int image_make(const unsigned char *file, size_t len, struct image_base base, struct image *out,
               struct fail *fail)
{
    struct elf elf;
    int status;

    *out = (struct image){ 0 };
    if (!elf_is(file, len))
        return image_from_raw(file, len, base, out, fail);
    status = elf_parse(file, len, &elf, fail);
    return status ? status : image_from_elf(&elf, base, out, fail);
}

void image_clear(struct image *image)
{
    mem_free(image->data);
    *image = (struct image){ 0 };
}

bool image_has_vectors(const struct image *image)
{
    const unsigned char *reset = image->data + 4;
    uint32_t address;

    if (!image->has_base)
        return true;
    if (image->len < 8)
        return false;
    address = reset[0] | (uint32_t)reset[1] << 8 | (uint32_t)reset[2] << 16 | (uint32_t)reset[3] << 24;
    return (address & 1) && address > image->base && address - image->base < image->len;
}
