/* SPDX-License-Identifier: Apache-2.0 */
/* "name   value" lines for people: one thing, its properties below each other. */
#ifndef OUTPUT_FIELDS_H
#define OUTPUT_FIELDS_H

#include <stdio.h>

/* value NULL or "" is shown as "-"; control characters are made visible. */
void fields_print(FILE *out, const char *name, const char *value);
void fields_print_format(FILE *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
