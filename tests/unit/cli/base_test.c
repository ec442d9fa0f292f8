/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings, buffers, files and failure words. */
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

#include "base/base16.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"

/* RFC 4648 section 10. */
static const char *const base64_vectors[][2] = { { "", "" },
                                                 { "f", "Zg==" },
                                                 { "fo", "Zm8=" },
                                                 { "foo", "Zm9v" },
                                                 { "foob", "Zm9vYg==" },
                                                 { "fooba", "Zm9vYmE=" },
                                                 { "foobar", "Zm9vYmFy" } };

static void base64_has_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(base64_vectors) / sizeof(base64_vectors[0]); i++) {
        const char *plain = base64_vectors[i][0], *coded = base64_vectors[i][1];
        char text[16];
        unsigned char bytes[16];
        size_t len;

        base64_to_text((const unsigned char *)plain, strlen(plain), text);
        assert_string_equal(text, coded);
        assert_true(base64_from_text(coded, bytes, sizeof(bytes), &len));
        assert_int_equal(len, strlen(plain));
        assert_memory_equal(bytes, plain, len);
    }
}

static void base64_refuses_what_is_not_exact(void **state)
{
    static const char *const wrong[] = { "Z",    "Zg",   "Zg=",      "Zg= =", "Zh==",   "Zm9=", "====",
                                         "Z===", "=Zg=", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_", "Zg=a" };
    unsigned char bytes[16];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(base64_from_text(wrong[i], bytes, sizeof(bytes), &len));
    assert_false(base64_from_text("Zm9vYmFy", bytes, 5, &len)); /* more than there is room for */
}

static void base16_takes_both_cases_and_exact_lengths(void **state)
{
    unsigned char bytes[3];
    char text[7];

    (void)state;
    assert_true(base16_decode("00fFA9", bytes, 3));
    base16_encode(bytes, 3, text);
    assert_string_equal(text, "00ffa9");
    assert_false(base16_decode("00ff", bytes, 3));
    assert_false(base16_decode("00ffa900", bytes, 3));
    assert_false(base16_decode("00ffg9", bytes, 3));
}

static void a_buffer_never_passes_its_cap(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    assert_string_equal(buf_text(&b), "");
    assert_true(buf_add(&b, "abc", 3));
    assert_false(buf_add(&b, "def", 3));
    assert_true(buf_add(&b, "de", 2));
    assert_string_equal(buf_text(&b), "abcde");
    assert_false(buf_add(&b, "f", 1));
    buf_clear(&b);
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    char path[] = "/tmp/outrigger-file-XXXXXX";
    int fd = mkstemp(path);
    unsigned char *data;
    size_t len;
    struct fail fail;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789", 10), 10);
    assert_int_equal(close(fd), 0);
    assert_int_equal(file_load(path, 10, &data, &len, &fail), CLI_OK);
    assert_int_equal(len, 10);
    assert_string_equal((char *)data, "0123456789");
    mem_free(data);
    assert_int_equal(file_load(path, 9, &data, &len, &fail), CLI_IO);
    assert_non_null(strstr(fail.text, "too large"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(file_load(path, 10, &data, &len, &fail), CLI_IO);
    assert_non_null(strstr(fail.text, path));
}

static void a_file_is_made_whole_and_never_replaced(void **state)
{
    char path[] = "/tmp/outrigger-base-XXXXXX";
    struct stat about;
    unsigned char *data;
    struct fail fail;
    size_t len;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(file_create(path, true, "new", 3, &fail), CLI_IO);
    assert_non_null(strstr(fail.text, "is not replaced"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(file_create(path, true, "new", 3, &fail), CLI_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(file_load(path, 10, &data, &len, &fail), CLI_OK);
    assert_string_equal((char *)data, "new");
    mem_free(data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(file_create("/nowhere/at/all", false, "new", 3, &fail), CLI_IO);
    assert_non_null(strstr(fail.text, "/nowhere/at/all"));
}

static void failure_words_hold_no_control_characters(void **state)
{
    struct fail fail;
    char longer[2 * FAIL_TEXT_BYTES];

    (void)state;
    assert_int_equal(fail_set(&fail, CLI_IO, "a\033[2J%s\n", "b\r"), CLI_IO);
    assert_string_equal(fail.text, "a?[2Jb??");
    fail_prefix(&fail, "file\t");
    assert_string_equal(fail.text, "file?: a?[2Jb??");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    (void)fail_set(&fail, CLI_IO, "%s", longer);
    assert_int_equal(strlen(fail.text), FAIL_TEXT_BYTES - 1);
    fail_prefix(&fail, longer);
    assert_non_null(strstr(fail.text, "x: x")); /* both sides are still there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_has_the_vectors_of_the_rfc),
        cmocka_unit_test(base64_refuses_what_is_not_exact),
        cmocka_unit_test(base16_takes_both_cases_and_exact_lengths),
        cmocka_unit_test(a_buffer_never_passes_its_cap),
        cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
        cmocka_unit_test(a_file_is_made_whole_and_never_replaced),
        cmocka_unit_test(failure_words_hold_no_control_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
