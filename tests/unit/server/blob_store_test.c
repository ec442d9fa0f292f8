/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs on a real folder: names, durability's visible half, torn files, races between processes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "crypto/sha256.h"
#include "unit/server/folder_fake.h"

static struct blob_store *b;

static int setup(void **state)
{
    (void)state;
    folder_make();
    assert_int_equal(blob_open(folder_path("blobs"), &b), ST_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    blob_close(b);
    folder_remove();
    return 0;
}

static bool count_one(void *arg, const unsigned char sha256[32], int64_t put_at_s)
{
    (void)sha256;
    assert_true(put_at_s > 0);
    ++*(unsigned *)arg;
    return true;
}

static unsigned count(void)
{
    unsigned n = 0;
    assert_int_equal(blob_each(b, count_one, &n), ST_OK);
    return n;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct blob_writer *w = NULL;
    unsigned char hash[32], expect[32];
    char text[16] = "";
    uint64_t bytes = 0;
    crypto_sha256("hello world", 11, expect);
    assert_int_equal(blob_begin(b, &w), ST_OK);
    assert_int_equal(blob_write(w, "hello ", 6), ST_OK);
    assert_int_equal(blob_write(w, "world", 5), ST_OK);
    assert_int_equal(blob_size(b, expect, &bytes), ST_NOT_FOUND); /* not before the commit */
    assert_int_equal(blob_commit(w, expect, hash), ST_OK);
    assert_memory_equal(hash, expect, 32);
    assert_int_equal(blob_size(b, hash, &bytes), ST_OK);
    assert_int_equal(bytes, 11);
    int fd = blob_read_fd(b, hash);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text)), 11);
    close(fd);
    assert_string_equal(text, "hello world");
    assert_int_equal(count(), 1);
    assert_int_equal(blob_delete(b, hash), ST_OK);
    assert_int_equal(blob_delete(b, hash), ST_NOT_FOUND);
    assert_int_equal(blob_read_fd(b, hash), ST_NOT_FOUND);
    assert_int_equal(count(), 0);
}

static void test_wrong_hash_stores_nothing(void **state)
{
    (void)state;
    struct blob_writer *w = NULL;
    unsigned char hash[32], expect[32] = { 0 };
    assert_int_equal(blob_begin(b, &w), ST_OK);
    assert_int_equal(blob_write(w, "x", 1), ST_OK);
    assert_int_equal(blob_commit(w, expect, hash), ST_INVALID);
    assert_int_equal(count(), 0);
    assert_int_equal(rmdir(folder_path("blobs/tmp")), 0); /* no temporary file was left */
}

static void test_abort_leaves_nothing(void **state)
{
    (void)state;
    struct blob_writer *w = NULL;
    assert_int_equal(blob_begin(b, &w), ST_OK);
    assert_int_equal(blob_write(w, "x", 1), ST_OK);
    blob_abort(w);
    blob_abort(NULL);
    assert_int_equal(rmdir(folder_path("blobs/tmp")), 0);
}

static void test_same_blob_from_several_processes(void **state)
{
    (void)state;
    pid_t children[4];
    unsigned char hash[32];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            int rc = ST_OK;
            for (int j = 0; rc == ST_OK && j < 20; j++) {
                rc = blob_put(b, "shared", 6, hash);
            }
            _exit(rc == ST_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(count(), 1);
}

/* Only old files that nobody has locked are torn; a file's change time cannot be set, so age is tested on the
 * young one. */
static void test_open_leaves_writers_alone(void **state)
{
    (void)state;
    struct blob_store *second = NULL;
    struct blob_writer *w = NULL;
    unsigned char hash[32];
    assert_int_equal(blob_begin(b, &w), ST_OK);
    assert_int_equal(blob_write(w, "x", 1), ST_OK);
    assert_int_equal(blob_open(folder_path("blobs"), &second), ST_OK);
    assert_int_equal(blob_commit(w, NULL, hash), ST_OK);
    blob_close(second);
    assert_int_equal(count(), 1);
}

static void test_strange_files_are_no_blobs(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder_path("blobs/ab"), 0700), 0);
    int fd = open(folder_path("blobs/ab/readme"), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(count(), 0);
}

static void test_open_needs_parent(void **state)
{
    (void)state;
    struct blob_store *other = NULL;
    assert_int_equal(blob_open(folder_path("no/such/blobs"), &other), ST_IO);
    assert_null(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_wrong_hash_stores_nothing),
        TEST(test_abort_leaves_nothing),
        TEST(test_same_blob_from_several_processes),
        TEST(test_open_leaves_writers_alone),
        TEST(test_strange_files_are_no_blobs),
        TEST(test_open_needs_parent),
    };
    return cmocka_run_group_tests_name("blob_store", tests, NULL, NULL);
}
