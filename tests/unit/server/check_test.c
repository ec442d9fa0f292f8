/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration against the machine: files that are something else, cannot be read, or do not belong together. */
#include <errno.h>
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

#include "base/file.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/parse.h"
#include "keeper/cert.h"
#include "keeper/key.h"
#include "main/check.h"
#include "unit/server/folder_fake.h"

static struct conf conf;
static char words[8192];

/* A pair a.pem, a.key; another b.pem, b.key; the public key of the second, b.pub. */
static void pair_make(const char *name)
{
    struct keeper_key *key = NULL;
    struct keeper_cert *cert;
    char file[40];

    assert_int_equal(keeper_key_generate(&key), ST_OK);
    cert = keeper_cert_authority(key, "test", 1);
    (void)snprintf(file, sizeof file, "%s.key", name);
    assert_int_equal(keeper_key_save(key, folder_path(file)), ST_OK);
    (void)snprintf(file, sizeof file, "%s.pem", name);
    assert_int_equal(keeper_cert_save(cert, folder_path(file)), ST_OK);
    (void)snprintf(file, sizeof file, "%s.pub", name);
    assert_int_equal(keeper_key_save_public(key, folder_path(file)), ST_OK);
    keeper_cert_free(cert);
    keeper_key_free(key);
}

static int setup(void **state)
{
    (void)state;
    (void)folder_make();
    pair_make("a");
    pair_make("b");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

/* Checks a configuration whose $ stand for the folder; the problems are in words. */
static int check(const char *text)
{
    char whole[4096] = "";
    size_t n = 0;
    FILE *in, *err = fmemopen(words, sizeof words, "w");
    int st;

    for (const char *p = text; *p != '\0'; p++)
        n += (size_t)snprintf(whole + n, sizeof whole - n, *p == '$' ? "%s" : "%.1s",
                              *p == '$' ? folder_path("") : p);
    in = fmemopen(whole, n, "r");
    assert_non_null(in);
    assert_non_null(err);
    assert_int_equal(conf_parse(&conf, in, "t.conf", err), ST_OK);
    st = check_machine(&conf, err);
    if (st == ST_OK)
        st = check_contents(&conf, err);
    fclose(in);
    fputc('\0', err);
    fclose(err);
    return st;
}

/* One problem, with this beginning and these words in it. */
static void expect(const char *text, const char *where, const char *said)
{
    assert_int_equal(check(text), ST_INVALID);
    if (strncmp(words, where, strlen(where)) != 0 || strstr(words, said) == NULL ||
        strchr(words, '\n') != words + strlen(words) - 1)
        fail_msg("not \"%s...%s\" but: %s", where, said, words);
}

#define DATA "[server]\ndata_dir = $data\n"

static void test_good(void **state)
{
    (void)state;
    if (check(DATA
              "[api]\ncertificate = $a.pem\nprivate_key = $a.key\n[gateway]\ncertificate = $b.pem\n"
              "private_key = $b.key\n[bundles]\napp_signer = $a.pub\napp_signer = $b.pub\n[microvisors]\n"
              "root_key = $b.pub\n") != ST_OK)
        fail_msg("%s", words);
    assert_string_equal(words, "");
    assert_int_equal(access(folder_path("data"), F_OK), -1); /* nothing was made */
}

static void test_data_dir(void **state)
{
    (void)state;
    assert_int_equal(file_write(folder_path("passwd"), "x", 1, 0644), ST_OK);
    expect("[server]\n\ndata_dir = $passwd\n", "t.conf:3: server.data_dir: found \"",
           "/passwd\", a file, expected a folder of the server's own\n");
    expect("[server]\ndata_dir = $passwd/data\n", "t.conf:2: server.data_dir: ", ": Not a directory\n");
    expect("[server]\ndata_dir = $none/data\n",
           "t.conf:2: server.data_dir: ", "expected a folder to make it in: ");
    expect("[server]\ndata_dir = /dev/null\n", "t.conf:2: server.data_dir: ", "a device, pipe or socket");
    assert_int_equal(mkdir(folder_path("data"), 0700), 0);
    assert_int_equal(check(DATA), ST_OK);
}

static void test_certificate_that_is_a_folder(void **state)
{
    (void)state;
    expect(DATA "[api]\ncertificate = $\nprivate_key = $a.key\n", "t.conf:4: api.certificate: found \"",
           "/\", a folder, expected a PEM file with a certificate and its chain\n");
    expect(DATA "[gateway]\ncertificate = $a.pem\nprivate_key = $\n",
           "t.conf:5: gateway.private_key: found \"",
           "a folder, expected a PEM file with the certificate's private key");
}

/* Opening a pipe waits for who writes to it. */
static void test_pipe(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(folder_path("pipe"), 0600), 0);
    expect(DATA "[bundles]\napp_signer = $a.pub\napp_signer = $pipe\n", "t.conf:5: bundles.app_signer: ",
           "a device, pipe or socket, expected a PEM file with a P-256 public key\n");
}

static void test_missing_file(void **state)
{
    (void)state;
    expect(DATA "[api]\ncertificate = $a.pem\nprivate_key = $none\n",
           "t.conf:5: api.private_key: ", ": No such file or directory\n");
    expect(DATA "[microvisors]\nroot_key = $none\n",
           "t.conf:4: microvisors.root_key: ", ": No such file or directory\n");
}

static void test_strangers(void **state)
{
    (void)state;
    expect(DATA "[api]\nprivate_key = $b.key\ncertificate = $a.pem\n", "t.conf:4: api.private_key: found \"",
           "/b.key\", another key, expected the private key of the certificate in ");
    assert_non_null(strstr(words, "/a.pem\n"));
    expect(DATA "[gateway]\ncertificate = $b.pem\nprivate_key = $a.key\n",
           "t.conf:5: gateway.private_key: ", "another key");
}

static void test_files_with_something_else(void **state)
{
    (void)state;
    expect(DATA "[api]\ncertificate = $a.key\nprivate_key = $a.key\n",
           "t.conf:4: api.certificate: ", "no certificate or a damaged one");
    expect(DATA "[api]\ncertificate = $a.pem\nprivate_key = $a.pem\n",
           "t.conf:5: api.private_key: ", "no private key that can be used");
    expect(DATA "[bundles]\napp_signer = $a.pem\n",
           "t.conf:4: bundles.app_signer: ", "something else, expected a PEM file with a P-256 public key\n");
    expect(
        DATA "[microvisors]\nroot_key = $a.pub\nroot_key = $a.key\n", /* the private half stays at home */
        "t.conf:5: microvisors.root_key: ", "something else, expected a PEM file with a P-256 public key\n");
}

/* The first certificate is good, the one behind it is not. */
static void test_damaged_chain(void **state)
{
    static const char damaged[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    char chain[8192];
    size_t len;

    (void)state;
    assert_int_equal(file_read(folder_path("a.pem"), chain, sizeof chain - sizeof damaged, &len), ST_OK);
    memcpy(chain + len, damaged, sizeof damaged);
    assert_int_equal(file_write(folder_path("chain.pem"), chain, len + sizeof damaged - 1, 0644), ST_OK);
    expect(DATA "[api]\ncertificate = $chain.pem\nprivate_key = $a.key\n",
           "t.conf:4: api.certificate: ", "no certificate or a damaged one");
}

/* Root opens everything, but it is not root who will. */
static void test_key_that_its_user_cannot_read(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        assert_int_equal(chmod(folder_path("a.key"), 0), 0);
        expect(DATA "[api]\ncertificate = $a.pem\nprivate_key = $a.key\n",
               "t.conf:5: api.private_key: ", "without a passphrase that can be read: Permission denied\n");
        return;
    }
    assert_int_equal(chmod(folder_path(""), 0711), 0);
    expect(DATA "user = nobody\n[api]\ncertificate = $a.pem\nprivate_key = $a.key\n",
           "t.conf:6: api.private_key: ", "that can be read by user nobody: Permission denied\n");
    assert_int_equal(geteuid(), 0);
    assert_int_equal(chown(folder_path("a.key"), 65534, 65534), 0);
    assert_int_equal(check(DATA "user = nobody\n[api]\ncertificate = $a.pem\nprivate_key = $a.key\n"), ST_OK);
}

static void test_unknown_user_and_all_the_rest(void **state)
{
    unsigned lines = 0;

    (void)state;
    assert_int_equal(
        check(DATA "user = no-such-user-here\n[api]\ncertificate = $none\nprivate_key = $none\n"),
        ST_INVALID);
    for (const char *p = words; *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 3);
    assert_non_null(strstr(
        words, "t.conf:3: server.user: found \"no-such-user-here\", expected a user of this machine\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),
        TEST(test_data_dir),
        TEST(test_certificate_that_is_a_folder),
        TEST(test_pipe),
        TEST(test_missing_file),
        TEST(test_strangers),
        TEST(test_files_with_something_else),
        TEST(test_damaged_chain),
        TEST(test_key_that_its_user_cannot_read),
        TEST(test_unknown_user_and_all_the_rest),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
