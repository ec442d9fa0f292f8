/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out ELF files for tests: header, program headers, then the bytes of each segment. */
#include "elf_image_fake.h"

#include <string.h>

void elf_fake_put16(unsigned char *at, uint32_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
}

void elf_fake_put32(unsigned char *at, uint32_t value)
{
    elf_fake_put16(at, value);
    elf_fake_put16(at + 2, value >> 16);
}

size_t elf_fake_make(const struct elf_fake_segment *segments, size_t count, unsigned char *out)
{
    static const unsigned char ident[] = { 0x7f, 'E', 'L', 'F', 1, 1, 1 };
    size_t at = 52 + 32 * count;

    memset(out, 0, ELF_FAKE_MAX_BYTES);
    memcpy(out, ident, sizeof(ident));
    elf_fake_put16(out + 16, 2);
    elf_fake_put16(out + 18, 40);
    elf_fake_put32(out + 20, 1);
    elf_fake_put32(out + 28, 52);
    elf_fake_put16(out + 40, 52);
    elf_fake_put16(out + 42, 32);
    elf_fake_put16(out + 44, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        unsigned char *header = out + 52 + 32 * i;

        elf_fake_put32(header, segments[i].type);
        elf_fake_put32(header + 4, (uint32_t)at);
        elf_fake_put32(header + 8, 0x28200000); /* where it runs: must not matter */
        elf_fake_put32(header + 12, segments[i].address);
        elf_fake_put32(header + 16, segments[i].bytes);
        elf_fake_put32(header + 20, segments[i].memory);
        memset(out + at, segments[i].fill, segments[i].bytes);
        at += segments[i].bytes;
    }
    return at;
}
