/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of folders, as docs/fs-layer.md has it: header, index, contents, with 0xff between them.
 *
 * Invariant: the same tree and the same previous image give the same bytes.
 */
#ifndef FS_FS_IMAGE_H
#define FS_FS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "fs/fs_tree.h"

struct fs_image {
    unsigned char *data;
    size_t len; /* a multiple of BLOCK_BYTES */
};

/* Makes the image of a tree, with previous (NULL: none) telling where files were: those that still fit stay there. most_bytes: what
 * there is room for. CLI_FORMAT with words when it is larger. The caller clears out in any case. */
int fs_image_make(const struct fs_tree *tree, const struct fs_image *previous, size_t most_bytes,
                  struct fs_image *out, struct fail *fail);

/* Does it begin like an image? */
bool fs_image_is(const unsigned char *data, size_t len);

/* CLI_FORMAT with words: header or index of an image that is to be the previous one are damaged. */
int fs_image_check(const struct fs_image *image, struct fail *fail);

void fs_image_clear(struct fs_image *image);

#endif
