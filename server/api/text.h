/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text: bodies of answers. A failed allocation is remembered, so that only the end has to look. */
#ifndef API_TEXT_H
#define API_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; /* NUL-terminated once something was added; free() */
    size_t len, cap;
    bool failed;
};

void text_add(struct text *t, const char *data, size_t len);
void text_add_text(struct text *t, const char *text);
void text_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);

#endif
