/* SPDX-License-Identifier: Apache-2.0 */
/* Lays tables out. When they are too wide, the widest columns give way until everything fits. */
#include "output/table.h"

#include <string.h>

#include "base/mem.h"
#include "output/visible.h"

#define TABLE_GAP      2 /* columns between columns */
#define TABLE_LEAST    8 /* no column is cut below this */
#define TABLE_ELLIPSIS "\u2026"

struct table {
    size_t columns;
    char **cells; /* the first row is the titles */
    size_t count, room;
};

static void add_cell(struct table *t, char *cell)
{
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->cells = mem_grow(t->cells, t->room * sizeof(*t->cells));
    }
    t->cells[t->count++] = cell;
}

struct table *table_new(const char *const headers[])
{
    struct table *t = mem_new(sizeof(*t));

    for (; headers[t->columns] && t->columns < TABLE_COLUMNS_MAX; t->columns++)
        add_cell(t, mem_text(headers[t->columns]));
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->cells[i]);
    mem_free(t->cells);
    mem_free(t);
}

void table_add(struct table *t, const char *cell)
{
    add_cell(t, visible_text(cell && *cell ? cell : "-"));
}

static void measure(const struct table *t, size_t widths[TABLE_COLUMNS_MAX])
{
    memset(widths, 0, TABLE_COLUMNS_MAX * sizeof(*widths));
    for (size_t i = 0; i < t->count; i++) {
        size_t columns = visible_columns(t->cells[i]);

        if (columns > widths[i % t->columns])
            widths[i % t->columns] = columns;
    }
}

static void shrink(const struct table *t, size_t widths[TABLE_COLUMNS_MAX], size_t width)
{
    size_t total = TABLE_GAP * (t->columns - 1);

    for (size_t c = 0; c < t->columns; c++)
        total += widths[c];
    while (total > width) {
        size_t widest = 0;

        for (size_t c = 1; c < t->columns; c++)
            if (widths[c] > widths[widest])
                widest = c;
        if (widths[widest] <= TABLE_LEAST)
            return; /* the terminal is too narrow for anything better */
        widths[widest]--;
        total--;
    }
}

/* is_last: nothing follows, so nothing is padded. */
static void print_cell(FILE *out, const char *cell, size_t width, int is_last)
{
    size_t columns = visible_columns(cell);

    if (columns > width) {
        fprintf(out, "%.*s%s", (int)visible_cut(cell, width - 1), cell, TABLE_ELLIPSIS);
        columns = width;
    } else {
        fputs(cell, out);
    }
    if (is_last)
        fputc('\n', out);
    else
        fprintf(out, "%*s", (int)(width - columns + TABLE_GAP), "");
}

void table_print(const struct table *t, FILE *out, size_t width)
{
    size_t widths[TABLE_COLUMNS_MAX];

    if (t->columns == 0)
        return;
    measure(t, widths);
    if (width)
        shrink(t, widths, width);
    for (size_t i = 0; i < t->count; i++)
        print_cell(out, t->cells[i], widths[i % t->columns], i % t->columns == t->columns - 1);
}
