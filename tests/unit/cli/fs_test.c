/* SPDX-License-Identifier: Apache-2.0 */
/* File system images: what the tool writes the SDK reads, unchanged files keep their blocks, and no damage passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "device_fw/sdk/otr_fs.h"
#include "fs/fs_image.h"
#include "proto/limits.h"

#define TREES 200

static struct fail fail;
static uint32_t seed;

/* What otr_fs reads from; a read outside of it is the test's failure. */
struct source {
    const struct fs_image *image;
    uint32_t fails_in; /* reads until one fails; 0: none does */
};

static int read_source(void *context, uint32_t offset, uint32_t length, void *buffer)
{
    struct source *s = context;

    assert_true(length <= s->image->len && offset <= s->image->len - length);
    if (s->fails_in > 0 && --s->fails_in == 0)
        return -1;
    memcpy(buffer, s->image->data + offset, length);
    return 0;
}

static uint32_t roll(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * below >> 24);
}

static void fill(struct fs_file *file, size_t len)
{
    mem_free(file->data);
    file->data = mem_new(len);
    file->len = len;
    for (size_t i = 0; i < len; i++)
        file->data[i] = (unsigned char)roll(256);
}

/* Sorted, as fs_tree_read leaves it. */
static struct fs_tree make_tree(size_t count, size_t most_bytes)
{
    struct fs_tree tree = { mem_new(count * sizeof(struct fs_file)), count };

    for (size_t i = 0; i < count; i++) {
        tree.files[i].name =
            mem_format("%s/%04zu%.*s", i < count / 3 ? "a" : "b/c", i, (int)roll(20), "a name of any length");
        fill(&tree.files[i], roll(4) == 0 ? roll((uint32_t)most_bytes) : roll(600));
    }
    return tree;
}

static struct fs_image make(const struct fs_tree *tree, const struct fs_image *previous)
{
    struct fs_image image;

    assert_int_equal(fs_image_make(tree, previous, EXTERNAL_FLASH_BYTES, &image, &fail), CLI_OK);
    assert_int_equal(image.len % BLOCK_BYTES, 0);
    assert_int_equal(fs_image_check(&image, &fail), CLI_OK);
    return image;
}

static void expect_file(const struct otr_fs *fs, const struct otr_fs_file *file, const struct fs_file *want)
{
    unsigned char *got = mem_new(want->len + 1);
    uint32_t middle = (uint32_t)want->len / 2;

    assert_int_equal(file->bytes, want->len);
    assert_int_equal(otr_fs_check(fs, file), OTR_FS_OKAY);
    assert_int_equal(otr_fs_read(fs, file, 0, got, middle), middle);
    assert_int_equal(otr_fs_read(fs, file, middle, got + middle, (uint32_t)want->len + 1 - middle),
                     want->len - middle);
    assert_memory_equal(got, want->data, want->len);
    assert_int_equal(otr_fs_read(fs, file, (uint32_t)want->len, got, 1), 0);
    assert_int_equal(otr_fs_read(fs, file, UINT32_MAX, got, UINT32_MAX), 0);
    mem_free(got);
}

static void expect_tree(const struct fs_image *image, const struct fs_tree *tree)
{
    struct source source = { image, 0 };
    struct otr_fs fs;
    struct otr_fs_file file;
    char name[OTR_FS_NAME_MAX_BYTES + 1];

    assert_int_equal(otr_fs_mount(&fs, read_source, &source, (uint32_t)image->len), OTR_FS_OKAY);
    for (size_t i = 0; i < tree->count; i++) {
        assert_int_equal(otr_fs_open(&fs, tree->files[i].name, &file), OTR_FS_OKAY);
        expect_file(&fs, &file, &tree->files[i]);
        assert_int_equal(otr_fs_entry(&fs, (uint32_t)i, name, &file), OTR_FS_OKAY);
        assert_string_equal(name, tree->files[i].name);
        expect_file(&fs, &file, &tree->files[i]);
    }
    assert_int_equal(otr_fs_entry(&fs, (uint32_t)tree->count, NULL, NULL), OTR_FS_NOT_FOUND);
    assert_int_equal(otr_fs_open(&fs, "b/", &file), OTR_FS_NOT_FOUND);
    assert_int_equal(otr_fs_open(&fs, "", &file), OTR_FS_NOT_FOUND);
    assert_int_equal(otr_fs_open(&fs, "zzz", &file), OTR_FS_NOT_FOUND);
    assert_int_equal(otr_fs_first(&fs, ""), 0);
    for (size_t i = 0; i < tree->count; i++) {
        const char *slash = strrchr(tree->files[i].name, '/');
        char *prefix =
            mem_format("%.*s", slash ? (int)(slash + 1 - tree->files[i].name) : 0, tree->files[i].name);
        int32_t first = otr_fs_first(&fs, prefix);

        assert_in_range(first, 0, i);
        assert_int_equal(strncmp(tree->files[first].name, prefix, strlen(prefix)), 0);
        assert_true(first == 0 || strncmp(tree->files[first - 1].name, prefix, strlen(prefix)) != 0);
        mem_free(prefix);
    }
    assert_int_equal(otr_fs_first(&fs, "zzz"), OTR_FS_NOT_FOUND);
}

static size_t blocks_changed(const struct fs_image *a, const struct fs_image *b)
{
    size_t changed = 0;

    for (size_t at = 0; at < b->len; at += BLOCK_BYTES)
        changed += at >= a->len || memcmp(a->data + at, b->data + at, BLOCK_BYTES) != 0;
    return changed;
}

/* The writer of the tool and the reader of the device, over trees of every kind, each with a successor that keeps its places. */
static void what_is_written_is_read(void **state)
{
    (void)state;
    for (seed = 1; seed <= TREES; seed++) {
        uint32_t again = seed;
        struct fs_tree tree = make_tree(1 + roll(120), 1 + roll(40000));
        struct fs_image first = make(&tree, NULL), same = make(&tree, NULL), next;

        assert_int_equal(first.len, same.len);
        assert_memory_equal(first.data, same.data, first.len);
        expect_tree(&first, &tree);
        for (size_t i = 0; i < tree.count; i++)
            if (roll(3) == 0)
                fill(&tree.files[i], roll(9000));
        next = make(&tree, &first);
        expect_tree(&next, &tree);
        fs_image_clear(&first);
        fs_image_clear(&same);
        fs_image_clear(&next);
        fs_tree_clear(&tree);
        seed = again;
    }
}

/* 50 files of 8 KiB: one that changes costs its own blocks and one of the index. */
static void a_changed_file_changes_few_blocks(void **state)
{
    struct fs_tree tree = { mem_new(50 * sizeof(struct fs_file)), 50 };
    struct fs_image first, changed, grown, kept;

    (void)state;
    seed = 1;
    for (size_t i = 0; i < tree.count; i++) {
        tree.files[i].name = mem_format("file%02zu", i);
        fill(&tree.files[i], 2 * BLOCK_BYTES);
    }
    first = make(&tree, NULL);
    assert_int_equal(first.len, 101 * BLOCK_BYTES);
    fill(&tree.files[10], 2 * BLOCK_BYTES);
    changed = make(&tree, NULL);
    assert_int_equal(blocks_changed(&first, &changed), 3);
    fill(&tree.files[10], 2 * BLOCK_BYTES + 1);
    grown = make(&tree, NULL); /* the price of no previous image: all behind it move */
    assert_int_equal(blocks_changed(&first, &grown), 1 + 3 + 2 * 39);
    kept = make(&tree, &first);
    assert_int_equal(blocks_changed(&first, &kept), 1 + 3 + 2); /* its old place is only erased */
    expect_tree(&kept, &tree);
    fs_image_clear(&first);
    fs_image_clear(&changed);
    fs_image_clear(&grown);
    fs_image_clear(&kept);
    fs_tree_clear(&tree);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct fs_tree tree = make_tree(3, 100);
    struct fs_image image;

    (void)state;
    fill(&tree.files[1], 2 * BLOCK_BYTES);
    assert_int_equal(fs_image_make(&tree, NULL, 3 * BLOCK_BYTES, &image, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "do not fit into 12288 bytes"));
    fs_image_clear(&image);
    assert_int_equal(fs_image_make(&tree, NULL, 4 * BLOCK_BYTES, &image, &fail), CLI_OK);
    fs_image_clear(&image);
    fs_tree_clear(&tree);
}

/* A byte that is not as it was written is noticed: in header and index at once, in contents by otr_fs_check. */
static void damage_is_noticed(void **state)
{
    struct fs_tree tree = make_tree(5, 5000);
    struct fs_image image = make(&tree, NULL);
    struct source source = { &image, 0 };
    struct otr_fs fs;
    struct otr_fs_file file;
    size_t index = 64;

    (void)state;
    for (size_t i = 0; i < tree.count; i++)
        index += 24 + strlen(tree.files[i].name);
    for (size_t at = 0; at < index; at++) {
        image.data[at] ^= 0x10;
        assert_int_equal(otr_fs_mount(&fs, read_source, &source, (uint32_t)image.len), OTR_FS_DAMAGED);
        assert_int_equal(otr_fs_open(&fs, tree.files[0].name, &file), OTR_FS_NOT_FOUND);
        assert_int_equal(fs_image_check(&image, &fail), CLI_FORMAT);
        image.data[at] ^= 0x10;
    }
    assert_int_equal(otr_fs_mount(&fs, read_source, &source, (uint32_t)image.len - 1), OTR_FS_DAMAGED);
    assert_int_equal(otr_fs_mount(&fs, read_source, &source, 63), OTR_FS_DAMAGED);
    assert_int_equal(otr_fs_mount(&fs, read_source, &source, (uint32_t)image.len), OTR_FS_OKAY);
    assert_int_equal(otr_fs_open(&fs, tree.files[4].name, &file), OTR_FS_OKAY);
    image.data[file.offset] ^= 1;
    assert_int_equal(otr_fs_check(&fs, &file), OTR_FS_DAMAGED);
    fs_image_clear(&image);
    fs_tree_clear(&tree);
}

/* Each read in turn fails: the answer is FAILED, never an answer about the content. */
static void reads_that_fail_are_told(void **state)
{
    struct fs_tree tree = make_tree(40, 5000);
    struct fs_image image = make(&tree, NULL);
    uint32_t failures = 0;
    int result = OTR_FS_FAILED;

    (void)state;
    while (result != OTR_FS_OKAY) {
        struct source source = { &image, ++failures };
        struct otr_fs fs;
        struct otr_fs_file file;

        result = otr_fs_mount(&fs, read_source, &source, (uint32_t)image.len);
        if (result == OTR_FS_OKAY)
            result = otr_fs_open(&fs, tree.files[17].name, &file);
        if (result == OTR_FS_OKAY)
            result = otr_fs_check(&fs, &file);
        assert_true(result == OTR_FS_OKAY || result == OTR_FS_FAILED);
    }
    assert_true(failures > 5);
    fs_image_clear(&image);
    fs_tree_clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),      cmocka_unit_test(a_changed_file_changes_few_blocks),
        cmocka_unit_test(what_does_not_fit_is_refused), cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(reads_that_fail_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
