/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small reader for file system layers: images that `outrigger bundle --fs` makes (docs/fs-layer.md has the format).
 *
 * It keeps nothing but a few numbers, uses no heap, reads in small pieces, and bears any damage: nothing is read outside the
 * image, and nothing loops longer than the image has files. otr_fs_flash.h reads an image in external flash.
 */
#ifndef OTR_FS_H
#define OTR_FS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OTR_FS_NAME_MAX_BYTES 255u

/* Results: 0 or more is good. */
enum otr_fs_result {
    OTR_FS_OKAY = 0,
    OTR_FS_NOT_FOUND = -1, /* no such file, no such entry */
    OTR_FS_DAMAGED = -2,   /* not an image, or not as it was made */
    OTR_FS_FAILED = -3     /* the image could not be read; try again later */
};

/* Reads length bytes at offset of the image into buffer: 0, or anything else if that is not possible. */
typedef int otr_fs_read_fn(void *context, uint32_t offset, uint32_t length, void *buffer);

struct otr_fs {
    otr_fs_read_fn *read;
    void *context;
    uint32_t bytes; /* of the image */
    uint32_t count; /* of files */
    uint32_t names_bytes;
};

/* A file of an image; nothing has to be closed. */
struct otr_fs_file {
    uint32_t offset, bytes, crc;
};

/* Checks header and index of an image; the function and its context are used as long as fs is. bytes: what there is to read. */
int otr_fs_mount(struct otr_fs *fs, otr_fs_read_fn *read, void *context, uint32_t bytes);

/* Opens a file by its whole path, e.g. "www/index.html". */
int otr_fs_open(const struct otr_fs *fs, const char *path, struct otr_fs_file *file);

/* Reads at most length bytes from offset on; how many there were: 0 at the end of the file. */
int32_t otr_fs_read(const struct otr_fs *fs, const struct otr_fs_file *file, uint32_t offset, void *buffer,
                    uint32_t length);

/* Compares the whole content with its checksum. */
int otr_fs_check(const struct otr_fs *fs, const struct otr_fs_file *file);

/* Files by number, from 0 on, in the order of their names; OTR_FS_NOT_FOUND behind the last one. name gets
 * OTR_FS_NAME_MAX_BYTES + 1 bytes and is terminated; name or file may be NULL. */
int otr_fs_entry(const struct otr_fs *fs, uint32_t number, char *name, struct otr_fs_file *file);

/* Number of the first file whose name begins with prefix ("" is the first of all). The others follow it: a folder is a prefix
 * that ends in a slash. */
int32_t otr_fs_first(const struct otr_fs *fs, const char *prefix);

#ifdef __cplusplus
}
#endif

#endif
