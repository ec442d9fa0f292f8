/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, help, and exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "cmd/cmd.h"
#include "cmd/help.h"
#include "main/dispatch.h"

/* Points standard output and error elsewhere and back: what the tool prints is not this program's report. */
static void redirect(const int fds[2])
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    assert_true(dup2(fds[0], STDOUT_FILENO) >= 0 && dup2(fds[1], STDERR_FILENO) >= 0);
}

/* Runs a command line of words separated by single spaces with its output thrown away. */
static int run(const char *line)
{
    char copy[256], name[] = "outrigger", *argv[16] = { name }, *rest = copy;
    int own[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) }, away = open("/dev/null", O_WRONLY);
    int argc = 1, code;

    (void)snprintf(copy, sizeof(copy), "%s", line);
    while (*line && (argv[argc] = strsep(&rest, " ")))
        argc++;
    argv[argc] = NULL;
    redirect((const int[]){ away, away });
    code = dispatch(argc, argv);
    redirect(own);
    (void)close(own[0]);
    (void)close(own[1]);
    (void)close(away);
    return code;
}

static void wrong_usage_has_its_own_exit_code(void **state)
{
    static const char *const wrong[] = { "",
                                         "nonsense",
                                         "apps",
                                         "apps nonsense",
                                         "--nonsense",
                                         "deploy",
                                         "deploy device",
                                         "version more",
                                         "bundle in out --nonsense",
                                         "bundle in out --watchdog-ms 1",
                                         "microvisors",
                                         "microvisors bundle",
                                         "microvisors bundle image --version 1",
                                         "microvisors bundle image --key k.pem",
                                         "--account a --token t microvisors update m",
                                         "--account a --token t microvisors update m --default maybe",
                                         "--account a --token t devices update d",
                                         "--account a --token t devices update d --revoke --unrevoke",
                                         "--account a --token t devices update d --wait --restart",
                                         "--account a --token t devices update d --timeout 5",
                                         "--account a --token t devices revoke",
                                         "--account a --token t devices restore d more",
                                         "--account a --token t provision",
                                         "recover image",
                                         "recover --serial x",
                                         "--account a --token t provision --serial x --gateway nonsense",
                                         "--url nonsense --account a --token t apps list",
                                         "factory",
                                         "factory nonsense",
                                         "factory image",
                                         "factory image -o x",
                                         "factory image -o x --microvisor y --board nonsense",
                                         "factory tokens",
                                         "factory tokens create",
                                         "--account a --token t factory tokens create x",
                                         "factory tokens create x --max-devices 0",
                                         "factory label",
                                         "help factory nonsense",
                                         "help nonsense" };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(run(wrong[i]), EXIT_CODE_USAGE);
}

static void help_and_failures_have_theirs(void **state)
{
    (void)state;
    assert_int_equal(run("--help"), EXIT_CODE_OK);
    assert_int_equal(run("help"), EXIT_CODE_OK);
    assert_int_equal(run("help bundle"), EXIT_CODE_OK);
    assert_int_equal(run("help bundle show"), EXIT_CODE_OK);
    assert_int_equal(run("deploy --help"), EXIT_CODE_OK);
    assert_int_equal(run("version --json"), EXIT_CODE_OK);
    assert_int_equal(run("--version"), EXIT_CODE_OK);
    assert_int_equal(run("help apps"), EXIT_CODE_OK);
    assert_int_equal(run("apps --help"), EXIT_CODE_OK);
    assert_int_equal(run("microvisors --help"), EXIT_CODE_OK);
    assert_int_equal(run("microvisors bundle --help"), EXIT_CODE_OK);
    assert_int_equal(run("microvisors bundle /nowhere/at/all --key k --version 1"), EXIT_CODE_FAILURE);
    assert_int_equal(run("devices -h"), EXIT_CODE_OK);
    assert_int_equal(run("factory -h"), EXIT_CODE_OK);
    assert_int_equal(run("help factory"), EXIT_CODE_OK);
    assert_int_equal(run("help factory image"), EXIT_CODE_OK);
    assert_int_equal(run("factory tokens --help"), EXIT_CODE_OK);
    assert_int_equal(run("help factory tokens"), EXIT_CODE_OK);
    assert_int_equal(run("help factory tokens create"), EXIT_CODE_OK);
    assert_int_equal(run("factory label UV0123456789abcdef0123456789abcdef 0123-4567-89AB-CDEF"),
                     EXIT_CODE_OK);
    assert_int_equal(run("factory label UV0123456789abcdef0123456789abcdef wrong"), EXIT_CODE_FAILURE);
    assert_int_equal(run("bundle /nowhere/at/all /nowhere/at.zip"), EXIT_CODE_FAILURE);
    assert_int_equal(run("bundle show /nowhere/at/all"), EXIT_CODE_FAILURE);
    assert_int_equal(run("--url http://127.0.0.1:1 --account a --token t apps list"), EXIT_CODE_FAILURE);
}

static void the_longest_name_is_the_command(void **state)
{
    char bundle[] = "bundle", show[] = "show", file[] = "x";
    char *with[] = { bundle, show, file }, *without[] = { bundle, file, show };
    int words;

    (void)state;
    assert_string_equal(cmd_find(3, with, &words)->name, "bundle show");
    assert_int_equal(words, 2);
    assert_string_equal(cmd_find(3, without, &words)->name, "bundle");
    assert_int_equal(words, 1);
    assert_null(cmd_find(0, with, &words));
}

static void a_group_is_listed_without_the_others(void **state)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_true(cmd_is_group("apps") && cmd_is_group("devices"));
    assert_false(cmd_is_group("bundle") || cmd_is_group("app") || cmd_is_group("") ||
                 cmd_is_group("apps list"));
    help_print_group(out, "apps");
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "apps list"));
    assert_null(strstr(text, "devices"));
    free(text);
}

static void every_command_is_complete(void **state)
{
    (void)state;
    for (const struct command *const *c = cmd_table; *c; c++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        assert_true((*c)->run && (*c)->summary && (*c)->settings_bytes > 0);
        help_print_command(out, *c);
        assert_int_equal(fclose(out), 0);
        assert_non_null(strstr(text, (*c)->name));
        for (const struct args_option *o = (*c)->options; o && o->name; o++) {
            assert_non_null(strstr(text, o->name));
            assert_true(o->offset < (*c)->settings_bytes);
            assert_true(o->kind == ARGS_FLAG || o->kind == ARGS_SWITCH || o->value);
            assert_true(o->kind != ARGS_U32 || o->most > o->least);
        }
        free(text);
    }
}

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(setenv("XDG_CONFIG_HOME", "/nowhere/at/all", 1), 0);
    assert_int_equal(
        unsetenv("OUTRIGGER_ACCOUNT") || unsetenv("OUTRIGGER_TOKEN") || unsetenv("OUTRIGGER_CREDENTIALS"), 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_has_its_own_exit_code),
        cmocka_unit_test(help_and_failures_have_theirs),
        cmocka_unit_test(the_longest_name_is_the_command),
        cmocka_unit_test(a_group_is_listed_without_the_others),
        cmocka_unit_test(every_command_is_complete),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
