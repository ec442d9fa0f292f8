/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger help` and `outrigger version`: what the tool can do, and which one it is. */
#include <stdio.h>

#include "base/version.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "json/doc.h"
#include "proto/limits.h"

struct help_settings {
    const char *first, *second; /* words of a command's name */
};

static int run_help(struct cmd_env *env, const void *settings)
{
    const struct help_settings *s = settings;
    char *words[] = { (char *)(uintptr_t)s->first, (char *)(uintptr_t)s->second };
    const struct command *command;
    int used;

    if (!s->first) {
        help_print_all(stdout);
        return CLI_OK;
    }
    if (!s->second && cmd_is_group(s->first)) {
        help_print_group(stdout, s->first);
        return CLI_OK;
    }
    command = cmd_find(s->second ? 2 : 1, words, &used);
    if (!command)
        return fail_set(&env->fail, CLI_USAGE, "there is no command \"%s%s%s\"", s->first,
                        s->second ? " " : "", s->second ? s->second : "");
    help_print_command(stdout, command);
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
    .operands = (const struct args_operand[]){ { "COMMAND", offsetof(struct help_settings, first), true },
                                               { "WORD", offsetof(struct help_settings, second), true },
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
