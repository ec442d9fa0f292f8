/* SPDX-License-Identifier: Apache-2.0 */
/* Reads whole files of bounded size. */
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/status.h"

static int read_stream(FILE *in, const char *path, struct buf *into, struct fail *fail)
{
    char chunk[16384];
    size_t n;

    (void)buf_add(into, "", 0); /* an empty file is a valid empty buffer */
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        if (!buf_add(into, chunk, n))
            return fail_set(fail, CLI_IO, "%s is too large: at most %zu bytes are accepted", path, into->cap);
    if (ferror(in))
        return fail_set(fail, CLI_IO, "cannot read %s: %s", path, strerror(errno));
    return CLI_OK;
}

int file_load(const char *path, size_t max_bytes, unsigned char **data, size_t *len, struct fail *fail)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "rbe");
    struct buf content;
    int status;

    if (!in)
        return fail_set(fail, CLI_IO, "cannot open %s: %s", path, strerror(errno));
    buf_init(&content, max_bytes);
    status = read_stream(in, path, &content, fail);
    if (!is_stdin)
        (void)fclose(in); /* read only: nothing can be lost */
    if (status) {
        buf_clear(&content);
        return status;
    }
    *data = content.data;
    *len = content.len;
    return CLI_OK;
}
