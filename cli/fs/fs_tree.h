/* SPDX-License-Identifier: Apache-2.0 */
/* A folder in memory: its files, with those of its sub-folders, sorted by their names as bytes. */
#ifndef FS_FS_TREE_H
#define FS_FS_TREE_H

#include <stddef.h>

#include "base/fail.h"

#define FS_NAME_MAX_BYTES 255u
#define FS_FILES_MAX      4096u

struct fs_file {
    char *name; /* relative path, owned */
    unsigned char *data;
    size_t len;
};

struct fs_tree {
    struct fs_file *files;
    size_t count;
};

/* Reads all files under path; *out is cleared by the caller in any case. CLI_IO, or CLI_FORMAT with words: not a
 * folder, or nothing in it; something that is neither file nor folder; a name that is too long, not UTF-8, or begins with ".."; too
 * many files; more bytes than external flash has. */
int fs_tree_read(const char *path, struct fs_tree *out, struct fail *fail);

void fs_tree_clear(struct fs_tree *tree);

/* Order of names: as bytes. */
int fs_name_compare(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
