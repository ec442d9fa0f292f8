/* SPDX-License-Identifier: Apache-2.0 */
/* Header and index; see fs_index.h. An image that is read may be anything: every number is checked before it is used. */
#include "fs/fs_index.h"

#include <string.h>

#include "base/crc32.h"
#include "base/status.h"
#include "proto/limits.h"

#define AT_BYTES      8u
#define AT_COUNT      12u
#define AT_NAMES      16u
#define AT_INDEX_CRC  20u
#define AT_HEADER_CRC 60u

/* Of an entry. */
#define AT_NAME       0u
#define AT_NAME_BYTES 4u
#define AT_OFFSET     8u
#define AT_LENGTH     12u
#define AT_CRC        16u

static const unsigned char magic[8] = { 'O', 'T', 'R', '-', 'F', 'S', '1', '\n' };

static void put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get_u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

size_t fs_index_bytes(const struct fs_tree *tree)
{
    size_t bytes = FS_HEADER_BYTES + tree->count * FS_ENTRY_BYTES;

    for (size_t i = 0; i < tree->count; i++)
        bytes += strlen(tree->files[i].name);
    return bytes;
}

static void write_entry(const struct fs_file *file, uint32_t offset, uint32_t name, unsigned char *entry)
{
    size_t name_len = strlen(file->name);

    memset(entry, 0, FS_ENTRY_BYTES);
    put_u32(entry + AT_NAME, name);
    entry[AT_NAME_BYTES] = (unsigned char)name_len;
    put_u32(entry + AT_OFFSET, offset);
    put_u32(entry + AT_LENGTH, (uint32_t)file->len);
    put_u32(entry + AT_CRC, crc32_of(file->data, file->len));
}

void fs_index_write(const struct fs_tree *tree, const uint32_t *offsets, struct fs_image *image)
{
    unsigned char *entry = image->data + FS_HEADER_BYTES;
    unsigned char *names = entry + tree->count * FS_ENTRY_BYTES;
    uint32_t name = 0;

    for (size_t i = 0; i < tree->count; i++, entry += FS_ENTRY_BYTES) {
        size_t len = strlen(tree->files[i].name);

        write_entry(&tree->files[i], offsets[i], name, entry);
        memcpy(names + name, tree->files[i].name, len);
        name += (uint32_t)len;
    }
    memset(image->data, 0, FS_HEADER_BYTES);
    memcpy(image->data, magic, sizeof(magic));
    put_u32(image->data + AT_BYTES, (uint32_t)image->len);
    put_u32(image->data + AT_COUNT, (uint32_t)tree->count);
    put_u32(image->data + AT_NAMES, name);
    put_u32(image->data + AT_INDEX_CRC,
            crc32_of(image->data + FS_HEADER_BYTES, tree->count * FS_ENTRY_BYTES + name));
    put_u32(image->data + AT_HEADER_CRC, crc32_of(image->data, AT_HEADER_CRC));
}

bool fs_image_is(const unsigned char *data, size_t len)
{
    return len >= FS_HEADER_BYTES && memcmp(data, magic, sizeof(magic)) == 0;
}

/* Bytes of the index, if what the header says fits the image. */
static bool index_fits(const struct fs_image *image, size_t *bytes)
{
    size_t count = get_u32(image->data + AT_COUNT), names = get_u32(image->data + AT_NAMES);
    size_t room = image->len - FS_HEADER_BYTES;

    if (count > room / FS_ENTRY_BYTES || names > room - count * FS_ENTRY_BYTES)
        return false;
    *bytes = count * FS_ENTRY_BYTES + names;
    return true;
}

int fs_image_check(const struct fs_image *image, struct fail *fail)
{
    size_t bytes;

    if (!fs_image_is(image->data, image->len))
        return fail_set(fail, CLI_FORMAT, "it is not a file system image");
    if (get_u32(image->data + AT_HEADER_CRC) != crc32_of(image->data, AT_HEADER_CRC) ||
        get_u32(image->data + AT_BYTES) != image->len || !index_fits(image, &bytes) ||
        get_u32(image->data + AT_INDEX_CRC) != crc32_of(image->data + FS_HEADER_BYTES, bytes))
        return fail_set(fail, CLI_FORMAT, "its file system image is damaged");
    return CLI_OK;
}

static bool entry_name_is(const struct fs_image *image, const unsigned char *entry, const char *name)
{
    size_t count = get_u32(image->data + AT_COUNT), names = get_u32(image->data + AT_NAMES);
    size_t at = get_u32(entry + AT_NAME), len = entry[AT_NAME_BYTES];
    const unsigned char *first = image->data + FS_HEADER_BYTES + count * FS_ENTRY_BYTES;

    return at <= names && len <= names - at && len == strlen(name) && memcmp(first + at, name, len) == 0;
}

bool fs_index_find(const struct fs_image *image, const char *name, struct fs_place *place)
{
    const unsigned char *entry = image->data + FS_HEADER_BYTES;
    size_t count = get_u32(image->data + AT_COUNT);

    for (size_t i = 0; i < count; i++, entry += FS_ENTRY_BYTES)
        if (entry_name_is(image, entry, name)) {
            *place = (struct fs_place){ get_u32(entry + AT_OFFSET), get_u32(entry + AT_LENGTH) };
            return place->bytes > 0;
        }
    return false;
}
