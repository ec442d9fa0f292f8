/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: what is refused, and that terminal and SVG show the modules of the same code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "label/label.h"

#define SID   "UV0123456789abcdef0123456789abcdef"
#define CLAIM "0123-4567-89AB-CDEF"
#define QUIET 4u

static struct fail fail;

static void wrong_values_are_refused(void **state)
{
    static const char *const sids[] = { "",
                                        "UV",
                                        "KA0123456789abcdef0123456789abcdef",
                                        "UV0123456789ABCDEF0123456789abcdef",
                                        SID "0",
                                        "<svg onload=alert(1)>" };
    static const char *const claims[] = { "",
                                          "0123456789ABCDEF",
                                          "0123-4567-89AB-CDE",
                                          "0123-4567-89AB-CDEI",
                                          "0123-4567-89ab-cdef",
                                          "0123-4567-89AB-CDEFG",
                                          "0123-4567-89AB<CDE" };
    struct label label;
    char prefix[4000];

    (void)state;
    for (size_t i = 0; i < sizeof(sids) / sizeof(sids[0]); i++) {
        assert_int_equal(label_make(sids[i], CLAIM, NULL, &label, &fail), CLI_FORMAT);
        label_clear(&label);
    }
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        assert_int_equal(label_make(SID, claims[i], NULL, &label, &fail), CLI_FORMAT);
        label_clear(&label);
    }
    memset(prefix, 'x', sizeof(prefix) - 1);
    prefix[sizeof(prefix) - 1] = 0;
    assert_int_equal(label_make(SID, CLAIM, prefix, &label, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "do not fit"));
    label_clear(&label);
}

/* The three corners that a reader looks for: 7 by 7, dark rim, light ring, dark heart. */
static void assert_finder(const struct qr *qr, size_t left, size_t top)
{
    for (size_t y = 0; y < 7; y++)
        for (size_t x = 0; x < 7; x++) {
            bool rim = x == 0 || x == 6 || y == 0 || y == 6, heart = x > 1 && x < 5 && y > 1 && y < 5;

            assert_int_equal(qr_is_dark(qr, left + x, top + y), rim || heart);
        }
}

static void a_code_has_its_corners(void **state)
{
    struct label label;

    (void)state;
    assert_int_equal(label_make(SID, CLAIM, "https://example.com/claim/", &label, &fail), CLI_OK);
    assert_int_equal((label.qr.size - 17) % 4, 0);
    assert_finder(&label.qr, 0, 0);
    assert_finder(&label.qr, label.qr.size - 7, 0);
    assert_finder(&label.qr, 0, label.qr.size - 7);
    assert_false(qr_is_dark(&label.qr, label.qr.size, 0));
    label_clear(&label);
}

/* Next cell of the terminal's text: upper and lower half light? */
static const char *take_cell(const char *at, bool *upper, bool *lower)
{
    if (*at == ' ') {
        *upper = *lower = false;
        return at + 1;
    }
    assert_true(strncmp(at, "\u2580", 3) == 0 || strncmp(at, "\u2584", 3) == 0 ||
                strncmp(at, "\u2588", 3) == 0);
    *upper = strncmp(at, "\u2584", 3) != 0;
    *lower = strncmp(at, "\u2580", 3) != 0;
    return at + 3;
}

static void the_terminal_shows_every_module(void **state)
{
    struct label label;
    char *text = NULL;
    const char *at;
    size_t len, side;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_int_equal(label_make(SID, CLAIM, NULL, &label, &fail), CLI_OK);
    label_print_terminal(out, &label);
    assert_int_equal(fclose(out), 0);
    at = text;
    side = label.qr.size + 2 * QUIET;
    for (size_t y = 0; y < side; y += 2, at++) {
        for (size_t x = 0; x < side; x++) {
            bool upper, lower;

            at = take_cell(at, &upper, &lower);
            assert_int_equal(upper, x < QUIET || y < QUIET || !qr_is_dark(&label.qr, x - QUIET, y - QUIET));
            if (y + 1 < side)
                assert_int_equal(lower, x < QUIET || y + 1 < QUIET ||
                                            !qr_is_dark(&label.qr, x - QUIET, y + 1 - QUIET));
        }
        assert_int_equal(*at, '\n');
    }
    assert_int_equal(*at, 0);
    free(text);
    label_clear(&label);
}

static void the_file_has_every_module_and_the_words(void **state)
{
    char path[] = "/tmp/outrigger-label-XXXXXX", module[32];
    struct label label;
    unsigned char *svg;
    size_t len, dark = 0, drawn = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(label_make(SID, CLAIM, NULL, &label, &fail), CLI_OK);
    assert_int_equal(label_write_svg(&label, path, &fail), CLI_IO); /* not replaced */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(label_write_svg(&label, path, &fail), CLI_OK);
    assert_int_equal(file_load(path, 100000, &svg, &len, &fail), CLI_OK);
    for (size_t y = 0; y < label.qr.size; y++)
        for (size_t x = 0; x < label.qr.size; x++) {
            (void)snprintf(module, sizeof(module), "M%zu %zuh1", x + QUIET, y + QUIET);
            dark += qr_is_dark(&label.qr, x, y);
            assert_int_equal(strstr((char *)svg, module) != NULL, qr_is_dark(&label.qr, x, y));
        }
    for (const char *at = (char *)svg; (at = strstr(at, "h1v1h-1z")) != NULL; at++)
        drawn++;
    assert_int_equal(drawn, dark);
    assert_non_null(strstr((char *)svg, ">UV0123456789abcde</text>"));
    assert_non_null(strstr((char *)svg, ">f0123456789abcdef</text>"));
    assert_non_null(strstr((char *)svg, ">" CLAIM "</text>"));
    mem_free(svg);
    assert_int_equal(unlink(path), 0);
    label_clear(&label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(a_code_has_its_corners),
        cmocka_unit_test(the_terminal_shows_every_module),
        cmocka_unit_test(the_file_has_every_module_and_the_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
