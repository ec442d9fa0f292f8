/* SPDX-License-Identifier: Apache-2.0 */
/* Reads symbol tables (System V ABI, "Symbol Table"). As in elf.c nothing of the file is trusted. */
#include "elf/symbols.h"

#include <string.h>

#include "base/status.h"
#include "elf/elf.h"

enum {
    EHDR_BYTES = 52,
    E_SHOFF = 32,
    E_SHENTSIZE = 46,
    E_SHNUM = 48,
    SHDR_BYTES = 40,
    SH_TYPE = 4,
    SH_OFFSET = 16,
    SH_SIZE = 20,
    SH_LINK = 24,
    SHT_SYMTAB = 2,
    SYM_BYTES = 16,
    ST_VALUE = 4,
    ST_SIZE = 8,
    ST_INFO = 12,
    STT_FUNC = 2
};

static uint32_t get16(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const unsigned char *at)
{
    return get16(at) | get16(at + 2) << 16;
}

/* Bytes of a section; NULL when they are not all in the file. */
static const unsigned char *section_bytes(const unsigned char *file, size_t len, const unsigned char *header,
                                          size_t *size)
{
    uint64_t offset = get32(header + SH_OFFSET);

    *size = get32(header + SH_SIZE);
    return offset + *size <= len ? file + offset : NULL;
}

static int take_table(const unsigned char *file, size_t len, const unsigned char *headers, uint32_t count,
                      const unsigned char *header, struct symbols *out, struct fail *fail)
{
    uint32_t link = get32(header + SH_LINK);
    size_t size;

    out->table = section_bytes(file, len, header, &size);
    out->count = size / SYM_BYTES;
    if (link < count)
        out->names =
            (const char *)section_bytes(file, len, headers + (size_t)link * SHDR_BYTES, &out->names_len);
    if (out->table && out->names)
        return CLI_OK;
    *out = (struct symbols){ 0 };
    return fail_set(fail, CLI_FORMAT, "the symbol table lies behind the end of the ELF file: is it cut off?");
}

int symbols_open(const unsigned char *file, size_t len, struct symbols *out, struct fail *fail)
{
    struct elf checked;
    int status = elf_parse(file, len, &checked, fail);
    uint64_t offset = status ? 0 : get32(file + E_SHOFF);
    uint32_t count = status ? 0 : get16(file + E_SHNUM);

    *out = (struct symbols){ 0 };
    if (status || count == 0)
        return status;
    if (get16(file + E_SHENTSIZE) != SHDR_BYTES || offset + (uint64_t)count * SHDR_BYTES > len)
        return fail_set(fail, CLI_FORMAT,
                        "the section headers lie behind the end of the ELF file: is it cut off?");
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *header = file + offset + (size_t)i * SHDR_BYTES;

        if (get32(header + SH_TYPE) == SHT_SYMTAB)
            return take_table(file, len, file + offset, count, header, out, fail);
    }
    return CLI_OK;
}

/* NULL when it does not end inside the table of names. */
static const char *name_of(const struct symbols *symbols, const unsigned char *entry)
{
    uint32_t at = get32(entry);

    if (at >= symbols->names_len || !memchr(symbols->names + at, '\0', symbols->names_len - at))
        return NULL;
    return symbols->names + at;
}

bool symbols_find(const struct symbols *symbols, uint32_t address, struct symbol *out)
{
    address &= ~UINT32_C(1);
    for (size_t i = 0; i < symbols->count; i++) {
        const unsigned char *entry = symbols->table + i * SYM_BYTES;
        uint32_t start = get32(entry + ST_VALUE) & ~UINT32_C(1);

        if ((entry[ST_INFO] & 0xf) != STT_FUNC || address < start ||
            address - start >= get32(entry + ST_SIZE))
            continue;
        *out = (struct symbol){ name_of(symbols, entry), start };
        if (out->name)
            return true;
    }
    return false;
}
