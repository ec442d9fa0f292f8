/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger help` and `outrigger version`: what the tool can do, and which one it is. */
#include <stdio.h>

#include "base/version.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "json/doc.h"
#include "proto/limits.h"

struct help_settings {
    const char *words[3]; /* of a command's name */
};

static int run_help(struct cmd_env *env, const void *settings)
{
    const struct help_settings *s = settings;
    char *words[3] = { NULL }, name[CMD_NAME_BYTES];
    const struct command *command;
    int count = 0, used;

    while (count < 3 && s->words[count]) {
        words[count] = (char *)(uintptr_t)s->words[count];
        count++;
    }
    (void)cmd_join_words(count, words, name);
    command = cmd_find(count, words, &used);
    if (count == 0)
        help_print_all(stdout);
    else if (cmd_is_group(name))
        help_print_group(stdout, name);
    else if (command)
        help_print_command(stdout, command);
    else
        return fail_set(&env->fail, CLI_USAGE, "there is no command \"%s\"", name);
    return CLI_OK;
}

static int run_version(struct cmd_env *env, const void *settings)
{
    struct doc *version;

    (void)settings;
    if (!env->globals.is_json) {
        printf("outrigger %s (%s, minor %u)\n", CLI_VERSION, PROTO_ALPN, PROTO_MINOR);
        return CLI_OK;
    }
    version = doc_new_object();
    doc_set_text(version, "version", CLI_VERSION);
    doc_set_text(version, "protocol", PROTO_ALPN);
    doc_print(stdout, version, true);
    doc_free(version);
    return CLI_OK;
}

const struct command cmd_help = {
    .name = "help",
    .summary = "print help on a command",
    .operands = (const struct args_operand[]){ { "COMMAND", offsetof(struct help_settings, words[0]), true },
                                               { "WORD", offsetof(struct help_settings, words[1]), true },
                                               { "WORD", offsetof(struct help_settings, words[2]), true },
                                               { 0 } },
    .settings_bytes = sizeof(struct help_settings),
    .run = run_help,
};

const struct command cmd_version = {
    .name = "version",
    .summary = "print the tool's version",
    .settings_bytes = 1,
    .run = run_version,
};
