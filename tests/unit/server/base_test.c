/* SPDX-License-Identifier: Apache-2.0 */
/* The base room: codes, hexadecimal, SIDs, time, log lines, durable files. */
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

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/sid.h"
#include "base/status.h"
#include "unit/server/folder_fake.h"

static void test_status_names(void **state)
{
    (void)state;
    assert_string_equal(status_name(ST_OK), "ok");
    assert_string_equal(status_name(ST_NOT_FOUND), "not_found");
    assert_string_equal(status_name(ST_CLOSED), "closed");
    assert_string_equal(status_name(ST_NO_SPACE), "no_space");
    assert_string_equal(status_name(ST_NO_SPACE - 1), "unknown");
    assert_string_equal(status_name(1), "unknown");
    assert_string_equal(status_name(-2147483647 - 1), "unknown");
}

static void test_status_of_writes(void **state)
{
    (void)state;
    assert_int_equal(status_of_write(ENOSPC), ST_NO_SPACE);
    assert_int_equal(status_of_write(EDQUOT), ST_NO_SPACE);
    assert_int_equal(status_of_write(EIO), ST_IO);
    assert_int_equal(status_of_write(0), ST_IO);
}

static void test_hex(void **state)
{
    const unsigned char bytes[] = { 0x00, 0x7f, 0x80, 0xff, 0xa5 };
    unsigned char back[5];
    char text[11];

    (void)state;
    hex_encode(bytes, sizeof bytes, text);
    assert_string_equal(text, "007f80ffa5");
    assert_int_equal(hex_decode("007F80fFa5", back, sizeof back), ST_OK);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_int_equal(hex_decode("", back, 0), ST_OK);
}

/* Each text lives in its own allocation, so that the sanitizer sees any look beyond its end. */
static void test_hex_refuses_wrong_text(void **state)
{
    static const char *const wrong[] = {
        "",           "0",          "007f80ff",   "007f80ffa",       "007f80ffa50", "007f80ffa5 ",
        "007f80ffg5", "007f80ff 5", "+07f80ffa5", "007f80ff\xc3\xa9"
    };
    unsigned char back[5];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *text = strdup(wrong[i]);

        assert_int_equal(hex_decode(text, back, sizeof back), ST_INVALID);
        free(text);
    }
}

static void test_sid_is(void **state)
{
    (void)state;
    assert_true(sid_is("UV0123456789abcdef0123456789ABCDEF", "UV"));
    assert_false(sid_is("KA0123456789abcdef0123456789abcdef", "UV"));
    assert_false(sid_is("UV0123456789abcdef0123456789abcde", "UV"));
    assert_false(sid_is("UV0123456789abcdef0123456789abcdef0", "UV"));
    assert_false(sid_is("UV0123456789abcdef0123456789abcdeg", "UV"));
    assert_false(sid_is("uv0123456789abcdef0123456789abcdef", "UV"));
    assert_false(sid_is("", "UV"));
    assert_false(sid_is("U", "UV"));
}

static void test_sid_making(void **state)
{
    unsigned char digest[32];
    char first[SID_BYTES], second[SID_BYTES];

    (void)state;
    sid_random("AC", first);
    sid_random("AC", second);
    assert_true(sid_is(first, "AC"));
    assert_string_not_equal(first, second);
    for (unsigned i = 0; i < sizeof digest; i++)
        digest[i] = (unsigned char)(0xf0 + i);
    sid_from_digest("UV", digest, first);
    assert_string_equal(first, "UVf0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}

static void test_clock_text(void **state)
{
    char seconds[21], micros[28];

    (void)state;
    clock_iso8601(INT64_C(1609504496123456), seconds);
    clock_iso8601_us(INT64_C(1609504496123456), micros);
    assert_string_equal(seconds, "2021-01-01T12:34:56Z");
    assert_string_equal(micros, "2021-01-01T12:34:56.123456Z");
    clock_iso8601_us(-1, micros);
    assert_string_equal(micros, "1969-12-31T23:59:59.999999Z");
    clock_iso8601_us(INT64_MAX, micros); /* beyond the year 9999 */
    assert_string_equal(micros, "1970-01-01T00:00:00.000000Z");
    clock_iso8601(INT64_MIN, seconds);
    assert_string_equal(seconds, "1970-01-01T00:00:00Z");
}

static void test_clock_runs(void **state)
{
    const int64_t mono = clock_mono_us();

    (void)state;
    assert_true(clock_mono_us() >= mono);
    assert_true(clock_wall_us() > INT64_C(1577836800000000)); /* 2020 */
}

/* Where stderr goes while a test looks at log lines. */
struct capture {
    int pipe[2], saved;
    char text[16384];
};

static void capture_begin(struct capture *c)
{
    assert_int_equal(pipe(c->pipe), 0);
    c->saved = dup(STDERR_FILENO);
    assert_true(c->saved >= 0);
    assert_true(dup2(c->pipe[1], STDERR_FILENO) >= 0);
}

/* The text without the time in front. */
static const char *capture_end(struct capture *c)
{
    ssize_t n;

    assert_true(dup2(c->saved, STDERR_FILENO) >= 0);
    close(c->saved);
    close(c->pipe[1]);
    n = read(c->pipe[0], c->text, sizeof c->text - 1);
    close(c->pipe[0]);
    c->text[n > 0 ? n : 0] = '\0';
    return strlen(c->text) > 28 ? c->text + 28 : c->text;
}

static void test_log_line(void **state)
{
    struct capture c;
    char number[24], hex[9];

    (void)state;
    log_init("gateway.0", LOG_LEVEL_INFO);
    capture_begin(&c);
    log_info("session_opened", "device", "UV00", "n", log_u64(number, 42), "id",
             log_hex(hex, sizeof hex, "\x01\xfe\x03\x04", 4), "none", (const char *)NULL);
    log_debug("not_shown");
    assert_string_equal(capture_end(&c),
                        "gateway.0 info session_opened device=UV00 n=42 id=01fe0304 none=-\n");
}

static void test_log_stays_one_line_of_ascii(void **state)
{
    struct capture c;

    (void)state;
    log_init("api", LOG_LEVEL_DEBUG);
    capture_begin(&c);
    log_warn("odd", "a", "x y", "b", "", "c", "1\n2\t\"\\\x1b[0m", "d", "caf\xc3\xa9", "e", "k=v");
    assert_string_equal(
        capture_end(&c),
        "api warn odd a=\"x y\" b=\"\" c=\"1\\n2\\t\\\"\\\\\\x1b[0m\" d=\"caf\\xc3\\xa9\" e=\"k=v\"\n");
}

static void test_log_cuts_long_lines(void **state)
{
    struct capture c;
    char value[9000];
    const char *line;

    (void)state;
    log_init("api", LOG_LEVEL_INFO);
    memset(value, '\n', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    capture_begin(&c);
    log_info("long", "v", value);
    line = capture_end(&c);
    assert_true(strlen(c.text) <= 4096);
    assert_string_equal(line + strlen(line) - 4, "...\n");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_log_hex_cuts(void **state)
{
    char small[5];

    (void)state;
    assert_string_equal(log_hex(small, sizeof small, "\xaa\xbb\xcc", 3), "aabb");
}

static void test_file_write_and_read(void **state)
{
    const char *path = folder_path("small");
    char back[8];
    struct stat st;
    size_t len;

    (void)state;
    assert_int_equal(file_write(path, "hello", 5, 0600), ST_OK);
    assert_int_equal(file_write(path, "again!", 6, 0640), ST_OK); /* replaces */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(file_read(path, back, sizeof back, &len), ST_OK);
    assert_int_equal(len, 6);
    assert_memory_equal(back, "again!", 6);
    assert_int_equal(file_read(path, back, 6, &len), ST_OK); /* fits exactly */
    assert_int_equal(file_read(path, back, 5, &len), ST_TOO_LARGE);
}

static void test_file_failures(void **state)
{
    char back[8];
    size_t len;

    (void)state;
    assert_int_equal(file_read(folder_path("absent"), back, sizeof back, &len), ST_NOT_FOUND);
    assert_int_equal(file_write(folder_path("absent/file"), "x", 1, 0600), ST_IO);
    assert_int_equal(file_write(folder_path("plain"), "x", 1, 0600), ST_OK);
    assert_int_equal(file_make_folder(folder_path("plain"), 0700), ST_IO);
    assert_int_equal(file_make_folder(folder_path("sub"), 0700), ST_OK);
    assert_int_equal(file_make_folder(folder_path("sub"), 0700), ST_OK);
    assert_int_equal(file_write(folder_path("sub"), "x", 1, 0600), ST_IO); /* a folder is in the way */
}

static int setup(void **state)
{
    (void)state;
    return folder_make() == NULL;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_names),
        cmocka_unit_test(test_status_of_writes),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hex_refuses_wrong_text),
        cmocka_unit_test(test_sid_is),
        cmocka_unit_test(test_sid_making),
        cmocka_unit_test(test_clock_text),
        cmocka_unit_test(test_clock_runs),
        cmocka_unit_test(test_log_line),
        cmocka_unit_test(test_log_stays_one_line_of_ascii),
        cmocka_unit_test(test_log_cuts_long_lines),
        cmocka_unit_test(test_log_hex_cuts),
        cmocka_unit_test_setup_teardown(test_file_write_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_failures, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
