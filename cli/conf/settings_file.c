/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the configuration file's text: `key = value` lines. Every problem is an error that names file and
 * line. */
#include <ctype.h>
#include <string.h>

#include "base/status.h"
#include "conf/settings.h"

static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && isspace((unsigned char)end[-1]))
        *--end = 0;
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static const char **member(struct settings_level *level, const char *key)
{
    const struct {
        const char *key;
        const char **member;
    } keys[] = { { "url", &level->url },
                 { "account", &level->account },
                 { "token", &level->token },
                 { "cacert", &level->cacert },
                 { "credentials", &level->credentials } };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(keys[i].key, key) == 0)
            return keys[i].member;
    return NULL;
}

static int parse_line(char *line, const char *name, int number, struct settings_level *level,
                      struct fail *fail)
{
    char *equals = strchr(line, '='), *key, *value;
    const char **into;

    if (!equals)
        return fail_set(fail, CLI_FORMAT, "%s:%d: a line must be `key = value`", name, number);
    *equals = 0;
    key = trim(line);
    value = trim(equals + 1);
    into = member(level, key);
    if (!into)
        return fail_set(fail, CLI_FORMAT,
                        "%s:%d: unknown key \"%s\": known are url, account, token, cacert, credentials", name,
                        number, key);
    if (*into)
        return fail_set(fail, CLI_FORMAT, "%s:%d: \"%s\" stands there twice", name, number, key);
    if (!*value)
        return fail_set(fail, CLI_FORMAT, "%s:%d: \"%s\" has no value", name, number, key);
    *into = value;
    return CLI_OK;
}

int settings_parse(char *text, const char *name, struct settings_level *level, struct fail *fail)
{
    int number = 0;

    while (text) {
        char *end = strchr(text, '\n'), *line;
        int status = CLI_OK;

        if (end)
            *end = 0;
        number++;
        line = trim(text);
        if (*line && *line != '#')
            status = parse_line(line, name, number, level, fail);
        if (status)
            return status;
        text = end ? end + 1 : NULL;
    }
    return CLI_OK;
}
