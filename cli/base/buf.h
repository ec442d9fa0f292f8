/* SPDX-License-Identifier: Apache-2.0 */
/* A byte buffer that grows up to a cap. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    unsigned char *data; /* data[len] is always 0 once anything was added */
    size_t len, room, cap;
};

void buf_init(struct buf *b, size_t cap);
void buf_clear(struct buf *b);
/* False, and unchanged, when the cap would be passed. */
bool buf_add(struct buf *b, const void *data, size_t len);
/* The bytes as text; "" when empty. */
const char *buf_text(const struct buf *b);

#endif
