/* SPDX-License-Identifier: Apache-2.0 */
/* Options and operands from tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "args/args.h"
#include "base/status.h"

struct things {
    const char *first, *second, *text;
    struct args_u32 number;
    enum args_switch light;
    bool flag;
};

struct others {
    bool verbose;
};

#define AT(member) offsetof(struct things, member)

static const struct args_operand operands[] = { { "FIRST", AT(first), false },
                                                { "SECOND", AT(second), true },
                                                { 0 } };
static const struct args_option options[] = {
    { .name = "text",
      .alias = "words",
      .letter = 't',
      .kind = ARGS_TEXT,
      .offset = AT(text),
      .value = "TEXT",
      .help = "x" },
    { .name = "number",
      .letter = 'n',
      .kind = ARGS_U32,
      .offset = AT(number),
      .value = "N",
      .least = 5,
      .most = 4294967295u,
      .help = "x" },
    { .name = "light", .kind = ARGS_SWITCH, .offset = AT(light), .help = "x" },
    { .name = "flag", .letter = 'f', .kind = ARGS_FLAG, .offset = AT(flag), .help = "x" },
    { .name = NULL },
};
static const struct args_option other_options[] = {
    { .name = "verbose", .kind = ARGS_FLAG, .offset = offsetof(struct others, verbose), .help = "x" },
    { .name = NULL },
};

static struct things things;
static struct others others;
static struct fail fail;

/* Parses words separated by single spaces. */
static int parse(const char *line)
{
    static char copy[256];
    char *argv[16], *rest = copy;
    int argc = 0;
    struct args_target targets[] = { { options, &things }, { other_options, &others } };

    things = (struct things){ 0 };
    others = (struct others){ 0 };
    fail.text[0] = 0;
    (void)snprintf(copy, sizeof(copy), "%s", line);
    while (*line && (argv[argc] = strsep(&rest, " ")))
        argc++;
    return args_parse(argc, argv, targets, 2, operands, &fail);
}

static void every_form_of_an_option_is_taken(void **state)
{
    static const char *const forms[] = { "a --text=hello --number=7 --flag", "--text hello a -n 7 -f",
                                         "--words hello --number 0x7 --flag a", "-t hello -f -n 7 a" };

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(parse(forms[i]), CLI_OK);
        assert_string_equal(things.first, "a");
        assert_string_equal(things.text, "hello");
        assert_true(things.number.set && things.number.value == 7);
        assert_true(things.flag);
        assert_null(things.second);
    }
}

static void options_of_all_targets_are_known(void **state)
{
    (void)state;
    assert_int_equal(parse("a --verbose --light on b"), CLI_OK);
    assert_true(others.verbose);
    assert_int_equal(things.light, ARGS_ON);
    assert_string_equal(things.second, "b");
    assert_int_equal(parse("a --light off"), CLI_OK);
    assert_int_equal(things.light, ARGS_OFF);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_int_equal(parse("-- --flag -x"), CLI_OK);
    assert_string_equal(things.first, "--flag");
    assert_string_equal(things.second, "-x");
    assert_false(things.flag);
    assert_int_equal(parse("-"), CLI_OK); /* standard input */
    assert_string_equal(things.first, "-");
}

static void wrong_usage_is_named(void **state)
{
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "", "FIRST is missing" },
        { "--flag", "FIRST is missing" },
        { "a b c", "\"c\" is one argument too many" },
        { "a --nothing", "unknown option --nothing" },
        { "a --nothing=5", "unknown option --nothing" },
        { "a -x", "unknown option -x" },
        { "a -fn", "unknown option -fn" },
        { "a --tex x", "unknown option --tex" },
        { "a --text", "--text needs a value: TEXT" },
        { "a --flag=1", "--flag takes no value" },
        { "a --number 4", "from 5 to 4294967295" },
        { "a --number 4294967296", "from 5 to 4294967295" },
        { "a --number -7", "from 5" },
        { "a --number 7x", "\"7x\"" },
        { "a --number=", "from 5" },
        { "a --number 99999999999999999999999", "from 5" },
        { "a --light maybe", "must be on or off" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(cases[i].line), CLI_USAGE);
        assert_non_null(strstr(fail.text, cases[i].words));
    }
}

static void leading_options_stop_at_the_command(void **state)
{
    char *argv[] = { "--text", "x", "--flag", "deploy", "--number", "7" };
    struct args_target target = { options, &things };
    int used = -1;

    (void)state;
    things = (struct things){ 0 };
    assert_int_equal(args_parse_leading(6, argv, &target, &used, &fail), CLI_OK);
    assert_int_equal(used, 3);
    assert_true(things.flag);
    assert_false(things.number.set);
}

static void help_is_made_of_the_tables(void **state)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    args_print_operands(out, operands);
    fputc('\n', out);
    args_print_options(out, options);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, " FIRST [SECOND]\n"
                              "  -t, --text, --words TEXT          x\n"
                              "  -n, --number N                    x\n"
                              "  --light on|off                    x\n"
                              "  -f, --flag                        x\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_an_option_is_taken),
        cmocka_unit_test(options_of_all_targets_are_known),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(wrong_usage_is_named),
        cmocka_unit_test(leading_options_stop_at_the_command),
        cmocka_unit_test(help_is_made_of_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
