/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several handles of one process and processes that come and go share one database.
 *
 * POSIX takes all locks of a process from a file when the process closes any descriptor of it (close(2), fcntl(2)). A
 * store that opened and closed the file by itself beside SQLite lost SQLite's lock; the next process to close its handle
 * then took itself for the last one and removed the write-ahead log under the feet of the others, which from then on read
 * and wrote a log that nobody else saw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

static int setup(void **state)
{
    (void)state;
    folder_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

static ino_t log_inode(void)
{
    char path[256];
    struct stat file;

    (void)snprintf(path, sizeof(path), "%s-wal", folder_path("test.db"));
    return stat(path, &file) == 0 ? file.st_ino : 0;
}

/* A process that was there before any handle (SQLite's state must not be carried over a fork): for each byte that it gets
 * it opens the database, closes it again and answers. */
struct visitor {
    pid_t pid;
    int ask;
    int answer;
};

static void visit(int asked, int answers)
{
    char byte;

    while (read(asked, &byte, 1) == 1) {
        char err[200];
        struct store *s;

        if (store_open(folder_path("test.db"), STORE_FULL, false, &s, err, sizeof(err)) != ST_OK) {
            _exit(1);
        }
        store_close(s);
        if (write(answers, &byte, 1) != 1) {
            _exit(1);
        }
    }
    _exit(0);
}

static struct visitor visitor_start(void)
{
    int asks[2];
    int answers[2];
    pid_t pid;

    assert_int_equal(pipe(asks), 0);
    assert_int_equal(pipe(answers), 0);
    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(asks[1]);
        close(answers[0]);
        visit(asks[0], answers[1]);
    }
    close(asks[0]);
    close(answers[1]);
    return (struct visitor){ .pid = pid, .ask = asks[1], .answer = answers[0] };
}

static void visitor_comes_and_goes(const struct visitor *v)
{
    char byte = 'v';

    assert_int_equal(write(v->ask, &byte, 1), 1);
    assert_int_equal(read(v->answer, &byte, 1), 1);
}

static void visitor_end(const struct visitor *v)
{
    int status;

    close(v->ask);
    assert_int_equal(waitpid(v->pid, &status, 0), v->pid);
    assert_int_equal(status, 0);
    close(v->answer);
}

static void a_process_that_ends_leaves_the_log_to_the_others(void **state)
{
    struct visitor visitor = visitor_start();
    char err[200];
    struct store *first = folder_store();
    struct store *second;
    ino_t before;

    (void)state;
    assert_int_equal(store_open(folder_path("test.db"), STORE_BATCHED, false, &second, err, sizeof(err)),
                     ST_OK);
    before = log_inode();
    assert_true(before != 0);
    visitor_comes_and_goes(&visitor);
    assert_true(log_inode() == before);
    store_close(second);
    visitor_comes_and_goes(&visitor);
    assert_true(log_inode() == before);
    visitor_end(&visitor);
    store_close(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_process_that_ends_leaves_the_log_to_the_others, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
