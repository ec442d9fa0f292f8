/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made of the table of commands. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdio.h>

struct command;

void help_print_all(FILE *out);
void help_print_command(FILE *out, const struct command *command);

/* "usage: outrigger deploy DEVICE BUNDLE [options]"; command NULL: of the tool. */
void help_print_usage(FILE *out, const struct command *command);

#endif
