/* SPDX-License-Identifier: Apache-2.0 */
/* Source lines by address, from the toolchain's addr2line where there is one. */
#ifndef ELF_LINES_H
#define ELF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_ADDRESSES_MAX 160u /* the registers and the largest stack of a crash report */
#define LINES_TEXT_BYTES    256u

/* Fills text with "file.c:12" for each address, "" where none is known. False: there is no program that can tell. Blocks
 * until it has. */
bool lines_find(const char *elf_path, const uint32_t *addresses, size_t count,
                char (*text)[LINES_TEXT_BYTES]);

#endif
