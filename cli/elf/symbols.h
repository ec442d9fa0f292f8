/* SPDX-License-Identifier: Apache-2.0 */
/* Functions by address, from the symbol table of an ELF file. */
#ifndef ELF_SYMBOLS_H
#define ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/* Borrowed from the bytes of the file. */
struct symbols {
    const unsigned char *table; /* of 16-byte entries */
    size_t count;
    const char *names;
    size_t names_len;
};

struct symbol {
    const char *name;
    uint32_t address; /* without Thumb bit */
};

/* Finds the symbol table of an ELF32 for Arm; it may be empty when the file was stripped. CLI_FORMAT with words. */
int symbols_open(const unsigned char *file, size_t len, struct symbols *out, struct fail *fail);

/* The function that the address lies in; a Thumb bit is ignored. False: in none that is known. */
bool symbols_find(const struct symbols *symbols, uint32_t address, struct symbol *out);

#endif
