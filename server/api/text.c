/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text, doubling. */
#include "api/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST_BYTES 1024u

static bool text_grow(struct text *t, size_t more)
{
    size_t cap = t->cap ? t->cap : TEXT_FIRST_BYTES;
    while (cap < t->len + more + 1) {
        cap *= 2;
    }
    if (t->failed || cap == t->cap) {
        return !t->failed;
    }
    char *data = realloc(t->data, cap);
    t->failed = data == NULL;
    if (data != NULL) {
        t->data = data;
        t->cap = cap;
    }
    return !t->failed;
}

void text_add(struct text *t, const char *data, size_t len)
{
    if (text_grow(t, len)) {
        memcpy(t->data + t->len, data, len);
        t->len += len;
        t->data[t->len] = '\0';
    }
}

void text_add_text(struct text *t, const char *text)
{
    text_add(t, text, strlen(text));
}

void text_format(struct text *t, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n > 0) {
        text_add(t, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
    }
}

void text_clear(struct text *t)
{
    free(t->data);
    *t = (struct text){ 0 };
}
