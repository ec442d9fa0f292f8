/* SPDX-License-Identifier: Apache-2.0 */
/* ELF files made byte by byte, right ones and wrong ones. */
#ifndef ELF_IMAGE_FAKE_H
#define ELF_IMAGE_FAKE_H

#include <stddef.h>
#include <stdint.h>

#define ELF_FAKE_MAX_BYTES 4096

struct elf_fake_segment {
    uint32_t type, address, bytes, memory;
    unsigned char fill;
};

/* Writes a valid ELF32 for Arm with these segments; returns its length. out has ELF_FAKE_MAX_BYTES. */
size_t elf_fake_make(const struct elf_fake_segment *segments, size_t count, unsigned char *out);

void elf_fake_put16(unsigned char *at, uint32_t value);
void elf_fake_put32(unsigned char *at, uint32_t value);

#endif
