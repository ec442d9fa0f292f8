/* SPDX-License-Identifier: Apache-2.0 */
/* Prints properties in two columns. */
#include "output/fields.h"

#include <stdarg.h>

#include "base/mem.h"
#include "output/visible.h"

#define FIELDS_COLUMN 28 /* where values start */

void fields_print(FILE *out, const char *name, const char *value)
{
    char *safe = visible_text(value && *value ? value : "-");

    fprintf(out, "%-*s%s\n", FIELDS_COLUMN, name, safe);
    mem_free(safe);
}

void fields_print_format(FILE *out, const char *name, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut text is still text */
    va_end(args);
    fields_print(out, name, text);
}
