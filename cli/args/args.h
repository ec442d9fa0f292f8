/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command line options and operands from tables.
 *
 * A command has a plain struct of its settings and a table that says which option goes into which member; the
 * parser fills the struct and the help text is generated from the same table. Text is borrowed from argv.
 */
#ifndef ARGS_ARGS_H
#define ARGS_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fail.h"

enum args_kind {
    ARGS_FLAG,  /* bool */
    ARGS_TEXT,  /* const char * */
    ARGS_U32,   /* struct args_u32; decimal, or hexadecimal with 0x */
    ARGS_SWITCH /* enum args_switch: on or off */
};

struct args_u32 {
    bool set;
    uint32_t value;
};

enum args_switch { ARGS_UNSET, ARGS_ON, ARGS_OFF };

struct args_option {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *alias; /* another name of the same option, or NULL */
    char letter;       /* one-letter form, or 0 */
    enum args_kind kind;
    size_t offset;        /* of the member in the settings struct */
    const char *value;    /* name of the value in the help, e.g. "FILE"; NULL for flags */
    const char *help;     /* one line */
    uint32_t least, most; /* ARGS_U32 */
};

struct args_operand {
    const char *name; /* e.g. "DEVICE"; NULL ends a table */
    size_t offset;    /* of a const char * */
    bool optional;
};

/* One table and the struct that it fills. */
struct args_target {
    const struct args_option *options;
    void *settings;
};

/*
 * Parses argv[0..argc) (no program name). Options may stand anywhere, as --name VALUE, --name=VALUE, -x
 * VALUE; "--" ends them. Each option is looked up in the targets in order. Operands go to the settings of the
 * first target. CLI_USAGE with words when something is unknown, missing, repeated or out of range.
 */
int args_parse(int argc, char *const argv[], const struct args_target *targets, size_t target_count,
               const struct args_operand *operands, struct fail *fail);

/* Options in front of the first word that is none, e.g. those before the command. Returns how many of argv
 * were used in *used. */
int args_parse_leading(int argc, char *const argv[], const struct args_target *target, int *used,
                       struct fail *fail);

/* Help: " OPERAND [OPTIONAL]" and the list of options, aligned. */
void args_print_operands(FILE *out, const struct args_operand *operands);
void args_print_options(FILE *out, const struct args_option *options);

#endif
