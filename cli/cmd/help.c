/* SPDX-License-Identifier: Apache-2.0 */
/* Prints help. Everything that is said about a command stands in its own table. */
#include "cmd/help.h"

#include <string.h>

#include "cmd/cmd.h"

void help_print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "usage: outrigger %s", command ? command->name : "COMMAND");
    if (command)
        args_print_operands(out, command->operands);
    fputs(command && !command->options ? "\n" : " [options]\n", out);
}

void help_print_command(FILE *out, const struct command *command)
{
    help_print_usage(out, command);
    fprintf(out, "\n%s\n", command->summary);
    if (command->details)
        fprintf(out, "%s", command->details);
    if (command->options) {
        fputs("\noptions:\n", out);
        args_print_options(out, command->options);
    }
    fputs("\noptions of every command:\n", out);
    args_print_options(out, cmd_global_options);
}

/* Those that begin with a text; "" is all. */
static void print_commands(FILE *out, const char *begin)
{
    fputs("\ncommands:\n", out);
    for (const struct command *const *c = cmd_table; *c; c++)
        if (strncmp((*c)->name, begin, strlen(begin)) == 0)
            fprintf(out, "  %-23s%s\n", (*c)->name, (*c)->summary);
}

void help_print_group(FILE *out, const char *word)
{
    fprintf(out, "usage: outrigger %s COMMAND [options]\n", word);
    print_commands(out, word);
    fprintf(out, "\n`outrigger help %s COMMAND` tells more.\n", word);
}

void help_print_all(FILE *out)
{
    help_print_usage(out, NULL);
    fputs("\nManages microcontrollers through an Outrigger server.\n", out);
    print_commands(out, "");
    fputs("\noptions of every command:\n", out);
    args_print_options(out, cmd_global_options);
    fputs("\nAddress, account and token come from options, then the environment (OUTRIGGER_URL, "
          "OUTRIGGER_ACCOUNT,\n"
          "OUTRIGGER_TOKEN, OUTRIGGER_CACERT, OUTRIGGER_CREDENTIALS), then the configuration file (`url = "
          "...`).\n"
          "\nexit codes: 0 done, 1 failed, 2 wrong usage, 3 the device is provisioned already, 130 "
          "interrupted\n"
          "\n`outrigger help COMMAND` tells more.\n",
          out);
}
