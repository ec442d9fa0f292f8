/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands and of the options that all of them take. */
#include "cmd/commands.h"

#include <stdio.h>
#include <string.h>

#include "rest/rest.h"

const struct args_option cmd_global_options[] = {
    { .name = "url",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, server.url),
      .value = "URL",
      .help = "the server, e.g. https://outrigger.example (default " SETTINGS_DEFAULT_URL ")" },
    { .name = "account",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, server.account),
      .value = "SID",
      .help = "account (AC...) or API key (SK...)" },
    { .name = "token",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, server.token),
      .value = "TOKEN",
      .help = "its token or secret, or a factory token; the environment or a file hides it better" },
    { .name = "credentials",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, server.credentials),
      .value = "FILE",
      .help = "account and token from the JSON file that the server made" },
    { .name = "cacert",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, server.cacert),
      .value = "FILE",
      .help = "PEM file of the CA that signed the server's certificate" },
    { .name = "config",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct cmd_globals, config),
      .value = "FILE",
      .help = "configuration file (default ~/.config/outrigger/config)" },
    { .name = "json",
      .kind = ARGS_FLAG,
      .offset = offsetof(struct cmd_globals, is_json),
      .help = "print JSON for scripts" },
    { .name = "help",
      .letter = 'h',
      .kind = ARGS_FLAG,
      .offset = offsetof(struct cmd_globals, wants_help),
      .help = "print help on the command" },
    { .name = NULL },
};

const struct command *const cmd_table[] = {
    &cmd_bundle,
    &cmd_bundle_show,
    &cmd_apps_upload,
    &cmd_apps_list,
    &cmd_apps_show,
    &cmd_apps_manifest,
    &cmd_apps_delete,
    &cmd_microvisors_bundle,
    &cmd_microvisors_upload,
    &cmd_microvisors_list,
    &cmd_microvisors_show,
    &cmd_microvisors_update,
    &cmd_microvisors_delete,
    &cmd_devices_list,
    &cmd_devices_show,
    &cmd_devices_update,
    &cmd_devices_revoke,
    &cmd_devices_restore,
    &cmd_signers_list,
    &cmd_signers_add,
    &cmd_signers_remove,
    &cmd_decrypters_add,
    &cmd_decrypters_remove,
    &cmd_keys_list,
    &cmd_keys_upload,
    &cmd_server_ca_show,
    &cmd_server_ca_add,
    &cmd_server_ca_switch,
    &cmd_server_ca_delete,
    &cmd_deploy,
    &cmd_logs,
    &cmd_crashes_list,
    &cmd_crashes_open,
    &cmd_provision,
    &cmd_recover,
    &cmd_factory_image,
    &cmd_keys_generate,
    &cmd_factory_label,
    &cmd_factory_tokens_create,
    &cmd_factory_tokens_list,
    &cmd_factory_tokens_revoke,
    &cmd_factory_enrolments,
    &cmd_version,
    &cmd_help,
    NULL,
};

/* Number of words of argv that are name's; 0 = it is another name. */
static int match(const char *name, int argc, char *const argv[])
{
    int words = 0;

    for (;; name++) {
        size_t len = strcspn(name, " ");

        if (words == argc || strlen(argv[words]) != len || memcmp(argv[words], name, len) != 0)
            return 0;
        words++;
        name += len;
        if (!*name)
            return words;
    }
}

const struct command *cmd_find(int argc, char *const argv[], int *words)
{
    const struct command *found = NULL;

    *words = 0;
    for (const struct command *const *c = cmd_table; *c; c++) {
        int n = match((*c)->name, argc, argv);

        if (n > *words) { /* "bundle show" wins over "bundle" */
            *words = n;
            found = *c;
        }
    }
    return found;
}

int cmd_join_words(int argc, char *const argv[], char name[CMD_NAME_BYTES])
{
    size_t len = 0;
    int words = 0;

    name[0] = 0;
    for (; words < argc && argv[words][0] != '-'; words++) {
        (void)snprintf(name + len, CMD_NAME_BYTES - len, "%s%s", words ? " " : "", argv[words]);
        len = strlen(name);
    }
    return words;
}

bool cmd_is_group(const char *name)
{
    size_t len = strlen(name);
    bool is_first = false;

    for (const struct command *const *c = cmd_table; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return false;
        is_first |= strncmp((*c)->name, name, len) == 0 && (*c)->name[len] == ' ';
    }
    return is_first;
}

int cmd_open_rest(struct cmd_env *env)
{
    struct settings settings;
    int status = settings_load(&settings, &env->globals.server, env->globals.config, &env->fail);

    if (!status)
        status = rest_open(&settings, &env->rest, &env->fail);
    settings_clear(&settings);
    return status;
}
