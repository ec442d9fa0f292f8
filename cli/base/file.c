/* SPDX-License-Identifier: Apache-2.0 */
/* Reads whole files of bounded size; makes new ones. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
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

static bool write_all(int fd, const unsigned char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

int file_create(const char *path, bool is_secret, const void *data, size_t len, struct fail *fail)
{
    char *temporary = mem_format("%s.%ld.tmp", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_secret ? 0600 : 0644);
    bool ok = fd >= 0 && write_all(fd, data, len) && link(temporary, path) == 0;
    int why = errno;

    if (fd >= 0) {
        (void)close(fd); /* its bytes are on the disk already */
        (void)unlink(temporary);
    }
    mem_free(temporary);
    if (ok)
        return CLI_OK;
    if (why == EEXIST)
        return fail_set(fail, CLI_IO, "%s is there already: it is not replaced", path);
    return fail_set(fail, CLI_IO, "cannot write %s: %s", path, strerror(why));
}
