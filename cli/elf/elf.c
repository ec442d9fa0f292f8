/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses ELF32-LE for Arm. The file is not trusted: every field is read with a bounds check behind it, all
 * sums are made in 64 bits, and nothing is allocated.
 */
#include "elf/elf.h"

#include <string.h>

#include "base/status.h"

/* Offsets of the fields in Elf32_Ehdr and Elf32_Phdr, and the values that we accept. */
enum {
    EHDR_BYTES = 52,
    EI_CLASS = 4,
    EI_DATA = 5,
    EI_VERSION = 6,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_PHOFF = 28,
    E_PHENTSIZE = 42,
    E_PHNUM = 44,
    PHDR_BYTES = 32,
    P_TYPE = 0,
    P_OFFSET = 4,
    P_PADDR = 12,
    P_FILESZ = 16,
    P_MEMSZ = 20,
    CLASS_32 = 1,
    DATA_LSB = 1,
    VERSION_CURRENT = 1,
    TYPE_EXEC = 2,
    MACHINE_ARM = 40,
    PT_LOAD = 1
};

static uint32_t get16(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t get32(const unsigned char *at)
{
    return get16(at) | get16(at + 2) << 16;
}

bool elf_is(const unsigned char *file, size_t len)
{
    return len >= 4 && memcmp(file, "\177ELF", 4) == 0;
}

static int check_header(const unsigned char *file, size_t len, struct fail *fail)
{
    if (!elf_is(file, len))
        return fail_set(fail, CLI_FORMAT, "not an ELF file");
    if (len < EHDR_BYTES)
        return fail_set(fail, CLI_FORMAT, "the ELF header is cut off: the file has %zu bytes", len);
    if (file[EI_CLASS] != CLASS_32 || file[EI_DATA] != DATA_LSB || file[EI_VERSION] != VERSION_CURRENT)
        return fail_set(fail, CLI_FORMAT,
                        "the ELF file is not 32-bit little-endian; is it built for the target?");
    if (get16(file + E_MACHINE) != MACHINE_ARM)
        return fail_set(fail, CLI_FORMAT, "the ELF file is for machine %u, but must be for Arm (40)",
                        get16(file + E_MACHINE));
    if (get16(file + E_TYPE) != TYPE_EXEC)
        return fail_set(fail, CLI_FORMAT, "the ELF file is of type %u, but must be a linked executable (2)",
                        get16(file + E_TYPE));
    return CLI_OK;
}

static int find_headers(const unsigned char *file, size_t len, const unsigned char **headers, uint32_t *count,
                        struct fail *fail)
{
    uint64_t offset = get32(file + E_PHOFF);

    *count = get16(file + E_PHNUM);
    if (*count == 0)
        return fail_set(fail, CLI_FORMAT, "the ELF file has no program headers: nothing to load");
    if (*count > ELF_SEGMENTS_MAX)
        return fail_set(fail, CLI_FORMAT, "the ELF file has %u program headers; at most %u are accepted",
                        *count, ELF_SEGMENTS_MAX);
    if (get16(file + E_PHENTSIZE) != PHDR_BYTES)
        return fail_set(fail, CLI_FORMAT, "the ELF file's program headers have %u bytes, but must have %d",
                        get16(file + E_PHENTSIZE), PHDR_BYTES);
    if (offset + (uint64_t)*count * PHDR_BYTES > len)
        return fail_set(fail, CLI_FORMAT, "the ELF file's program headers lie behind its end");
    *headers = file + offset;
    return CLI_OK;
}

static int take_segment(const unsigned char *file, size_t len, const unsigned char *header, struct elf *out,
                        struct fail *fail)
{
    uint64_t offset = get32(header + P_OFFSET), address = get32(header + P_PADDR);
    uint32_t bytes = get32(header + P_FILESZ);

    if (get32(header + P_TYPE) != PT_LOAD || bytes == 0)
        return CLI_OK;
    if (offset + bytes > len)
        return fail_set(fail, CLI_FORMAT,
                        "the segment for 0x%08llx lies behind the end of the ELF file: is it cut off?",
                        (unsigned long long)address);
    if (get32(header + P_MEMSZ) < bytes || address + bytes > UINT64_C(0x100000000))
        return fail_set(fail, CLI_FORMAT, "the segment for 0x%08llx has an impossible size",
                        (unsigned long long)address);
    out->segments[out->segment_count++] =
        (struct elf_segment){ .address = (uint32_t)address, .bytes = bytes, .data = file + offset };
    return CLI_OK;
}

int elf_parse(const unsigned char *file, size_t len, struct elf *out, struct fail *fail)
{
    const unsigned char *headers = NULL;
    uint32_t count = 0;
    int status = check_header(file, len, fail);

    out->segment_count = 0;
    if (!status)
        status = find_headers(file, len, &headers, &count, fail);
    for (uint32_t i = 0; !status && i < count; i++)
        status = take_segment(file, len, headers + (size_t)i * PHDR_BYTES, out, fail);
    if (!status && out->segment_count == 0)
        status = fail_set(fail, CLI_FORMAT, "the ELF file has no segment with bytes to load");
    return status;
}
