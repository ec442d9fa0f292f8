/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of ELF32 little-endian executables for Arm (System V ABI, "Object Files"; ELF for the Arm
 * Architecture). */
#ifndef ELF_ELF_H
#define ELF_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/* Program headers of a firmware ELF: a handful. 64 leaves room for odd linker scripts. */
#define ELF_SEGMENTS_MAX 64u

/* Bytes that are to be loaded; data points into the file. */
struct elf_segment {
    uint32_t address; /* p_paddr: where they are stored, not where they run */
    uint32_t bytes;
    const unsigned char *data;
};

struct elf {
    struct elf_segment segments[ELF_SEGMENTS_MAX];
    size_t segment_count;
};

/* Does it begin like an ELF file of any kind? */
bool elf_is(const unsigned char *file, size_t len);

/* Collects the PT_LOAD segments that have bytes in the file. Every offset is checked against len. CLI_FORMAT
 * with words. */
int elf_parse(const unsigned char *file, size_t len, struct elf *out, struct fail *fail);

#endif
