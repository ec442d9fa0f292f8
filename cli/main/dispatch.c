/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the command, parses its options, runs it, tells how it ended. The only place where failures are
 * printed. */
#include "main/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args/args.h"
#include "base/mem.h"
#include "base/status.h"
#include "cmd/cmd.h"
#include "cmd/help.h"
#include "rest/rest.h"

/* Output that did not reach its file must not look like success. */
static int check_output(int status, struct fail *fail)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status)
        return status;
    if (errno == EPIPE)
        return CLI_PIPE_CLOSED;
    return fail_set(fail, CLI_IO, "cannot write to standard output: %s", strerror(errno));
}

static void tell(int status, const struct command *command, const struct fail *fail)
{
    if (status == CLI_OK || status == CLI_PIPE_CLOSED)
        return; /* whoever closed the pipe knows */
    if (fail->text[0])
        fprintf(stderr, "outrigger: %s\n", fail->text);
    if (status == CLI_USAGE)
        help_print_usage(stderr, command);
}

static int run_command(const struct command *command, struct cmd_env *env, int argc, char *argv[])
{
    void *settings = mem_new(command->settings_bytes);
    struct args_target targets[] = { { command->options, settings }, { cmd_global_options, &env->globals } };
    int status = args_parse(argc, argv, targets, 2, command->operands, &env->fail);

    if (env->globals.wants_help) {
        help_print_command(stdout, command);
        status = CLI_OK;
    } else if (!status) {
        status = command->run(env, settings);
    }
    rest_close(env->rest);
    mem_free(settings);
    return check_output(status, &env->fail);
}

static int unknown(int argc, char *argv[], struct fail *fail)
{
    char group[CMD_NAME_BYTES];

    if (argc == 0)
        return fail_set(fail, CLI_USAGE, "no command was given; `outrigger help` lists them");
    if (cmd_join_words(argc, argv, group) == argc && cmd_is_group(group))
        return fail_set(fail, CLI_USAGE, "which of the commands of \"%s\"? `outrigger help %s` lists them",
                        group, group);
    return fail_set(fail, CLI_USAGE, "there is no command \"%s%s%s\"; `outrigger help` lists them", argv[0],
                    argc > 1 && argv[1][0] != '-' ? " " : "", argc > 1 && argv[1][0] != '-' ? argv[1] : "");
}

/* Without a command: help on all, or on a group of commands as in `outrigger apps --help`. False: not asked. */
static bool help(int argc, char *argv[], bool is_wanted)
{
    char group[CMD_NAME_BYTES];
    int words = cmd_join_words(argc, argv, group);

    if (argc == 0 && is_wanted)
        help_print_all(stdout);
    else if (argc == words + 1 && cmd_is_group(group) &&
             (strcmp(argv[words], "--help") == 0 || strcmp(argv[words], "-h") == 0))
        help_print_group(stdout, group);
    else
        return false;
    return true;
}

int dispatch(int argc, char *argv[])
{
    struct cmd_env env = { .fail = { "" } };
    struct args_target globals = { cmd_global_options, &env.globals };
    const struct command *command = NULL;
    int used = 0, words = 0;
    int status;

    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        argv[1] += 2; /* another name of the command */
    status = args_parse_leading(argc - 1, argv + 1, &globals, &used, &env.fail);
    argc -= 1 + used;
    argv += 1 + used;
    if (!status && help(argc, argv, env.globals.wants_help)) {
        status = check_output(CLI_OK, &env.fail);
    } else if (!status) {
        command = cmd_find(argc, argv, &words);
        status =
            command ? run_command(command, &env, argc - words, argv + words) : unknown(argc, argv, &env.fail);
    }
    tell(status, command, &env.fail);
    return status_exit_code(status);
}
