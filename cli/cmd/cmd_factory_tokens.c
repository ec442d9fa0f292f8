/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger factory tokens ...`: what factories enrol devices with. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define TOKENS     "/v1/FactoryTokens"
#define ENROLMENTS "/v1/Enrolments"
#define DAY_S      86400u

struct token_settings {
    const char *token; /* SID */
    const char *name;
    struct args_u32 max_devices, rate, days;
};

#define AT(member) offsetof(struct token_settings, member)

static void print_token(const struct doc *token)
{
    fields_print(stdout, "sid", doc_text(token, "sid", NULL));
    fields_print(stdout, "name", doc_text(token, "name", NULL));
    fields_print(stdout, "state", doc_text(token, "state", NULL));
    fields_print_format(stdout, "devices", "%lld of %lld", doc_int(token, "enrolled_devices", 0),
                        doc_int(token, "max_devices", 0));
    fields_print_format(stdout, "rate per hour", "%lld", doc_int(token, "rate_per_hour", 0));
    fields_print(stdout, "created", doc_text(token, "date_created", NULL));
    fields_print(stdout, "expires", doc_text(token, "date_expires", NULL));
    fields_print(stdout, "revoked", doc_text(token, "date_revoked", NULL));
}

/* SID and secret in one word: what `--token` takes. */
static void report_created(const struct cmd_env *env, struct doc *answer)
{
    char *word = mem_format("%s:%s", doc_text(answer, "sid", ""), doc_text(answer, "secret", ""));

    if (env->globals.is_json) {
        doc_set_text(answer, "token", word);
        doc_print(stdout, answer, true);
    } else {
        print_token(answer);
        fields_print(stdout, "token", word);
        fprintf(stderr, "The token is shown once. For the factory: outrigger provision --token TOKEN, or "
                        "OUTRIGGER_TOKEN.\n");
    }
    mem_free_secret(word);
}

static int run_create(struct cmd_env *env, const void *settings)
{
    const struct token_settings *s = settings;
    char max_devices[16], rate[16], ttl[16];
    struct http_field fields[4] = { { "Name", s->name }, { "MaxDevices", max_devices } };
    size_t count = 2;
    struct doc *answer = NULL;
    int status;

    if (!s->max_devices.set)
        return fail_set(&env->fail, CLI_USAGE,
                        "--max-devices is missing: how many devices may be enrolled with it?");
    (void)snprintf(max_devices, sizeof(max_devices), "%u", s->max_devices.value);
    (void)snprintf(rate, sizeof(rate), "%u", s->rate.value);
    (void)snprintf(ttl, sizeof(ttl), "%u", s->days.value * DAY_S);
    if (s->rate.set)
        fields[count++] = (struct http_field){ "RatePerHour", rate };
    if (s->days.set)
        fields[count++] = (struct http_field){ "Ttl", ttl };
    status = cmd_open_rest(env);
    if (!status)
        status = rest_post(env->rest, TOKENS, fields, count, &answer, &env->fail);
    if (!status)
        report_created(env, answer);
    doc_free(answer);
    return status;
}

static void print_tokens(const struct doc *tokens)
{
    static const char *const headers[] = { "SID", "NAME", "STATE", "DEVICES", "EXPIRES", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(tokens, ""); i++) {
        const struct doc *token = doc_at(tokens, "", i);
        char devices[48];

        (void)snprintf(devices, sizeof(devices), "%lld of %lld", doc_int(token, "enrolled_devices", 0),
                       doc_int(token, "max_devices", 0));
        table_add(table, doc_text(token, "sid", NULL));
        table_add(table, doc_text(token, "name", NULL));
        table_add(table, doc_text(token, "state", NULL));
        table_add(table, devices);
        table_add(table, doc_text(token, "date_expires", NULL));
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static void print_enrolments(const struct doc *rows)
{
    static const char *const headers[] = { "TIME", "DEVICE", "BY", "FROM", "AGAIN", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(rows, ""); i++) {
        const struct doc *row = doc_at(rows, "", i);

        table_add(table, doc_text(row, "timestamp", NULL));
        table_add(table, doc_text(row, "device_sid", NULL));
        table_add(table, doc_text(row, "by_sid", NULL));
        table_add(table, doc_text(row, "address", NULL));
        table_add(table, doc_bool(row, "again", false) ? "yes" : "no");
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int list(struct cmd_env *env, const char *path, const char *key, void (*print)(const struct doc *rows))
{
    struct doc *rows = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_list(env->rest, path, key, &rows, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, rows, true);
    else
        print(rows);
    doc_free(rows);
    return CLI_OK;
}

static int run_list(struct cmd_env *env, const void *settings)
{
    (void)settings;
    return list(env, TOKENS, "factory_tokens", print_tokens);
}

static int run_enrolments(struct cmd_env *env, const void *settings)
{
    const struct token_settings *s = settings;
    char *path = s->token ? rest_path(TOKENS "/", s->token, "/Enrolments") : mem_text(ENROLMENTS);
    int status = list(env, path, "enrolments", print_enrolments);

    mem_free(path);
    return status;
}

static int run_revoke(struct cmd_env *env, const void *settings)
{
    const struct token_settings *s = settings;
    const struct http_field field = { "Revoked", "true" };
    char *path = rest_path(TOKENS "/", s->token, "");
    struct doc *answer = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_post(env->rest, path, &field, 1, &answer, &env->fail);
    mem_free(path);
    if (!status && env->globals.is_json)
        doc_print(stdout, answer, true);
    else if (!status)
        print_token(answer);
    doc_free(answer);
    return status;
}

static const struct args_option create_options[] = {
    { .name = "max-devices",
      .kind = ARGS_U32,
      .offset = AT(max_devices),
      .value = "N",
      .least = 1,
      .most = 1000000,
      .help = "devices that may be enrolled with it (required)" },
    { .name = "rate",
      .kind = ARGS_U32,
      .offset = AT(rate),
      .value = "N",
      .least = 1,
      .most = 36000,
      .help = "enrolments within one hour (default 600)" },
    { .name = "days",
      .kind = ARGS_U32,
      .offset = AT(days),
      .value = "N",
      .least = 1,
      .most = 3650,
      .help = "until it expires (default 30)" },
    { .name = NULL },
};

const struct command cmd_factory_tokens_create = {
    .name = "factory tokens create",
    .summary = "make a token with which a factory enrols devices",
    .details = "It is good for `provision` and nothing else, and is shown once.\n",
    .operands = (const struct args_operand[]){ { "NAME", AT(name), false }, { 0 } },
    .options = create_options,
    .settings_bytes = sizeof(struct token_settings),
    .run = run_create,
};

const struct command cmd_factory_tokens_list = {
    .name = "factory tokens list",
    .summary = "list the factory tokens",
    .settings_bytes = sizeof(struct token_settings),
    .run = run_list,
};

const struct command cmd_factory_tokens_revoke = {
    .name = "factory tokens revoke",
    .summary = "end a factory token, for good",
    .operands = (const struct args_operand[]){ { "SID", AT(token), false }, { 0 } },
    .settings_bytes = sizeof(struct token_settings),
    .run = run_revoke,
};

const struct command cmd_factory_enrolments = {
    .name = "factory enrolments",
    .summary = "show who enrolled which device, with one token or at all",
    .operands = (const struct args_operand[]){ { "TOKEN-SID", AT(token), true }, { 0 } },
    .settings_bytes = sizeof(struct token_settings),
    .run = run_enrolments,
};
