/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger server-ca ...`: the authority by which devices know their server, and its roll-over. */
#include <stdio.h>

#include "cmd/commands.h"
#include "json/doc.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define SERVER_CA "/v1/ServerCa"

struct server_ca_settings {
    bool force;
};

static void table_row(struct table *table, const struct doc *cas, const char *which)
{
    const struct doc *ca = doc_get(cas, which);
    char have[24], use[24];

    if (doc_text(ca, "id", NULL) == NULL)
        return;
    (void)snprintf(have, sizeof(have), "%lld", doc_int(ca, "devices_having_it", 0));
    (void)snprintf(use, sizeof(use), "%lld", doc_int(ca, "devices_using_it", 0));
    table_add(table, which);
    table_add(table, doc_text(ca, "id", ""));
    table_add(table, have);
    table_add(table, use);
}

/* What the operator may do now. */
static const char *advice(const struct doc *cas)
{
    const char *state = doc_text(cas, "state", "");

    if (state[0] == 'a')
        return "When every device has the next one: `outrigger server-ca switch`.";
    if (state[0] == 's' && state[1] == 'w')
        return "When every device has used the present one: `outrigger server-ca delete`.";
    return "`outrigger server-ca add` makes the next one.";
}

static int show(struct cmd_env *env, struct doc *cas)
{
    static const char *const headers[] = { "SERVER CA", "ID", "DEVICES HAVING IT", "DEVICES USING IT", NULL };

    if (env->globals.is_json) {
        doc_print(stdout, cas, true);
    } else {
        struct table *table = table_new(headers);

        table_row(table, cas, "present");
        table_row(table, cas, "next");
        table_row(table, cas, "old");
        table_print(table, stdout, terminal_width());
        table_free(table);
        printf("Of %lld devices. %s\n", doc_int(cas, "devices", 0), advice(cas));
    }
    doc_free(cas);
    return CLI_OK;
}

static int run_show(struct cmd_env *env, const void *settings)
{
    struct doc *cas = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_get(env->rest, SERVER_CA, &cas, &env->fail);
    return status ? status : show(env, cas);
}

static int step(struct cmd_env *env, const struct server_ca_settings *s, const char *name)
{
    const struct http_field fields[] = { { "Step", name }, { "Force", "true" } };
    struct doc *cas = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_post(env->rest, SERVER_CA, fields, s->force ? 2 : 1, &cas, &env->fail);
    return status ? status : show(env, cas);
}

static int run_add(struct cmd_env *env, const void *settings)
{
    return step(env, settings, "add");
}

static int run_switch(struct cmd_env *env, const void *settings)
{
    return step(env, settings, "switch");
}

static int run_delete(struct cmd_env *env, const void *settings)
{
    return step(env, settings, "delete");
}

static const struct args_option force_options[] = {
    { .name = "force",
      .kind = ARGS_FLAG,
      .offset = offsetof(struct server_ca_settings, force),
      .help = "although devices are not there yet; they may be shut out for good" },
    { .name = NULL },
};

const struct command cmd_server_ca_show = {
    .name = "server-ca show",
    .summary = "show the server CAs, and how many devices have and use each",
    .settings_bytes = sizeof(struct server_ca_settings),
    .run = run_show,
};

const struct command cmd_server_ca_add = {
    .name = "server-ca add",
    .summary = "make the next server CA and tell the account's devices of it",
    .details =
        "Nothing changes for devices but that they trust both. With several accounts, each gives it once.",
    .settings_bytes = sizeof(struct server_ca_settings),
    .run = run_add,
};

const struct command cmd_server_ca_switch = {
    .name = "server-ca switch",
    .summary = "let the gateways show the next server CA's certificate",
    .details = "Refused while a device does not have it. Devices that have only the old one still get in.",
    .options = force_options,
    .settings_bytes = sizeof(struct server_ca_settings),
    .run = run_switch,
};

const struct command cmd_server_ca_delete = {
    .name = "server-ca delete",
    .summary = "forget the old server CA, and let devices forget it",
    .details = "Refused while a device has not connected by the present one: it would be shut out for good.",
    .options = force_options,
    .settings_bytes = sizeof(struct server_ca_settings),
    .run = run_delete,
};
