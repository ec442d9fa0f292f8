/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands: a row each in the table of commands.c, from which dispatch and help are made.
 *
 * A new command is a file with its settings struct, its tables, its function and a `const struct command`,
 * and a row.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "args/args.h"
#include "base/fail.h"
#include "base/status.h"
#include "conf/settings.h"

struct rest;

/* Options that every command takes. */
struct cmd_globals {
    struct settings_level server;
    const char *config;
    bool is_json, wants_help;
};

extern const struct args_option cmd_global_options[];

/* What a command may use while it runs. */
struct cmd_env {
    struct cmd_globals globals;
    struct rest *rest; /* after cmd_open_rest; closed by main */
    struct fail fail;  /* words for whatever the command returns */
};

struct command {
    const char *name;    /* one to three words: "deploy", "apps list", "factory tokens create" */
    const char *summary; /* one line */
    const char *details; /* further lines of the help, or NULL */
    const struct args_operand *operands;
    const struct args_option *options;
    size_t settings_bytes; /* of the struct that operands and options fill */
    int (*run)(struct cmd_env *env, const void *settings);
};

/* All commands, in the order of the help, ended by NULL. */
extern const struct command *const cmd_table[];

/* Finds the command that argv begins with; *words of argv are its name. NULL: unknown. */
const struct command *cmd_find(int argc, char *const argv[], int *words);

/* Is it how commands of more words begin, and none by itself, like "apps" or "factory tokens"? */
bool cmd_is_group(const char *name);

/* Joins the leading words of argv that are no options with blanks, cutting what does not fit: how many they are. */
#define CMD_NAME_BYTES 64
int cmd_join_words(int argc, char *const argv[], char name[CMD_NAME_BYTES]);

/* Loads the settings and opens env->rest. */
int cmd_open_rest(struct cmd_env *env);

#endif
