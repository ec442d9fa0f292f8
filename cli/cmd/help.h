/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made of the table of commands. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdio.h>

struct command;

void help_print_all(FILE *out);
void help_print_command(FILE *out, const struct command *command);

/* The commands that begin with a word for which cmd_is_group holds. */
void help_print_group(FILE *out, const char *word);

/* "usage: outrigger deploy DEVICE BUNDLE [options]"; command NULL: of the tool. */
void help_print_usage(FILE *out, const struct command *command);

#endif
