/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, log lines, and text made safe for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "output/fields.h"
#include "output/logline.h"
#include "output/table.h"
#include "output/visible.h"

static char *printed;
static size_t printed_len;

static FILE *begin(void)
{
    free(printed);
    printed = NULL;
    return open_memstream(&printed, &printed_len);
}

static const char *end(FILE *out)
{
    assert_int_equal(fclose(out), 0);
    return printed;
}

static const char *table_text(const char *const cells[], size_t count, size_t width)
{
    static const char *const headers[] = { "ID", "A LONG NAME", "C", NULL };
    struct table *table = table_new(headers);
    FILE *out = begin();

    for (size_t i = 0; i < count; i++)
        table_add(table, cells[i]);
    table_print(table, out, width);
    table_free(table);
    return end(out);
}

static void a_table_is_as_wide_as_needed(void **state)
{
    static const char *const cells[] = { "1", "x", NULL, "22", "caf\xc3\xa9", "" };

    (void)state;
    assert_string_equal(table_text(cells, 6, 0), "ID  A LONG NAME  C\n"
                                                 "1   x            -\n"
                                                 "22  caf\xc3\xa9         -\n");
}

static void a_table_gives_way_to_the_terminal(void **state)
{
    static const char *const cells[] = { "1", "0123456789012345678901234567890123456789", "c" };
    const char *text = table_text(cells, 3, 30), *line = text;

    (void)state;
    while (*line) {
        size_t len = strcspn(line, "\n");
        char copy[200];

        (void)snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
        assert_true(visible_columns(copy) <= 30);
        line += len + 1;
    }
    assert_non_null(strstr(text, "\xe2\x80\xa6"));                /* cut text says so */
    assert_null(strstr(table_text(cells, 3, 0), "\xe2\x80\xa6")); /* never in a pipe */
    assert_non_null(table_text(cells, 3, 1)); /* too narrow for anything: no endless loop */
}

static void control_characters_never_get_through(void **state)
{
    char *safe = visible_text("a\033[2J\x07\n\t\x7f\xc2\x9b"
                              "caf\xc3\xa9\xff");

    (void)state;
    assert_string_equal(safe, "a\\x1b[2J\\x07\\n\\t\\x7f\\x9b"
                              "caf\xc3\xa9\xff");
    mem_free(safe);
}

static void log_lines_have_the_form_of_the_original(void **state)
{
    FILE *out = begin();

    (void)state;
    logline_print(out, "2023-11-13T15:55:07.068150Z", "connection",
                  "Connection established for device UVecc9", 0);
    logline_print(out, "2023-11-13T15:55:08.696478Z", "ota_update", "INSTALLING_APP", 0);
    logline_print(out, "2023-11-13T15:55:08.872023Z", "app_logging", "Ping 0\n", 0);
    assert_string_equal(end(out),
                        "2023-11-13T15:55:07.068150Z [connection]  Connection established for device UVecc9\n"
                        "2023-11-13T15:55:08.696478Z [ota_update]  INSTALLING_APP\n"
                        "2023-11-13T15:55:08.872023Z [app_logging] Ping 0\n");
}

static void log_lines_cannot_be_forged(void **state)
{
    FILE *out = begin();

    (void)state;
    logline_print(out, "T", "app_logging", "one\nT [ota_update]  COMPLETE\r\n", 2);
    assert_string_equal(end(out), "T [app_logging] (2 lines lost)\n"
                                  "T [app_logging] one\n"
                                  "                T [ota_update]  COMPLETE\n");
}

static void fields_stand_in_two_columns(void **state)
{
    FILE *out = begin();

    (void)state;
    fields_print(out, "sid", "UV");
    fields_print(out, "name", NULL);
    fields_print_format(out, "n", "%d", 7);
    assert_string_equal(end(out), "sid                         UV\nname                        -\n"
                                  "n                           7\n");
}

static int clean_up(void **state)
{
    (void)state;
    free(printed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_as_wide_as_needed),
        cmocka_unit_test(a_table_gives_way_to_the_terminal),
        cmocka_unit_test(control_characters_never_get_through),
        cmocka_unit_test(log_lines_have_the_form_of_the_original),
        cmocka_unit_test(log_lines_cannot_be_forged),
        cmocka_unit_test(fields_stand_in_two_columns),
    };

    return cmocka_run_group_tests(tests, NULL, clean_up);
}
