/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placing contents. A map has a byte per unit of 16 bytes: free, index, part of a small or of a large file. What a block holds may not
 * be mixed, so that a change of one thing does not change the blocks of another.
 */
#include "fs/fs_image.h"

#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "fs/fs_index.h"
#include "proto/limits.h"

#define BLOCK_UNITS (BLOCK_BYTES / FS_UNIT_BYTES)

enum use { FREE, INDEX, SMALL, LARGE };

struct map {
    unsigned char *units;
    size_t count; /* of the most that there may be */
    size_t end;   /* behind the last one in use */
};

static size_t units_of(size_t bytes)
{
    return (bytes + FS_UNIT_BYTES - 1) / FS_UNIT_BYTES;
}

/* The index and large files have their blocks for themselves. */
static size_t units_taken(enum use use, size_t bytes)
{
    size_t units = units_of(bytes);

    return use == SMALL ? units : (units + BLOCK_UNITS - 1) / BLOCK_UNITS * BLOCK_UNITS;
}

static bool is_free(const struct map *map, size_t first, size_t units)
{
    if (first > map->count || units > map->count - first)
        return false;
    for (size_t i = first; i < first + units; i++)
        if (map->units[i] != FREE)
            return false;
    return true;
}

/* May it begin here? Blocks of the index and of large files are taken whole, so a small one finds only its like in its block. */
static bool suits(const struct map *map, enum use use, size_t first, size_t units)
{
    size_t block = first / BLOCK_UNITS * BLOCK_UNITS;

    return is_free(map, first, units) &&
           (use == SMALL ? first + units <= block + BLOCK_UNITS : first == block);
}

static void take(struct map *map, enum use use, size_t first, size_t units)
{
    memset(map->units + first, use, units);
    if (first + units > map->end)
        map->end = first + units;
}

static bool take_first(struct map *map, enum use use, size_t units, size_t *first)
{
    size_t step = use == SMALL ? 1 : BLOCK_UNITS;

    for (size_t at = 0; at < map->count; at += step)
        if (suits(map, use, at, units)) {
            take(map, use, at, units);
            *first = at;
            return true;
        }
    return false;
}

static enum use use_of(size_t bytes)
{
    return bytes < FS_SMALL_BYTES ? SMALL : LARGE;
}

/* Files that can stay where they were: those that have not grown, or, when these have their places, those that have. */
static void keep_places(const struct fs_tree *tree, const struct fs_image *previous, bool has_grown,
                        struct map *map, uint32_t *offsets)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct fs_file *file = &tree->files[i];
        size_t units = units_taken(use_of(file->len), file->len);
        struct fs_place was;

        if (file->len == 0 || offsets[i] != 0 || !fs_index_find(previous, file->name, &was) ||
            was.offset % FS_UNIT_BYTES != 0)
            continue;
        if (units > units_taken(use_of(was.bytes), was.bytes) && !has_grown)
            continue;
        if (!suits(map, use_of(file->len), was.offset / FS_UNIT_BYTES, units))
            continue;
        take(map, use_of(file->len), was.offset / FS_UNIT_BYTES, units);
        offsets[i] = was.offset;
    }
}

static bool place_rest(const struct fs_tree *tree, struct map *map, uint32_t *offsets)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct fs_file *file = &tree->files[i];
        size_t first;

        if (file->len == 0 || offsets[i] != 0)
            continue;
        if (!take_first(map, use_of(file->len), units_taken(use_of(file->len), file->len), &first))
            return false;
        offsets[i] = (uint32_t)(first * FS_UNIT_BYTES);
    }
    return true;
}

static bool place_all(const struct fs_tree *tree, const struct fs_image *previous, struct map *map,
                      uint32_t *offsets)
{
    size_t index = units_taken(INDEX, fs_index_bytes(tree));

    if (!is_free(map, 0, index))
        return false;
    take(map, INDEX, 0, index);
    if (previous != NULL) {
        keep_places(tree, previous, false, map, offsets);
        keep_places(tree, previous, true, map, offsets);
    }
    return place_rest(tree, map, offsets);
}

static void write_image(const struct fs_tree *tree, const uint32_t *offsets, size_t len, struct fs_image *out)
{
    *out = (struct fs_image){ .data = mem_new(len), .len = len };
    memset(out->data, 0xff, len);
    for (size_t i = 0; i < tree->count; i++)
        memcpy(out->data + offsets[i], tree->files[i].data,
               tree->files[i].len); /* nothing for an empty file */
    fs_index_write(tree, offsets, out);
}

int fs_image_make(const struct fs_tree *tree, const struct fs_image *previous, size_t most_bytes,
                  struct fs_image *out, struct fail *fail)
{
    struct map map = { .count = most_bytes / BLOCK_BYTES * BLOCK_UNITS };
    uint32_t *offsets = mem_new(tree->count * sizeof(offsets[0]));
    int status = CLI_OK;

    *out = (struct fs_image){ 0 };
    map.units = mem_new(map.count);
    if (!place_all(tree, previous, &map, offsets))
        status =
            fail_set(fail, CLI_FORMAT,
                     "the files and their index do not fit into %zu bytes of external flash", most_bytes);
    else
        write_image(tree, offsets, (map.end * FS_UNIT_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES,
                    out);
    mem_free(map.units);
    mem_free(offsets);
    return status;
}

void fs_image_clear(struct fs_image *image)
{
    mem_free(image->data);
    *image = (struct fs_image){ 0 };
}
