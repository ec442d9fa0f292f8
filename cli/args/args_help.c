/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the help of option and operand tables: "  -k, --name VALUE   what it does", texts in one column. */
#include "args/args.h"

#include <string.h>

#define HELP_INDENT_CHARS 2
#define HELP_COLUMN_CHARS 36 /* where texts start; a longer option gets a line of its own */
#define HELP_OPTION_CHARS 120

void args_print_operands(FILE *out, const struct args_operand *operands)
{
    for (; operands && operands->name; operands++)
        fprintf(out, operands->optional ? " [%s]" : " %s", operands->name);
}

static const char *value_name(const struct args_option *option)
{
    if (option->kind == ARGS_SWITCH)
        return "on|off";
    return option->kind == ARGS_FLAG ? NULL : option->value;
}

static void print_option(FILE *out, const struct args_option *option)
{
    char left[HELP_OPTION_CHARS], letter[8] = "";
    const char *value = value_name(option);
    int len;

    if (option->letter)
        (void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    len = snprintf(left, sizeof(left), "%*s%s--%s%s%s%s%s", HELP_INDENT_CHARS, "", letter, option->name,
                   option->alias ? ", --" : "", option->alias ? option->alias : "", value ? " " : "",
                   value ? value : "");
    if (len > HELP_COLUMN_CHARS - 2)
        fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN_CHARS, "", option->help);
    else
        fprintf(out, "%-*s%s\n", HELP_COLUMN_CHARS, left, option->help);
}

void args_print_options(FILE *out, const struct args_option *options)
{
    for (; options && options->name; options++)
        print_option(out, options);
}
