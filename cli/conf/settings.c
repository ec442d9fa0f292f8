/* SPDX-License-Identifier: Apache-2.0 */
/* Merges file, environment and flags. Must not print or contact anybody. */
#include "conf/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "conf/credentials.h"
#include "http/url.h"
#include "proto/limits.h"

static void replace(char **into, const char *value)
{
    if (!value)
        return;
    mem_free_secret(*into);
    *into = mem_text(value);
}

static int apply(struct settings *s, const struct settings_level *level, struct fail *fail)
{
    if (level->credentials) {
        struct credentials c;
        int status = credentials_read(level->credentials, &c, fail);

        if (status)
            return status;
        replace(&s->account, c.account);
        replace(&s->token, c.token);
        credentials_clear(&c);
    }
    replace(&s->url, level->url);
    replace(&s->account, level->account);
    replace(&s->token, level->token);
    replace(&s->cacert, level->cacert);
    return CLI_OK;
}

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static int apply_environment(struct settings *s, struct fail *fail)
{
    struct settings_level level = {
        .url = from_environment("OUTRIGGER_URL"),
        .account = from_environment("OUTRIGGER_ACCOUNT"),
        .token = from_environment("OUTRIGGER_TOKEN"),
        .cacert = from_environment("OUTRIGGER_CACERT"),
        .credentials = from_environment("OUTRIGGER_CREDENTIALS"),
    };

    return apply(s, &level, fail);
}

/* Path of the user's own file, or NULL when there is no home. */
static char *default_config(void)
{
    const char *base = from_environment("XDG_CONFIG_HOME"), *home = from_environment("HOME");

    if (base)
        return mem_format("%s/outrigger/config", base);
    return home ? mem_format("%s/.config/outrigger/config", home) : NULL;
}

static void warn_when_others_can_read(const char *path, const struct settings_level *level)
{
    struct stat info;

    if (level->token && stat(path, &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)))
        fail_warn("%s holds a token and can be read by others (chmod 600 helps)", path);
}

static int apply_file(struct settings *s, const char *path, struct fail *fail)
{
    struct settings_level level = { 0 };
    unsigned char *text;
    size_t len;
    int status = file_load(path, CONF_FILE_MAX_BYTES, &text, &len, fail);

    if (status)
        return status;
    status = settings_parse((char *)text, path, &level, fail);
    if (!status)
        status = apply(s, &level, fail);
    if (!status)
        warn_when_others_can_read(path, &level);
    explicit_bzero(text, len);
    mem_free(text);
    return status;
}

static int apply_config(struct settings *s, const char *config, struct fail *fail)
{
    char *own = config ? NULL : default_config();
    int status = CLI_OK;

    if (config)
        status = apply_file(s, config, fail);
    else if (own && access(own, F_OK) == 0)
        status = apply_file(s, own, fail);
    mem_free(own);
    return status;
}

/* A factory token is its SID and its secret in one word, so that a line needs one secret and no account. */
static void split_token(struct settings *s)
{
    char *colon = s->token ? strchr(s->token, ':') : NULL;
    char *secret;

    if (!colon || colon - s->token != SID_CHARS || strncmp(s->token, "FT", 2) != 0)
        return;
    *colon = 0;
    secret = mem_text(colon + 1);
    mem_free(s->account);
    s->account = s->token;
    s->token = secret;
    explicit_bzero(colon + 1, strlen(colon + 1));
}

static int check_url(struct settings *s, struct fail *fail)
{
    size_t len = strlen(s->url);

    while (len && s->url[len - 1] == '/')
        s->url[--len] = 0;
    if (!url_is_base(s->url))
        return fail_set(fail, CLI_USAGE, "the server's address is \"%s\", but must be like https://host:port",
                        s->url);
    return CLI_OK;
}

int settings_load(struct settings *settings, const struct settings_level *flags, const char *config,
                  struct fail *fail)
{
    int status;

    *settings = (struct settings){ .url = mem_text(SETTINGS_DEFAULT_URL) };
    status = apply_config(settings, config, fail);
    if (!status)
        status = apply_environment(settings, fail);
    if (!status)
        status = apply(settings, flags, fail);
    if (!status)
        split_token(settings);
    if (!status)
        status = check_url(settings, fail);
    return status;
}

void settings_clear(struct settings *settings)
{
    mem_free(settings->url);
    mem_free(settings->account);
    mem_free_secret(settings->token);
    mem_free(settings->cacert);
    *settings = (struct settings){ 0 };
}

int settings_need_account(const struct settings *settings, struct fail *fail)
{
    const char *what = !settings->account ? "account" : !settings->token ? "token" : NULL;

    if (!what)
        return CLI_OK;
    return fail_set(fail, CLI_USAGE,
                    "no %s is known: give --%s or --credentials FILE, set OUTRIGGER_ACCOUNT and "
                    "OUTRIGGER_TOKEN, or write "
                    "`account = ...` and `token = ...` into ~/.config/outrigger/config",
                    what, what);
}
