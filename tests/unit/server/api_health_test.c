/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz says what is wrong: disk, store, keeper. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "base/status.h"
#include "conf/paths.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"

static struct api_server server;
static struct api_answer a;

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_server_stop(&server);
    return 0;
}

/* No answer of before. */
static void forget(void)
{
    (void)pthread_mutex_lock(&server.service.health.lock);
    server.service.health.checked_us = 0;
    (void)pthread_mutex_unlock(&server.service.health.lock);
}

static void expect(int status, const char *words)
{
    forget();
    api_expect(&server, status, "GET", "/healthz", NULL, &a);
    if (strstr(a.body, words) == NULL) {
        fail_msg("%s is not in %s", words, a.body);
    }
}

static void test_good(void **state)
{
    (void)state;
    expect(200, "{\"status\":\"ok\",\"store\":\"ok\",\"keeper\":\"ok\",\"disk\":\"ok\",\"reason\":null}");
    assert_int_equal(access(folder_path("tmp/upload.health"), F_OK), -1);
}

static void test_little_space(void **state)
{
    (void)state;
    server.service.conf.disk_reserve_mib = 1u << 20; /* a TiB: more than any machine has that runs tests */
    expect(503, "\"disk\":\"no_space\",\"reason\":\"data_dir has ");
    assert_non_null(
        strstr(a.body, " MiB of free space, at least 1048576 are wanted (server.disk_reserve_mib)\""));
    server.service.conf.disk_reserve_mib = 0;
    expect(200, "\"disk\":\"ok\"");
}

/* A limit on the size of files stands for a disk that is full. */
static void test_full_disk(void **state)
{
    struct rlimit before, small;
    (void)state;
    expect(200, "\"status\":\"ok\"");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 2000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    expect(503, "\"status\":\"failing\"");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(
        strstr(a.body, "\"disk\":\"no_space\",\"reason\":\"a file in data_dir/tmp cannot be written"));
    expect(200, "\"status\":\"ok\"");
}

static void test_folder_that_is_gone(void **state)
{
    (void)state;
    assert_int_equal(rmdir(folder_path("tmp")), 0);
    expect(503, "\"disk\":\"io\",\"reason\":\"a file in data_dir/tmp cannot be written: it must be a folder");
    assert_int_equal(mkdir(folder_path("tmp"), 0700), 0);
    expect(200, "\"status\":\"ok\"");
}

/* Reading goes on while nobody can write: somebody holds the writers' lock for longer than a write waits. */
static void test_store_that_cannot_be_written(void **state)
{
    sqlite3 *db = NULL;
    (void)state;
    expect(200, "\"store\":\"ok\"");
    assert_int_equal(sqlite3_open(folder_path(PATH_STORE), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    expect(503, "\"store\":\"timeout\"");
    assert_non_null(
        strstr(a.body, "\"reason\":\"the store cannot be read and written (timeout); the log says why\""));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    expect(200, "\"store\":\"ok\"");
}

static void test_keeper_that_is_away(void **state)
{
    (void)state;
    api_server_keeper(false);
    expect(503, "\"keeper\":\"timeout\"");
    assert_non_null(strstr(a.body, "\"reason\":\"the keeper does not answer (timeout)"));
}

static void test_answers_are_remembered(void **state)
{
    (void)state;
    expect(200, "\"status\":\"ok\"");
    server.service.conf.disk_reserve_mib = 1u << 20;
    (void)pthread_mutex_lock(&server.service.health.lock);
    server.service.health.checked_us = clock_mono_us() + 3600 * INT64_C(1000000); /* fresh for an hour */
    (void)pthread_mutex_unlock(&server.service.health.lock);
    api_expect(&server, 200, "GET", "/healthz", NULL, &a);
    (void)pthread_mutex_lock(&server.service.health.lock);
    server.service.health.checked_us = clock_mono_us() - HEALTH_FRESH_US;
    (void)pthread_mutex_unlock(&server.service.health.lock);
    api_expect(&server, 503, "GET", "/healthz", NULL, &a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),
        TEST(test_little_space),
        TEST(test_full_disk),
        TEST(test_folder_that_is_gone),
        TEST(test_store_that_cannot_be_written),
        TEST(test_keeper_that_is_away),
        TEST(test_answers_are_remembered),
    };
    return cmocka_run_group_tests_name("api_health", tests, NULL, NULL);
}
