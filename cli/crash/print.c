/* SPDX-License-Identifier: Apache-2.0 */
/* Prints crash reports. Words of the stack that lie in functions may be return addresses, or left over from earlier calls. */
#include "crash/print.h"

#include "base/mem.h"
#include "elf/lines.h"
#include "elf/symbols.h"
#include "output/visible.h"

#define PLACES_MAX (2 + CRASH_STACK_MAX_BYTES / 4)

/* Addresses that are explained, each with where it was found. */
struct places {
    size_t count;
    uint32_t addresses[PLACES_MAX];
    char labels[PLACES_MAX][16];
};

static uint32_t stack_word(const struct crash_report *report, size_t at)
{
    const unsigned char *bytes = report->stack + at;

    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void add_place(struct places *places, const struct symbols *symbols, uint32_t address,
                      const char *label)
{
    struct symbol found;

    if (!symbols_find(symbols, address, &found))
        return;
    places->addresses[places->count] = address & ~UINT32_C(1);
    (void)snprintf(places->labels[places->count], sizeof(places->labels[0]), "%s", label);
    places->count++;
}

static void find_places(const struct crash_report *report, const struct symbols *symbols, struct places *out)
{
    out->count = 0;
    add_place(out, symbols, report->registers[CRASH_PC], "pc");
    add_place(out, symbols, report->registers[CRASH_LR], "lr");
    for (size_t at = 0; at + 4 <= report->stack_len; at += 4) {
        uint32_t word = stack_word(report, at);
        char label[16];

        (void)snprintf(label, sizeof(label), "sp+0x%03zx", at);
        if (word & 1) /* return addresses have the Thumb bit */
            add_place(out, symbols, word, label);
    }
}

static void print_places(FILE *out, const struct places *places, const struct symbols *symbols,
                         const char *elf_path)
{
    char(*lines)[LINES_TEXT_BYTES] = mem_new(PLACES_MAX * sizeof(*lines));
    bool has_lines = lines_find(elf_path, places->addresses, places->count, lines);

    for (size_t i = 0; i < places->count; i++) {
        struct symbol found;

        char *name, *line;

        (void)symbols_find(symbols, places->addresses[i], &found); /* it was when it was added */
        name = visible_text(found.name);
        line = visible_text(has_lines ? lines[i] : "");
        fprintf(out, "  %-9s 0x%08x  %s+0x%x%s%s\n", places->labels[i], places->addresses[i], name,
                places->addresses[i] - found.address, line[0] ? "  " : "", line);
        mem_free(name);
        mem_free(line);
    }
    mem_free(lines);
}

static void print_registers(FILE *out, const struct crash_report *report)
{
    for (size_t i = 0; i < CRASH_REGISTER_WORDS; i++)
        fprintf(out, "%s%-4s 0x%08x%s", i % 4 == 0 ? "  " : "   ", crash_register_name(i),
                report->registers[i], i % 4 == 3 || i + 1 == CRASH_REGISTER_WORDS ? "\n" : "");
}

static void print_stack(FILE *out, const struct crash_report *report)
{
    for (size_t at = 0; at + 4 <= report->stack_len; at += 4) {
        if (at % 16 == 0)
            fprintf(out, "%s  0x%08x ", at ? "\n" : "", report->registers[CRASH_SP] + (uint32_t)at);
        fprintf(out, " %08x", stack_word(report, at));
    }
    if (report->stack_len >= 4)
        fputc('\n', out);
}

void crash_print(FILE *out, const struct crash_report *report, const struct symbols *symbols,
                 const char *elf_path)
{
    struct places places;

    fputs("registers\n", out);
    print_registers(out, report);
    if (report->stack_len >= 4)
        fputs("stack\n", out);
    print_stack(out, report);
    if (!symbols)
        return;
    find_places(report, symbols, &places);
    fputs(places.count ? "in functions\n"
                       : "no address lies in a function of the ELF file: is it the one that runs?\n",
          out);
    print_places(out, &places, symbols, elf_path);
}
