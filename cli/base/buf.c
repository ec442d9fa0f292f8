/* SPDX-License-Identifier: Apache-2.0 */
/* Growing byte buffer; doubles, never beyond its cap, always NUL-terminated. */
#include "base/buf.h"

#include <string.h>

#include "base/mem.h"

#define BUF_FIRST_BYTES 256u

void buf_init(struct buf *b, size_t cap)
{
    *b = (struct buf){ .cap = cap };
}

void buf_clear(struct buf *b)
{
    mem_free(b->data);
    b->data = NULL;
    b->len = b->room = 0;
}

static void make_room(struct buf *b, size_t need)
{
    size_t room = b->room ? b->room : BUF_FIRST_BYTES;

    while (room < need)
        room *= 2;
    if (room == b->room)
        return;
    b->data = mem_grow(b->data, room);
    b->room = room;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
    if (len > b->cap - b->len)
        return false;
    make_room(b, b->len + len + 1);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
    return true;
}

const char *buf_text(const struct buf *b)
{
    return b->data ? (const char *)b->data : "";
}
