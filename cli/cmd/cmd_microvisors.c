/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger microvisors ...`: the microvisors that the server holds. */
#include <stdio.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/upload.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define MICROVISORS "/v1/Microvisors"

struct microvisor_settings {
    const char *microvisor; /* SID or unique name */
    const char *file;       /* to upload */
    const char *name;
    enum args_switch is_default;
};

#define AT(member) offsetof(struct microvisor_settings, member)

static const struct args_operand microvisor_operand[] = { { "SID-OR-NAME", AT(microvisor), false }, { 0 } };

static void print_microvisor(const struct doc *m)
{
    fields_print(stdout, "sid", doc_text(m, "sid", NULL));
    fields_print(stdout, "unique name", doc_text(m, "unique_name", NULL));
    fields_print(stdout, "board", doc_text(m, "board", NULL));
    fields_print(stdout, "version", doc_text(m, "version", NULL));
    fields_print_format(stdout, "number", "%lld", doc_int(m, "number", 0));
    fields_print_format(stdout, "security ratchet", "%lld", doc_int(m, "ratchet", 0));
    fields_print_format(stdout, "image", "%lld bytes, %s", doc_int(m, "image_bytes", 0),
                        doc_text(m, "image_hash", "?"));
    fields_print(stdout, "default", doc_bool(m, "default", false) ? "yes, for its board" : "no");
    fields_print(stdout, "hash", doc_text(m, "hash", NULL));
    fields_print(stdout, "created", doc_text(m, "date_created", NULL));
    fields_print(stdout, "account", doc_text(m, "account_sid", NULL));
}

/* Prints and frees what the server answered. */
static int show(const struct cmd_env *env, int status, struct doc *m)
{
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, m, true);
    else
        print_microvisor(m);
    doc_free(m);
    return CLI_OK;
}

static int run_upload(struct cmd_env *env, const void *settings)
{
    const struct microvisor_settings *s = settings;
    struct doc *m = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = upload_bundle(env, MICROVISORS, s->file, s->name, &m);
    return show(env, status, m);
}

static void print_microvisors(const struct doc *all)
{
    static const char *const headers[] = { "SID",    "NAME",    "BOARD",   "VERSION",
                                           "NUMBER", "RATCHET", "DEFAULT", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(all, ""); i++) {
        const struct doc *m = doc_at(all, "", i);
        char number[24], ratchet[24];

        (void)snprintf(number, sizeof(number), "%lld", doc_int(m, "number", 0));
        (void)snprintf(ratchet, sizeof(ratchet), "%lld", doc_int(m, "ratchet", 0));
        table_add(table, doc_text(m, "sid", NULL));
        table_add(table, doc_text(m, "unique_name", NULL));
        table_add(table, doc_text(m, "board", NULL));
        table_add(table, doc_text(m, "version", NULL));
        table_add(table, number);
        table_add(table, ratchet);
        table_add(table, doc_bool(m, "default", false) ? "yes" : "");
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int run_list(struct cmd_env *env, const void *settings)
{
    struct doc *all = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_list(env->rest, MICROVISORS, "microvisors", &all, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, all, true);
    else
        print_microvisors(all);
    doc_free(all);
    return CLI_OK;
}

static int run_show(struct cmd_env *env, const void *settings)
{
    const struct microvisor_settings *s = settings;
    char *path = rest_path(MICROVISORS "/", s->microvisor, "");
    struct doc *m = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_get(env->rest, path, &m, &env->fail);
    mem_free(path);
    return show(env, status, m);
}

static int run_update(struct cmd_env *env, const void *settings)
{
    const struct microvisor_settings *s = settings;
    struct http_field fields[2];
    size_t count = 0;
    char *path;
    struct doc *m = NULL;
    int status;

    if (s->name)
        fields[count++] = (struct http_field){ "UniqueName", s->name };
    if (s->is_default != ARGS_UNSET)
        fields[count++] = (struct http_field){ "Default", s->is_default == ARGS_ON ? "true" : "false" };
    if (count == 0)
        return fail_set(&env->fail, CLI_USAGE, "nothing to change: give at least one option");
    path = rest_path(MICROVISORS "/", s->microvisor, "");
    status = cmd_open_rest(env);
    if (!status)
        status = rest_post(env->rest, path, fields, count, &m, &env->fail);
    mem_free(path);
    return show(env, status, m);
}

static int run_delete(struct cmd_env *env, const void *settings)
{
    const struct microvisor_settings *s = settings;
    char *path = rest_path(MICROVISORS "/", s->microvisor, "");
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_delete(env->rest, path, &env->fail);
    mem_free(path);
    return status;
}

static const struct args_option upload_options[] = {
    { .name = "name",
      .kind = ARGS_TEXT,
      .offset = AT(name),
      .value = "NAME",
      .help = "unique name of the microvisor" },
    { .name = NULL },
};

static const struct args_option update_options[] = {
    { .name = "name", .kind = ARGS_TEXT, .offset = AT(name), .value = "NAME", .help = "new unique name" },
    { .name = "default",
      .kind = ARGS_SWITCH,
      .offset = AT(is_default),
      .help = "what the board's devices run without a target of their own" },
    { .name = NULL },
};

const struct command cmd_microvisors_upload = {
    .name = "microvisors upload",
    .summary = "upload a microvisor bundle",
    .operands = (const struct args_operand[]){ { "BUNDLE", AT(file), false }, { 0 } },
    .options = upload_options,
    .settings_bytes = sizeof(struct microvisor_settings),
    .run = run_upload,
};

const struct command cmd_microvisors_list = {
    .name = "microvisors list",
    .summary = "list the microvisors on the server",
    .settings_bytes = sizeof(struct microvisor_settings),
    .run = run_list,
};

const struct command cmd_microvisors_show = {
    .name = "microvisors show",
    .summary = "show a microvisor",
    .operands = microvisor_operand,
    .settings_bytes = sizeof(struct microvisor_settings),
    .run = run_show,
};

const struct command cmd_microvisors_update = {
    .name = "microvisors update",
    .summary = "rename a microvisor, make it the default of its board",
    .operands = microvisor_operand,
    .options = update_options,
    .settings_bytes = sizeof(struct microvisor_settings),
    .run = run_update,
};

const struct command cmd_microvisors_delete = {
    .name = "microvisors delete",
    .summary = "delete a microvisor that no device is to run",
    .operands = microvisor_operand,
    .settings_bytes = sizeof(struct microvisor_settings),
    .run = run_delete,
};
