/* SPDX-License-Identifier: Apache-2.0 */
/* Prints log lines. */
#include "output/logline.h"

#include <string.h>

#include "base/mem.h"
#include "output/visible.h"

#define LOGLINE_TYPE_COLUMNS 13 /* "[app_logging]", the longest that the original has; a space follows */

static void print_head(FILE *out, const char *timestamp, const char *type, size_t *column)
{
    char *when = visible_text(timestamp), *kind = visible_text(type);
    char *bracketed = mem_format("[%s]", kind);

    fprintf(out, "%s %-*s ", when, LOGLINE_TYPE_COLUMNS, bracketed);
    *column = visible_columns(when) + 1 +
              (strlen(bracketed) > LOGLINE_TYPE_COLUMNS ? strlen(bracketed) : LOGLINE_TYPE_COLUMNS) + 1;
    mem_free(bracketed);
    mem_free(kind);
    mem_free(when);
}

static void print_text(FILE *out, const char *text, size_t column)
{
    char *copy = mem_text(text), *rest = copy, *line;
    size_t len = strlen(copy);
    int is_first = 1;

    while (len && (copy[len - 1] == '\n' || copy[len - 1] == '\r'))
        copy[--len] = 0;
    while ((line = strsep(&rest, "\n"))) {
        char *safe = visible_text(line);

        fprintf(out, "%*s%s\n", is_first ? 0 : (int)column, "", safe);
        mem_free(safe);
        is_first = 0;
    }
    mem_free(copy);
}

void logline_print(FILE *out, const char *timestamp, const char *type, const char *text, int64_t dropped)
{
    size_t column;

    if (dropped > 0) {
        print_head(out, timestamp, type, &column);
        fprintf(out, "(%lld line%s lost)\n", (long long)dropped, dropped == 1 ? "" : "s");
    }
    print_head(out, timestamp, type, &column);
    print_text(out, text, column);
}
