/* SPDX-License-Identifier: Apache-2.0 */
/* Header and index of an image as bytes, for this room only (docs/fs-layer.md). */
#ifndef FS_FS_INDEX_H
#define FS_FS_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/fs_image.h"

#define FS_HEADER_BYTES 64u
#define FS_ENTRY_BYTES  24u
/* Contents begin at multiples of it. */
#define FS_UNIT_BYTES 16u
/* Smaller files share blocks. */
#define FS_SMALL_BYTES 2048u

/* Bytes of header and index of a tree. */
size_t fs_index_bytes(const struct fs_tree *tree);

/* Writes both; offsets[i] is where the content of file i is, and stands in the image already. */
void fs_index_write(const struct fs_tree *tree, const uint32_t *offsets, struct fs_image *image);

/* Where the content of a file is in an image. */
struct fs_place {
    uint32_t offset, bytes;
};

/* Of a file of a checked image; false: it has none of this name, or an empty one. */
bool fs_index_find(const struct fs_image *image, const char *name, struct fs_place *place);

#endif
