/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that ends the process instead of returning NULL. Must not be used where input alone decides the
 * size. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory)
{
    if (memory)
        return memory;
    fputs("outrigger: out of memory\n", stderr);
    exit(1);
}

void *mem_new(size_t bytes)
{
    return must(calloc(1, bytes ? bytes : 1));
}

void *mem_grow(void *old, size_t bytes)
{
    return must(realloc(old, bytes ? bytes : 1));
}

char *mem_text(const char *text)
{
    return text ? must(strdup(text)) : NULL;
}

char *mem_format(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return must(text);
}

void mem_free(void *memory)
{
    free(memory);
}

void mem_free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}
