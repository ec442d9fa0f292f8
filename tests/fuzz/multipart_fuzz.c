/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart bodies: however a body is cut into pieces, the same comes out (M1), and nothing is told after an error (M2). The first byte
 * says how to cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "form/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEEN_MAX (1u << 18)

struct seen {
    unsigned char bytes[SEEN_MAX];
    size_t len;
    int open; /* between begin and end */
};

static void note(struct seen *s, const void *data, size_t len)
{
    if (len > SEEN_MAX - s->len) {
        abort();
    }
    memcpy(s->bytes + s->len, data, len);
    s->len += len;
}

static int on_begin(void *arg, const char *name, bool is_file)
{
    struct seen *s = arg;
    if (s->open++ != 0) {
        abort();
    }
    note(s, is_file ? "F" : "f", 1);
    note(s, name, strlen(name) + 1);
    return ST_OK;
}

static int on_data(void *arg, const char *data, size_t len)
{
    struct seen *s = arg;
    if (s->open != 1) {
        abort();
    }
    note(s, data, len);
    return ST_OK;
}

static int on_end(void *arg)
{
    struct seen *s = arg;
    if (s->open-- != 1) {
        abort();
    }
    note(s, "\n--end--", 8);
    return ST_OK;
}

static int parse(const char *body, size_t len, size_t step, struct seen *s)
{
    static struct multipart m;
    const struct multipart_sink sink = { on_begin, on_data, on_end, s };
    int rc = ST_OK;
    s->len = 0;
    s->open = 0;
    form_multipart_begin(&m, "XX", &sink);
    for (size_t at = 0; rc == ST_OK && at < len; at += step) {
        rc = form_multipart_feed(&m, body + at, len - at < step ? len - at : step);
    }
    return rc == ST_OK ? form_multipart_finish(&m) : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen whole, pieces;
    char type[600], boundary[MULTIPART_BOUNDARY_MAX + 1];
    if (size == 0) {
        return 0;
    }
    size_t step = data[0] % 23 + 1u;
    const char *body = (const char *)data + 1;
    int rc = parse(body, size - 1, size, &whole);
    if (parse(body, size - 1, step, &pieces) != rc || pieces.len != whole.len ||
        memcmp(pieces.bytes, whole.bytes, whole.len) != 0) {
        abort();
    }
    size_t n = size - 1 < sizeof(type) - 1 ? size - 1 : sizeof(type) - 1;
    memcpy(type, body, n);
    type[n] = '\0';
    (void)form_multipart_boundary(type, boundary); /* any answer will do, in bounds */
    return 0;
}
