/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: defaults, every kind of value, every kind of problem with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "conf/conf.h"
#include "conf/parse.h"

static struct conf conf;
static char words[16384];

/* Parses text; the problems are in words. */
static int parse(const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text) + (*text == '\0'), "r");
    FILE *err = fmemopen(words, sizeof words, "w");
    int st;

    assert_non_null(in);
    assert_non_null(err);
    if (*text == '\0')
        (void)getc(in); /* fmemopen knows no empty file */
    st = conf_parse(&conf, in, "t.conf", err);
    fclose(in);
    fputc('\0', err);
    fclose(err);
    return st;
}

/* Refused with exactly one line of words. */
static void expect_problem(const char *text, const char *line)
{
    assert_int_equal(parse(text), ST_INVALID);
    assert_string_equal(words, line);
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse(""), ST_OK);
    assert_string_equal(conf.data_dir, "./data");
    assert_string_equal(conf.api.host, "127.0.0.1");
    assert_int_equal(conf.api.port, 8080);
    assert_int_equal(conf.gateway_processes, 2);
    assert_int_equal(conf.gateway_heartbeat_ms, 10000);
    assert_int_equal(conf.app_signers.count, 0);
    assert_int_equal(conf_log_level(&conf), LOG_LEVEL_INFO);
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(parse("# a comment\r\n"
                           "[server]\r\n"
                           "  data_dir=/var/lib/x y  # said here\n"
                           "log_level = debug\n"
                           "\n"
                           "[gateway]\n"
                           "listen = [::1]:0\n"
                           "\tprocesses\t=\t8\n"
                           "[bundles]\n"
                           "app_signer = a#b.pem\n"
                           "app_signer = c=d.pem\n"
                           "[server]\n"
                           "user = nobody"),
                     ST_OK);
    assert_string_equal(conf.data_dir, "/var/lib/x y");
    assert_string_equal(conf.gateway.host, "::1");
    assert_int_equal(conf.gateway.port, 0);
    assert_int_equal(conf.gateway_processes, 8);
    assert_int_equal(conf.app_signers.count, 2);
    assert_string_equal(conf.app_signers.entry[0], "a#b.pem");
    assert_string_equal(conf.app_signers.entry[1], "c=d.pem");
    assert_string_equal(conf.user, "nobody");
    assert_int_equal(conf_log_level(&conf), LOG_LEVEL_DEBUG);
}

static void test_problems_name_line_found_and_expected(void **state)
{
    (void)state;
    expect_problem("[srever]\nx = 1\n",
                   "t.conf:1: unknown section: found \"srever\", expected server, api, gateway, relay, "
                   "bundles, microvisors or logs\n");
    expect_problem("[relay]\n\nport = 1\n",
                   "t.conf:3: unknown key: found \"port\", expected one of: listen\n");
    expect_problem("threads = 2\n",
                   "t.conf:1: key outside of a section: found \"threads\", expected a [section] before it\n");
    expect_problem("[api]\nthreads\n",
                   "t.conf:2: line: found \"threads\", expected key = value, [section] or # comment\n");
    expect_problem("[api\n", "t.conf:1: section: found \"[api\", expected [name]\n");
    expect_problem("[api]\nthreads = 1\nthreads = 2\n",
                   "t.conf:3: api.threads: found \"2\", expected the key once; line 2 has it already\n");
    expect_problem("[api]\nthreads = 65\n",
                   "t.conf:2: api.threads: found \"65\", expected a number from 1 to 64\n");
    expect_problem("[server]\nlog_level = loud\n",
                   "t.conf:2: server.log_level: found \"loud\", expected error, warn, info or debug\n");
    expect_problem("[server]\ndata_dir =\n",
                   "t.conf:2: server.data_dir: found \"\", expected text of 1 to 511 characters\n");
    expect_problem("[api]\ncertificate = c.pem\n",
                   "t.conf:2: api.certificate: found \"c.pem\", expected private_key beside it\n");
    expect_problem("[gateway]\nprivate_key = k.pem\n",
                   "t.conf:2: gateway.private_key: found \"k.pem\", expected certificate beside it\n");
    expect_problem("[server]\nuser = a\x1b[0m\n",
                   "t.conf:2: line: found \"a control character\", expected printable text\n");
}

static void test_all_problems_are_reported(void **state)
{
    unsigned lines = 0;

    (void)state;
    assert_int_equal(
        parse("[api]\nthreads = x\nlisten = here\n[nowhere]\nkey = 1\n[gateway]\nprocesses = 0\n"),
        ST_INVALID);
    for (const char *p = words; *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 4);
    assert_int_equal(conf.api_threads, 2); /* a bad value leaves the default */
}

static void test_numbers_are_strict(void **state)
{
    static const char *const wrong[] = {
        "", "-1", "+1", " 1 2", "0x10", "1e3", "99999999999999999999", "4294967297", "1.0"
    };
    char text[80];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, "[gateway]\nsessions_max = %s\n", wrong[i]);
        assert_int_equal(parse(text), ST_INVALID);
    }
    assert_int_equal(parse("[gateway]\nsessions_max = 0000000001\n"), ST_OK);
    assert_int_equal(conf.gateway_sessions_max, 1);
}

static void test_listen_is_strict(void **state)
{
    static const char *const wrong[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        ":80",
        "localhost:80",
        "1.2.3:1",
        "127.0.0.1:65536",
        "127.0.0.1:1:2",
        "::1:80",
        "[::1]",
        "[::1",
        "[127.0.0.1]:80",
        "[::1]:x",
        "[]:1",
        "127.0.0.1 :80",
        "[1111:2222:3333:4444:5555:6666:7777:8888:1111:2222:3333:4444:5555:6666:7777]:1"
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, "[relay]\nlisten = %s\n", wrong[i]);
        assert_int_equal(parse(text), ST_INVALID);
    }
}

static void test_names_and_urls(void **state)
{
    (void)state;
    assert_int_equal(parse("[gateway]\nserver_name = a b\n"), ST_INVALID);
    assert_int_equal(parse("[gateway]\nserver_name = a,DNS\n"), ST_INVALID);
    assert_int_equal(parse("[gateway]\nserver_name =\n"), ST_INVALID);
    assert_int_equal(parse("[api]\npublic_url = https://api.example\n"), ST_OK);
    assert_int_equal(parse("[api]\npublic_url =\n"), ST_OK);
    assert_int_equal(parse("[api]\npublic_url = https://\n"), ST_INVALID);
    assert_int_equal(parse("[api]\npublic_url = https://api.example/\n"), ST_INVALID);
    assert_int_equal(parse("[api]\npublic_url = ftp://api.example\n"), ST_INVALID);
    assert_int_equal(parse("[api]\npublic_url = http://a\"b\n"), ST_INVALID);
}

static void test_list_is_bounded(void **state)
{
    (void)state;
    expect_problem("[bundles]\napp_signer = 1\napp_signer = 2\napp_signer = 3\napp_signer = 4\n",
                   "t.conf:5: bundles.app_signer: found \"4\", expected this key at most 3 times\n");
    assert_int_equal(conf.app_signers.count, 3);
}

static void test_lists_are_apart(void **state)
{
    char origin[CONF_ORIGIN_BYTES];

    (void)state;
    assert_int_equal(parse("[microvisors]\nroot_key = r1\n[bundles]\napp_signer = s1\n[microvisors]\n"
                           "root_key = r2\n"),
                     ST_OK);
    assert_int_equal(conf.app_signers.count, 1);
    assert_string_equal(conf.app_signers.entry[0], "s1");
    assert_int_equal(conf.root_keys.count, 2);
    assert_string_equal(conf.root_keys.entry[1], "r2");
    conf_origin(&conf, "microvisors", "root_key", 1, origin);
    assert_string_equal(origin, "t.conf:6");
    conf_origin(&conf, "bundles", "app_signer", 0, origin);
    assert_string_equal(origin, "t.conf:4");
    conf_origin(&conf, "bundles", "app_signer", 1, origin);
    assert_string_equal(origin, "t.conf");
}

static void test_long_lines(void **state)
{
    char text[4096];

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "[server]\ndata_dir = ", 20);
    text[20 + 511] = '\0';
    assert_int_equal(parse(text), ST_OK);
    assert_int_equal(strlen(conf.data_dir), 511);
    text[20 + 511] = 'x';
    text[20 + 512] = '\0';
    assert_int_equal(parse(text), ST_INVALID);
    text[20 + 512] = 'x';
    text[4000] = '\0';
    expect_problem(text, "t.conf:2: line: found \"more than 1023 characters\", expected at most 1023\n");
}

static void test_print_reads_back(void **state)
{
    static char first[8192], second[8192];
    struct conf copy;

    (void)state;
    assert_int_equal(
        parse("[server]\ndata_dir = /x y\n[relay]\nlisten = [fe80::1]:9\n[bundles]\napp_signer = 1\n"
              "app_signer = 2\n[api]\ncertificate = c\nprivate_key = k\n"),
        ST_OK);
    copy = conf;
    for (int round = 0; round < 2; round++) {
        char *text = round == 0 ? first : second;
        FILE *out = fmemopen(text, sizeof first, "w");

        assert_non_null(out);
        conf_print(&conf, out);
        fputc('\0', out);
        fclose(out);
        assert_int_equal(parse(text), ST_OK);
    }
    assert_string_equal(first, second);
    assert_string_equal(conf.data_dir, copy.data_dir);
    assert_string_equal(conf.relay.host, copy.relay.host);
    assert_int_equal(conf.app_signers.count, 2);
    assert_string_equal(conf.app_signers.entry[1], "2");
}

static void test_files(void **state)
{
    char path[1024];

    (void)state;
    assert_int_equal(conf_load(&conf, "/nonexistent/outriggerd.conf", stderr), ST_IO);
    assert_int_equal(conf_load(&conf, "/dev/zero", stderr), ST_INVALID); /* and not an endless reading */
    conf_path(&conf, "pki/x.pem", path);
    assert_string_equal(path, "./data/pki/x.pem");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_problems_name_line_found_and_expected),
        cmocka_unit_test(test_all_problems_are_reported),
        cmocka_unit_test(test_numbers_are_strict),
        cmocka_unit_test(test_listen_is_strict),
        cmocka_unit_test(test_names_and_urls),
        cmocka_unit_test(test_list_is_bounded),
        cmocka_unit_test(test_lists_are_apart),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_print_reads_back),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
