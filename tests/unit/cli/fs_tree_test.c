/* SPDX-License-Identifier: Apache-2.0 */
/* Folders for file systems: what is taken, in which order, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/status.h"
#include "fs/fs_tree.h"
#include "proto/limits.h"

static char folder[64];
static struct fail fail;
static struct fs_tree tree;

static char *path_of(const char *name)
{
    static char path[1024];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void sub(const char *name)
{
    assert_int_equal(mkdir(path_of(name), 0755), 0);
}

static void expect_refused(const char *path, int status, const char *words)
{
    assert_int_equal(fs_tree_read(path, &tree, &fail), status);
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, fail.text);
}

static int fresh(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/outrigger-fs-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_all(void **state)
{
    char command[100];

    (void)state;
    fs_tree_clear(&tree);
    (void)snprintf(command, sizeof(command), "chmod -R u+rwx %s && rm -r %s", folder, folder);
    return system(command);
}

static void files_come_sorted_by_their_whole_names(void **state)
{
    static const char *const names[] = { "B", "a-b", "a/b", "a/c/d", "a0", "\xc3\xa4.txt" };

    (void)state;
    sub("a");
    sub("a/c");
    sub("empty");
    for (size_t i = sizeof(names) / sizeof(names[0]); i-- > 0;)
        put(names[i], names[i]);
    assert_int_equal(fs_tree_read(folder, &tree, &fail), CLI_OK);
    assert_int_equal(tree.count, sizeof(names) / sizeof(names[0]));
    for (size_t i = 0; i < tree.count; i++) {
        assert_string_equal(tree.files[i].name, names[i]);
        assert_int_equal(tree.files[i].len, strlen(names[i]));
        assert_memory_equal(tree.files[i].data, names[i], tree.files[i].len);
    }
}

static void what_is_no_folder_of_files_is_refused(void **state)
{
    (void)state;
    expect_refused(folder, CLI_FORMAT, "holds no files");
    fs_tree_clear(&tree);
    expect_refused(path_of("none"), CLI_IO, "No such file");
    fs_tree_clear(&tree);
    put("file", "x");
    expect_refused(path_of("file"), CLI_FORMAT, "is not a folder");
}

static void links_are_refused(void **state)
{
    (void)state;
    put("file", "x");
    assert_int_equal(symlink("file", path_of("link")), 0);
    expect_refused(folder, CLI_FORMAT, "link is neither a file nor a folder");
}

static void pipes_are_refused_unopened(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    expect_refused(folder, CLI_FORMAT, "pipe is neither a file nor a folder");
}

static void names_that_no_device_should_see_are_refused(void **state)
{
    static const char *const wrong[] = { "\xff",    "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                         "\xe2\x82" };
    static const char *const good[] = { "\xe2\x82\xac", "\xf0\x9f\x9a\xa4", ".hidden", "a..b" };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        put(good[i], "");
    assert_int_equal(fs_tree_read(folder, &tree, &fail), CLI_OK);
    fs_tree_clear(&tree);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        put(wrong[i], "");
        expect_refused(folder, CLI_FORMAT, "is not UTF-8");
        fs_tree_clear(&tree);
        assert_int_equal(unlink(path_of(wrong[i])), 0);
    }
    put("..evil", "");
    expect_refused(folder, CLI_FORMAT, "..evil begins with \"..\"");
}

static void long_names_are_refused(void **state)
{
    char part[130], name[2 * sizeof(part)];

    (void)state;
    memset(part, 'x', sizeof(part));
    part[127] = '\0';
    sub(part);
    (void)snprintf(name, sizeof(name), "%s/%s", part, part);
    put(name, ""); /* 255 */
    assert_int_equal(fs_tree_read(folder, &tree, &fail), CLI_OK);
    fs_tree_clear(&tree);
    (void)snprintf(name, sizeof(name), "%s/%sx", part, part);
    put(name, "");
    expect_refused(folder, CLI_FORMAT, "has 256 bytes with its folders; at most 255");
}

static void too_many_files_are_refused(void **state)
{
    char name[16];

    (void)state;
    for (unsigned i = 0; i <= FS_FILES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        put(name, "");
    }
    expect_refused(folder, CLI_FORMAT, "more than 4096 files");
    fs_tree_clear(&tree);
    assert_int_equal(unlink(path_of("0")), 0);
    assert_int_equal(fs_tree_read(folder, &tree, &fail), CLI_OK);
}

static void too_many_bytes_are_refused(void **state)
{
    (void)state;
    put("a", "");
    put("b", "");
    assert_int_equal(truncate(path_of("a"), EXTERNAL_FLASH_BYTES), 0);
    assert_int_equal(truncate(path_of("b"), 1), 0);
    expect_refused(folder, CLI_FORMAT, "8388608 bytes of external flash");
    fs_tree_clear(&tree);
    assert_int_equal(truncate(path_of("a"), EXTERNAL_FLASH_BYTES + 1), 0);
    assert_int_not_equal(fs_tree_read(folder, &tree, &fail), CLI_OK);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* who may read everything cannot be refused */
    put("secret", "x");
    assert_int_equal(chmod(path_of("secret"), 0), 0);
    expect_refused(folder, CLI_IO, "secret");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_come_sorted_by_their_whole_names),
        TEST(what_is_no_folder_of_files_is_refused),
        TEST(links_are_refused),
        TEST(pipes_are_refused_unopened),
        TEST(names_that_no_device_should_see_are_refused),
        TEST(long_names_are_refused),
        TEST(too_many_files_are_refused),
        TEST(too_many_bytes_are_refused),
        TEST(what_cannot_be_read_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
