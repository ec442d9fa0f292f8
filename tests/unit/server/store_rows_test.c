/* SPDX-License-Identifier: Apache-2.0 */
/* The store's questions about accounts, apps and devices, on a real database file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/status.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

static struct store *s;

static int setup(void **state)
{
    (void)state;
    folder_make();
    s = folder_store();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    folder_remove();
    return 0;
}

static struct store_app app_add(const char *name, unsigned char tag)
{
    struct store_app app = { .manifest_bytes = 3, .created_us = clock_wall_us() };
    struct store_layer layers[2] = { { .bytes = 10, .block_list_bytes = 32, .start = 0, .size = 4096 },
                                     { .bytes = 20, .start = 8192, .size = 4096, .external = true } };
    sid_random("KA", app.sid);
    (void)snprintf(app.account_sid, sizeof(app.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(app.unique_name, sizeof(app.unique_name), "%s", name);
    app.updated_us = app.created_us;
    memset(app.manifest_sha256, tag, 32);
    memset(layers[0].fetch_sha256, tag + 1, 32);
    memset(layers[0].block_list_sha256, tag + 2, 32);
    memset(layers[1].fetch_sha256, tag + 3, 32);
    assert_int_equal(store_app_create(s, &app, "abc", layers, 2), ST_OK);
    return app;
}

static struct store_device device_make(const char *name, unsigned char tag)
{
    struct store_device dev = { .created_us = clock_wall_us() };
    memset(dev.key_sha256, tag, 32);
    sid_from_digest("UV", dev.key_sha256, dev.sid);
    (void)snprintf(dev.account_sid, sizeof(dev.account_sid), "%s", TEST_ACCOUNT);
    (void)snprintf(dev.unique_name, sizeof(dev.unique_name), "%s", name);
    dev.updated_us = dev.created_us;
    return dev;
}

static struct store_device device_add(const char *name, unsigned char tag)
{
    struct store_device dev = device_make(name, tag), existing;
    assert_int_equal(store_device_create(s, &dev, &existing), ST_OK);
    return dev;
}

static void test_credentials(void **state)
{
    (void)state;
    struct store_credential c, key = { .secret_sha256 = { 9 } };
    char first[SID_BYTES];
    assert_int_equal(store_credential_get(s, TEST_ACCOUNT, &c), ST_OK);
    assert_string_equal(c.account_sid, TEST_ACCOUNT);
    assert_string_equal(c.key_sid, "");
    assert_int_equal(c.secret_sha256[1], 2);
    assert_int_equal(store_credential_get(s, "ACffffffffffffffffffffffffffffffff", &c), ST_NOT_FOUND);
    assert_int_equal(store_credential_get(s, "", &c), ST_NOT_FOUND);
    assert_int_equal(store_account_first(s, first), ST_OK);
    assert_string_equal(first, TEST_ACCOUNT);

    sid_random("SK", key.key_sid);
    strcpy(key.account_sid, "ACffffffffffffffffffffffffffffffff");
    assert_int_equal(store_key_create(s, &key, "ci"), ST_NOT_FOUND);
    strcpy(key.account_sid, TEST_ACCOUNT);
    assert_int_equal(store_key_create(s, &key, "ci"), ST_OK);
    assert_int_equal(store_key_create(s, &key, "ci"), ST_EXISTS);
    assert_int_equal(store_credential_get(s, key.key_sid, &c), ST_OK);
    assert_string_equal(c.account_sid, TEST_ACCOUNT);
    assert_string_equal(c.key_sid, key.key_sid);
    assert_false(c.revoked);
    assert_int_equal(store_ping(s), ST_OK);
}

static void test_app_round_trip(void **state)
{
    (void)state;
    struct store_app app = app_add("blinky one", 10), got;
    unsigned char manifest[8];
    size_t len = 0;
    assert_int_equal(store_app_get(s, TEST_ACCOUNT, app.sid, &got), ST_OK);
    assert_string_equal(got.unique_name, "blinky one");
    assert_int_equal(got.manifest_bytes, 3);
    assert_memory_equal(got.manifest_sha256, app.manifest_sha256, 32);
    assert_int_equal(store_app_get(s, TEST_ACCOUNT, "blinky one", &got), ST_OK);
    assert_string_equal(got.sid, app.sid);
    assert_int_equal(store_app_get(s, "AC00000000000000000000000000000002", app.sid, &got), ST_NOT_FOUND);
    assert_int_equal(store_app_get(s, TEST_ACCOUNT, "", &got), ST_NOT_FOUND);
    assert_int_equal(store_app_manifest(s, TEST_ACCOUNT, app.sid, manifest, sizeof(manifest), &len), ST_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(manifest, "abc", 3);
    assert_int_equal(store_app_manifest(s, TEST_ACCOUNT, app.sid, manifest, 2, &len), ST_TOO_LARGE);
}

static void test_app_sid_in_upper_case(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10), got;
    char upper[SID_BYTES];
    for (size_t i = 0; i < sizeof(upper); i++) {
        upper[i] = (char)(app.sid[i] >= 'a' ? app.sid[i] - 32 : app.sid[i]);
    }
    assert_int_equal(store_app_get(s, TEST_ACCOUNT, upper, &got), ST_OK);
    assert_string_equal(got.sid, app.sid);
}

static void test_app_names_are_unique(void **state)
{
    (void)state;
    struct store_app app = app_add("x", 10);
    sid_random("KA", app.sid);
    assert_int_equal(store_app_create(s, &app, "abc", NULL, 0), ST_EXISTS);
    (void)app_add("", 11);
    (void)app_add("", 12); /* no name: as many as one likes */
    sid_random("KA", app.unique_name);
    assert_int_equal(store_app_create(s, &app, "abc", NULL, 0), ST_INVALID);
}

static uint32_t app_page(int64_t position, bool backwards, uint32_t skip, struct store_app out[2])
{
    struct store_page page = { .position = position, .backwards = backwards, .skip = skip, .limit = 2 };
    uint32_t n = 99;
    assert_int_equal(store_app_list(s, TEST_ACCOUNT, &page, out, &n), ST_OK);
    return n;
}

static void test_app_list_pages(void **state)
{
    (void)state;
    struct store_app added[5], page[2];
    uint32_t devices = 0;
    for (int i = 0; i < 5; i++) {
        added[i] = app_add("", (unsigned char)(10 * i));
    }
    assert_int_equal(app_page(0, false, 0, page), 2);
    assert_string_equal(page[0].sid, added[4].sid);
    assert_string_equal(page[1].sid, added[3].sid);
    /* the last row of the page goes away: the next page is unmoved */
    int64_t last = page[1].position;
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, added[3].sid, &devices), ST_OK);
    assert_int_equal(app_page(last, false, 0, page), 2);
    assert_string_equal(page[0].sid, added[2].sid);
    assert_int_equal(app_page(page[1].position, false, 0, page), 1);
    assert_string_equal(page[0].sid, added[0].sid);
    assert_int_equal(app_page(page[0].position, true, 0, page), 2); /* the one before that */
    assert_string_equal(page[0].sid, added[2].sid);
    assert_string_equal(page[1].sid, added[1].sid);
    assert_int_equal(app_page(page[0].position, true, 0, page), 1);
    assert_string_equal(page[0].sid, added[4].sid);
    assert_int_equal(app_page(0, false, 3, page), 1);
    assert_string_equal(page[0].sid, added[0].sid);
}

static void test_app_in_use_stays(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10);
    struct store_device dev = device_add("", 1), out;
    struct store_device_change change = { .target_sid = app.sid };
    uint32_t devices = 0;
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, app.sid, &devices), ST_IN_USE);
    assert_int_equal(devices, 1);
    change.target_sid = "";
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_string_equal(out.target_sid, "");
    assert_int_equal(out.targeted_us, 0);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, app.sid, &devices), ST_OK);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, app.sid, &devices), ST_NOT_FOUND);
}

static void test_blob_is_used(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10);
    unsigned char hash[32];
    uint32_t devices;
    bool used = false;
    for (unsigned char tag = 10; tag <= 13;
         tag++) { /* manifest, layer, block list, layer without block list */
        memset(hash, tag, 32);
        assert_int_equal(store_blob_is_used(s, hash, &used), ST_OK);
        assert_true(used);
    }
    memset(hash, 14, 32);
    assert_int_equal(store_blob_is_used(s, hash, &used), ST_OK);
    assert_false(used);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, app.sid, &devices), ST_OK);
    memset(hash, 12, 32);
    assert_int_equal(store_blob_is_used(s, hash, &used), ST_OK);
    assert_false(used);
}

static void test_device_create_again(void **state)
{
    (void)state;
    struct store_device dev = device_add("one", 1), existing = { .restart_seq = 7 },
                        other = device_make("one", 2);
    assert_int_equal(store_device_create(s, &dev, &existing), ST_EXISTS);
    assert_string_equal(existing.sid, dev.sid);
    assert_memory_equal(existing.key_sha256, dev.key_sha256, 32);
    assert_int_equal(store_device_create(s, &other, &existing), ST_EXISTS);
    assert_string_equal(existing.sid, dev.sid); /* the one that has the name */
    strcpy(other.unique_name, "two");
    strcpy(other.account_sid, "ACffffffffffffffffffffffffffffffff");
    assert_int_equal(store_device_create(s, &other, &existing), ST_NOT_FOUND);
}

static void test_device_update(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10);
    struct store_device dev = device_add("one", 1), out;
    struct store_device_change change = { .unique_name = "new name",
                                          .target_sid = app.sid,
                                          .set_logging = true,
                                          .logging_until_us = 77,
                                          .restart = true,
                                          .set_revoked = true,
                                          .revoked = true };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, "one", &change, &out), ST_OK);
    assert_string_equal(out.unique_name, "new name");
    assert_string_equal(out.target_sid, app.sid);
    assert_true(out.targeted_us >= dev.created_us);
    assert_int_equal(out.logging_until_us, 77);
    assert_int_equal(out.restart_seq, 1);
    assert_true(out.revoked);
    change = (struct store_device_change){ .restart = true };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_string_equal(out.unique_name, "new name");
    assert_int_equal(out.restart_seq, 2);
    assert_int_equal(out.logging_until_us, 77);
    change = (struct store_device_change){ .unique_name = "" };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_string_equal(out.unique_name, "");
}

static void test_device_update_is_whole(void **state)
{
    (void)state;
    struct store_device dev = device_add("one", 1), out;
    (void)device_add("two", 2);
    struct store_device_change change = { .restart = true,
                                          .target_sid = "KAffffffffffffffffffffffffffffffff" };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_INVALID);
    change = (struct store_device_change){ .restart = true, .unique_name = "two" };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_EXISTS);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_int_equal(out.restart_seq, 0);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, "three", &change, &out), ST_NOT_FOUND);
}

static void test_device_list_pages(void **state)
{
    (void)state;
    struct store_device first = device_add("", 1), second = device_add("", 2), third = device_add("", 3),
                        page[2];
    struct store_page ask = { .limit = 2 };
    uint32_t n = 0;
    assert_int_equal(store_device_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(page[0].sid, third.sid);
    ask.position = page[1].position;
    assert_int_equal(store_device_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 1);
    assert_string_equal(page[0].sid, first.sid);
    ask = (struct store_page){ .position = page[0].position, .backwards = true, .limit = 2 };
    assert_int_equal(store_device_list(s, TEST_ACCOUNT, &ask, page, &n), ST_OK);
    assert_int_equal(n, 2);
    assert_string_equal(page[0].sid, third.sid);
    assert_string_equal(page[1].sid, second.sid);
}

static void test_session(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10);
    struct store_device dev = device_add("one", 1), out;
    struct store_session session;
    struct store_device_change change = { .target_sid = app.sid };
    assert_int_equal(store_session_get(s, "UVffffffffffffffffffffffffffffffff", "", &session), ST_NOT_FOUND);
    assert_int_equal(store_session_get(s, dev.sid, "", &session), ST_OK);
    assert_false(session.has_target);
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_session_get(s, dev.sid, "", &session), ST_OK);
    assert_true(session.has_target);
    assert_string_equal(session.target.sid, app.sid);
    assert_memory_equal(session.device.target_sha256, app.manifest_sha256, 32);
    assert_int_equal(session.layer_count, 2);
    assert_int_equal(session.layers[0].block_list_bytes, 32);
    assert_int_equal(session.layers[0].block_list_sha256[0], 12);
    assert_int_equal(session.layers[1].block_list_sha256[0], 0);
    assert_true(session.layers[1].external);
    assert_int_equal(session.layers[1].start, 8192);
}

static void test_report(void **state)
{
    (void)state;
    struct store_app app = app_add("", 10), again = app_add("", 10);
    struct store_device dev = device_add("one", 1), out;
    struct store_report report = {
        .hello = true, .has_app = true, .boot_count = 4, .reset_reason = 5, .at_us = 1000, .bytes_total = 9
    };
    uint32_t devices;
    strcpy(report.device_sid, dev.sid);
    strcpy(report.board, "mps2_an505");
    strcpy(report.microvisor_version, "1.2.3");
    memset(report.manifest_sha256, 10, 32);
    assert_int_equal(store_report_put(s, &report, 1), ST_OK);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_string_equal(out.reported_sid, again.sid); /* nothing is targeted: the newest of the same bytes */
    assert_string_equal(out.board, "mps2_an505");

    struct store_device_change change = { .target_sid = app.sid };
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    report = (struct store_report){ .has_app = true, .at_us = 2000, .crash_count = 3 };
    strcpy(report.device_sid, dev.sid);
    memset(report.manifest_sha256, 10, 32);
    assert_int_equal(store_report_put(s, &report, 1), ST_OK);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_string_equal(out.reported_sid, app.sid);
    assert_string_equal(out.board, "mps2_an505"); /* no hello: kept */
    assert_int_equal(out.boot_count, 4);
    assert_int_equal(out.reset_reason, 5);
    assert_int_equal(out.crash_count, 3);
    assert_int_equal(out.reported_us, 2000);

    change.target_sid = "";
    assert_int_equal(store_device_update(s, TEST_ACCOUNT, dev.sid, &change, &out), ST_OK);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, again.sid, &devices), ST_OK);
    assert_int_equal(store_app_delete(s, TEST_ACCOUNT, app.sid, &devices), ST_OK);
    assert_int_equal(store_report_put(s, &report, 1), ST_OK);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_string_equal(out.reported_sid, app.sid); /* deleted, but that is what it runs */
    strcpy(report.device_sid, "UVffffffffffffffffffffffffffffffff");
    assert_int_equal(store_report_put(s, &report, 1), ST_OK); /* unknown: skipped */
}

static void presence(const char *sid, bool online, uint32_t gateway, int64_t at_us)
{
    struct store_presence row = { .online = online, .gateway = gateway, .last_seen_us = at_us };
    strcpy(row.device_sid, sid);
    assert_int_equal(store_presence_put(s, &row, 1), ST_OK);
}

static void test_presence(void **state)
{
    (void)state;
    struct store_device dev = device_add("one", 1), out;
    presence(dev.sid, true, 0, 100);
    presence(dev.sid, true, 1, 200);
    presence(dev.sid, false, 0, 300); /* late news of the gateway that it left */
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_true(out.online);
    assert_int_equal(out.last_seen_us, 200);
    assert_int_equal(store_presence_reset(s, 0), ST_OK);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_true(out.online);
    assert_int_equal(store_presence_reset(s, 1), ST_OK);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_false(out.online);
    presence(dev.sid, false, 1, 150); /* time never runs backwards */
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, dev.sid, &out), ST_OK);
    assert_int_equal(out.last_seen_us, 200);
}

static void test_open_without_migrate(void **state)
{
    (void)state;
    char err[256] = "";
    struct store *other = NULL;
    assert_int_equal(store_open(folder_path("new.db"), STORE_FULL, false, &other, err, sizeof(err)), ST_IO);
    assert_null(other);
    assert_true(err[0] != '\0');
    assert_int_equal(store_open(folder_path("test.db"), STORE_FULL, false, &other, err, sizeof(err)), ST_OK);
    store_close(other);
    assert_int_equal(store_open(folder_path("none/x.db"), STORE_FULL, true, &other, err, sizeof(err)), ST_IO);
    assert_non_null(strstr(err, "none/x.db"));
}

/* Several processes create the database at the same time, as the roles do at the first start. */
static void test_open_at_once(void **state)
{
    (void)state;
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            char err[256] = "";
            struct store *mine = NULL;
            int rc = store_open(folder_path("race.db"), STORE_FULL, true, &mine, err, sizeof(err));
            _exit(rc == ST_OK && store_ping(mine) == ST_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

/* Acknowledged writes survive the sudden end of the process that made them (S1). */
static void test_survives_kill(void **state)
{
    (void)state;
    struct store_device dev = device_make("durable", 42), out;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char err[256];
        struct store *mine = NULL;
        struct store_device existing;
        if (store_open(folder_path("test.db"), STORE_FULL, false, &mine, err, sizeof(err)) == ST_OK &&
            store_device_create(mine, &dev, &existing) == ST_OK) {
            (void)!write(ready[1], "x", 1);
        }
        for (;;) {
            pause();
        }
    }
    char byte = 0;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(store_device_get(s, TEST_ACCOUNT, "durable", &out), ST_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_credentials),
        TEST(test_app_round_trip),
        TEST(test_app_sid_in_upper_case),
        TEST(test_app_names_are_unique),
        TEST(test_app_list_pages),
        TEST(test_app_in_use_stays),
        TEST(test_blob_is_used),
        TEST(test_device_create_again),
        TEST(test_device_update),
        TEST(test_device_update_is_whole),
        TEST(test_session),
        TEST(test_device_list_pages),
        TEST(test_report),
        TEST(test_presence),
        TEST(test_open_without_migrate),
        TEST(test_open_at_once),
        TEST(test_survives_kill),
    };
    return cmocka_run_group_tests_name("store_rows", tests, NULL, NULL);
}
