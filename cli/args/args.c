/* SPDX-License-Identifier: Apache-2.0 */
/* Parses options and operands into settings structs by their tables. Knows no command. */
#include "args/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Where the parser stands. */
struct cursor {
    int argc;
    char *const *argv;
    int at;
};

struct found {
    const struct args_option *option;
    void *member;
};

static bool name_matches(const struct args_option *option, const char *name, size_t len)
{
    const char *names[] = { option->name, option->alias };

    for (int i = 0; i < 2; i++)
        if (names[i] && strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return true;
    return false;
}

/* name: behind the dashes. letter: it is a one-letter option. */
static bool find(const struct args_target *targets, size_t count, const char *name, size_t len, bool letter,
                 struct found *found)
{
    for (size_t t = 0; t < count; t++)
        for (const struct args_option *o = targets[t].options; o && o->name; o++)
            if (letter ? len == 1 && o->letter == name[0] : name_matches(o, name, len)) {
                found->option = o;
                found->member = (char *)targets[t].settings + o->offset;
                return true;
            }
    return false;
}

static int take_u32(const struct args_option *option, const char *text, struct args_u32 *out,
                    struct fail *fail)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value < option->least || value > option->most)
        return fail_set(fail, CLI_USAGE, "--%s is \"%s\", but must be a number from %u to %u", option->name,
                        text, option->least, option->most);
    *out = (struct args_u32){ .set = true, .value = (uint32_t)value };
    return CLI_OK;
}

static int take_switch(const struct args_option *option, const char *text, enum args_switch *out,
                       struct fail *fail)
{
    if (strcmp(text, "on") == 0)
        *out = ARGS_ON;
    else if (strcmp(text, "off") == 0)
        *out = ARGS_OFF;
    else
        return fail_set(fail, CLI_USAGE, "--%s is \"%s\", but must be on or off", option->name, text);
    return CLI_OK;
}

static int take_value(const struct found *found, const char *text, struct fail *fail)
{
    switch (found->option->kind) {
    case ARGS_U32:
        return take_u32(found->option, text, found->member, fail);
    case ARGS_SWITCH:
        return take_switch(found->option, text, found->member, fail);
    default:
        *(const char **)found->member = text;
        return CLI_OK;
    }
}

static int take_found(struct cursor *c, const struct found *found, const char *attached, struct fail *fail)
{
    const char *name = found->option->name;

    if (found->option->kind == ARGS_FLAG) {
        if (attached)
            return fail_set(fail, CLI_USAGE, "--%s takes no value", name);
        *(bool *)found->member = true;
        return CLI_OK;
    }
    if (attached)
        return take_value(found, attached, fail);
    if (c->at == c->argc)
        return fail_set(fail, CLI_USAGE, "--%s needs a value: %s", name, found->option->value);
    return take_value(found, c->argv[c->at++], fail);
}

/* One word that begins with a dash. */
static int take_option(struct cursor *c, const struct args_target *targets, size_t count, struct fail *fail)
{
    const char *word = c->argv[c->at++];
    bool letter = word[1] != '-';
    const char *name = word + (letter ? 1 : 2);
    const char *equals = letter ? NULL : strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    struct found found;

    if (!find(targets, count, name, len, letter, &found))
        return fail_set(fail, CLI_USAGE, "unknown option %.*s", (int)(name - word + (ptrdiff_t)len), word);
    return take_found(c, &found, equals ? equals + 1 : NULL, fail);
}

/* A lone "-" is an operand: standard input. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1];
}

static int take_operand(const struct args_operand **next, void *settings, const char *word, struct fail *fail)
{
    if (!*next || !(*next)->name)
        return fail_set(fail, CLI_USAGE, "\"%s\" is one argument too many", word);
    *(const char **)((char *)settings + (*next)->offset) = word;
    (*next)++;
    return CLI_OK;
}

int args_parse(int argc, char *const argv[], const struct args_target *targets, size_t target_count,
               const struct args_operand *operands, struct fail *fail)
{
    struct cursor c = { .argc = argc, .argv = argv };
    bool options_over = false;

    while (c.at < c.argc) {
        int status;

        if (!options_over && strcmp(c.argv[c.at], "--") == 0) {
            options_over = true;
            c.at++;
            continue;
        }
        if (!options_over && is_option(c.argv[c.at]))
            status = take_option(&c, targets, target_count, fail);
        else
            status = take_operand(&operands, targets[0].settings, c.argv[c.at++], fail);
        if (status)
            return status;
    }
    if (operands && operands->name && !operands->optional)
        return fail_set(fail, CLI_USAGE, "%s is missing", operands->name);
    return CLI_OK;
}

int args_parse_leading(int argc, char *const argv[], const struct args_target *target, int *used,
                       struct fail *fail)
{
    struct cursor c = { .argc = argc, .argv = argv };

    while (c.at < c.argc && is_option(c.argv[c.at])) {
        int status = take_option(&c, target, 1, fail);

        if (status)
            return status;
    }
    *used = c.at;
    return CLI_OK;
}
