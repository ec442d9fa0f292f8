/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that are written whole and durably, or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Writes path through a temp file beside it: write, fsync, rename, fsync of the folder. A reader, or a power
 * cut, sees the old file or the new one, complete. ST_OK, or ST_IO with errno set. May block on the disk. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);

/* Reads at most cap bytes. ST_OK, ST_NOT_FOUND, ST_TOO_LARGE, or ST_IO with errno set. */
int file_read(const char *path, void *buf, size_t cap, size_t *len);

/* Makes a folder with this mode; one that is there is fine and keeps its mode. ST_OK, or ST_IO with errno
 * set. */
int file_make_folder(const char *path, mode_t mode);

#endif
