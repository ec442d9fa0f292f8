/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the server is and who we are: flags, then environment, then file, each value by itself.
 *
 * File: `key = value` lines, `#` comments; keys url, account, token, cacert, credentials. Environment:
 * OUTRIGGER_URL, OUTRIGGER_ACCOUNT, OUTRIGGER_TOKEN, OUTRIGGER_CACERT, OUTRIGGER_CREDENTIALS. A credentials
 * file is JSON with account_sid and auth_token, as the server writes at its first start; account and token
 * given at the same level win over it. A token of the form FT...:secret (a factory token) brings its own account.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "base/fail.h"

#define SETTINGS_DEFAULT_URL "http://127.0.0.1:8080"

/* What one level says; NULL = nothing. Borrowed text. */
struct settings_level {
    const char *url, *account, *token, *cacert, *credentials;
};

struct settings {
    char *url;             /* without a trailing slash */
    char *account, *token; /* NULL when nobody said */
    char *cacert;
};

/* config: file that must exist, or NULL for ~/.config/outrigger/config if there is one. settings_clear frees
 * in any case. */
int settings_load(struct settings *settings, const struct settings_level *flags, const char *config,
                  struct fail *fail);
void settings_clear(struct settings *settings);

/* CLI_USAGE with words about how to give them when account or token is missing. */
int settings_need_account(const struct settings *settings, struct fail *fail);

/* Reads one text in the file's format into level, whose text points into text (which is changed). name is for
 * messages. */
int settings_parse(char *text, const char *name, struct settings_level *level, struct fail *fail);

#endif
