/* SPDX-License-Identifier: Apache-2.0 */
/* Durable writing of small files. Must not be used for blobs: those stream, see server/blob. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

#define FILE_PATH_MAX_BYTES                                                                                  \
    1100u /* data_dir of 511 characters, conf_path's 1,024, and the temp file's ending */

static int write_all(int fd, const unsigned char *data, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return ST_IO;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return ST_OK;
}

static int folder_sync(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[FILE_PATH_MAX_BYTES] = ".";
    int fd, st;

    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ST_IO;
    st = fsync(fd) == 0 ? ST_OK : ST_IO;
    (void)close(fd); /* was only synced */
    return st;
}

static int temp_fill(int fd, const void *data, size_t len, mode_t mode)
{
    if (fchmod(fd, mode) != 0 || write_all(fd, data, len) != ST_OK || fsync(fd) != 0)
        return ST_IO;
    return ST_OK;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode)
{
    char temp[FILE_PATH_MAX_BYTES];
    int fd, st;

    if (snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= (int)sizeof temp) {
        errno = ENAMETOOLONG;
        return ST_IO;
    }
    fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 until it is filled */
    if (fd < 0)
        return ST_IO;
    st = temp_fill(fd, data, len, mode);
    if (close(fd) != 0)
        st = ST_IO;
    if (st == ST_OK && rename(temp, path) != 0)
        st = ST_IO;
    if (st != ST_OK) {
        const int error = errno;

        (void)unlink(temp); /* nothing better to do with it */
        errno = error;
        return st;
    }
    return folder_sync(path);
}

static int read_all(int fd, unsigned char *buf, size_t cap, size_t *len)
{
    unsigned char beyond;

    for (*len = 0; *len < cap;) {
        const ssize_t n = read(fd, buf + *len, cap - *len);

        if (n == 0)
            return ST_OK;
        if (n < 0 && errno != EINTR)
            return ST_IO;
        if (n > 0)
            *len += (size_t)n;
    }
    return read(fd, &beyond, 1) == 0 ? ST_OK : ST_TOO_LARGE;
}

int file_read(const char *path, void *buf, size_t cap, size_t *len)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    int st;

    if (fd < 0)
        return errno == ENOENT ? ST_NOT_FOUND : ST_IO;
    st = read_all(fd, buf, cap, len);
    (void)close(fd); /* was only read */
    return st;
}

int file_make_folder(const char *path, mode_t mode)
{
    struct stat st;

    if (mkdir(path, mode) == 0)
        return ST_OK;
    if (errno != EEXIST || stat(path, &st) != 0)
        return ST_IO;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return ST_IO;
    }
    return ST_OK;
}
