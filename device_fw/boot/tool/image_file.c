/* SPDX-License-Identifier: Apache-2.0 */
/* Files of outrigger-image: read whole, written to a temporary name and renamed, so that nobody sees half of
 * one. */
#include "boot/tool/image_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t *stream_read(FILE *file, const char *path, size_t bytes_max, size_t *bytes)
{
    uint8_t *data = malloc(bytes_max + 1);

    if (data == NULL) {
        fprintf(stderr, "outrigger-image: out of memory\n");
        return NULL;
    }
    *bytes = fread(data, 1, bytes_max + 1, file);
    if (ferror(file) || *bytes > bytes_max) {
        fprintf(stderr, "outrigger-image: %s: %s\n", path, ferror(file) ? "cannot be read" : "too large");
        free(data);
        return NULL;
    }
    return data;
}

uint8_t *image_file_read(const char *path, size_t bytes_max, size_t *bytes)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        fprintf(stderr, "outrigger-image: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    uint8_t *data = stream_read(file, path, bytes_max, bytes);
    fclose(file);
    return data;
}

static int fd_write(int fd, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return -1;
        }
        data += written;
        bytes -= (size_t)written;
    }
    return fsync(fd);
}

static int file_publish(const char *temp, const char *path, int exclusive)
{
    if (!exclusive) {
        return rename(temp, path);
    }
    if (link(temp, path) != 0) {
        return -1;
    }
    return unlink(temp);
}

int image_file_write(const char *path, const void *data, size_t bytes, int exclusive, unsigned mode)
{
    char temp[4096];

    if (snprintf(temp, sizeof(temp), "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof(temp)) {
        fprintf(stderr, "outrigger-image: path too long\n");
        return -1;
    }
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        fprintf(stderr, "outrigger-image: %s: %s\n", temp, strerror(errno));
        return -1;
    }
    int result = fd_write(fd, data, bytes);
    int failure = errno;
    close(fd);
    if (result == 0) {
        result = file_publish(temp, path, exclusive);
        failure = errno;
    }
    if (result != 0) {
        fprintf(stderr, "outrigger-image: %s: %s\n", path, strerror(failure));
        unlink(temp);
    }
    return result == 0 ? 0 : -1;
}
