/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file system image: the SDK's reader and the tool's, which places files by it. The first byte says whether the checksums
 * are made right before, so that damage gets behind them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/mem.h"
#include "device_fw/sdk/otr_fs.h"
#include "fs/fs_image.h"
#include "fs/fs_index.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_image(void *context, uint32_t offset, uint32_t length, void *buffer)
{
    const struct fs_image *image = context;

    if (length > image->len || offset > image->len - length)
        abort(); /* the reader's promise: nothing outside the image */
    memcpy(buffer, image->data + offset, length);
    return 0;
}

static void put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get_u32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void make_checksums_right(struct fs_image *image)
{
    uint64_t index;

    if (image->len < FS_HEADER_BYTES)
        return;
    memcpy(image->data, "OTR-FS1\n", 8);
    put_u32(image->data + 8, (uint32_t)image->len);
    memset(image->data + 24, 0, 36);
    index = (uint64_t)get_u32(image->data + 12) * FS_ENTRY_BYTES + get_u32(image->data + 16);
    if (index <= image->len - FS_HEADER_BYTES)
        put_u32(image->data + 20, crc32_of(image->data + FS_HEADER_BYTES, (size_t)index));
    put_u32(image->data + 60, crc32_of(image->data, 60));
}

static void read_all(const struct otr_fs *fs, uint32_t most)
{
    char name[OTR_FS_NAME_MAX_BYTES + 1];
    struct otr_fs_file file;
    unsigned char piece[300];

    for (uint32_t i = 0; i < fs->count && i < most; i++) {
        if (otr_fs_entry(fs, i, name, &file) != OTR_FS_OKAY)
            continue;
        if (strlen(name) > OTR_FS_NAME_MAX_BYTES)
            abort();
        if (otr_fs_read(fs, &file, file.bytes / 2, piece, sizeof(piece)) > (int32_t)sizeof(piece))
            abort();
        (void)otr_fs_check(fs, &file);
        (void)otr_fs_open(fs, name, &file);
        (void)otr_fs_first(fs, name);
    }
    (void)otr_fs_open(fs, "www/index.html", &file);
}

/* As the previous image of a new one. */
static void place_by(const struct fs_image *image)
{
    char a[] = "a.txt", b[] = "www/index.html";
    unsigned char content[3000] = { 1 };
    struct fs_file files[] = { { a, content, 100 }, { b, content, sizeof(content) } };
    const struct fs_tree tree = { files, 2 };
    struct fs_image next;
    struct fail fail;
    struct otr_fs fs;
    struct otr_fs_file file;

    if (fs_image_check(image, &fail) != 0)
        return;
    if (fs_image_make(&tree, image, 64 * BLOCK_BYTES, &next, &fail) != 0)
        abort(); /* whatever the previous one says, there is room */
    if (otr_fs_mount(&fs, read_image, &next, (uint32_t)next.len) != OTR_FS_OKAY ||
        otr_fs_open(&fs, b, &file) != OTR_FS_OKAY || otr_fs_check(&fs, &file) != OTR_FS_OKAY)
        abort();
    fs_image_clear(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_image image;
    struct otr_fs fs;

    if (size == 0 || size > 64 * BLOCK_BYTES)
        return 0;
    image = (struct fs_image){ mem_new(size - 1), size - 1 };
    memcpy(image.data, data + 1, image.len);
    if (data[0] % 2 != 0)
        make_checksums_right(&image);
    if (otr_fs_mount(&fs, read_image, &image, (uint32_t)image.len) == OTR_FS_OKAY)
        read_all(&fs, 64);
    else if (fs.count != 0)
        abort(); /* what is not good has no files */
    place_by(&image);
    fs_image_clear(&image);
    return 0;
}
