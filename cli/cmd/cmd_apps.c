/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger apps ...`: the applications that the server holds. */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "cmd/commands.h"
#include "cmd/manifest_view.h"
#include "cmd/upload.h"
#include "json/doc.h"
#include "output/fields.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define APPS "/v1/Apps"

struct apps_settings {
    const char *app;  /* SID or unique name */
    const char *file; /* to upload, or to write */
    const char *name;
    const char *bundle_out; /* where the bundle goes as the server has signed it */
};

static const struct args_operand app_operand[] = {
    { "SID-OR-NAME", offsetof(struct apps_settings, app), false }, { 0 }
};

static void print_app(const struct doc *app)
{
    fields_print(stdout, "sid", doc_text(app, "sid", NULL));
    fields_print(stdout, "unique name", doc_text(app, "unique_name", NULL));
    fields_print(stdout, "hash", doc_text(app, "hash", NULL));
    fields_print(stdout, "created", doc_text(app, "date_created", NULL));
    fields_print(stdout, "updated", doc_text(app, "date_updated", NULL));
    fields_print(stdout, "account", doc_text(app, "account_sid", NULL));
}

static void show_app(const struct cmd_env *env, const struct doc *app)
{
    if (env->globals.is_json)
        doc_print(stdout, app, true);
    else
        print_app(app);
}

static void print_apps(const struct doc *apps)
{
    static const char *const headers[] = { "SID", "NAME", "CREATED", "HASH", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(apps, ""); i++) {
        const struct doc *app = doc_at(apps, "", i);

        table_add(table, doc_text(app, "sid", NULL));
        table_add(table, doc_text(app, "unique_name", NULL));
        table_add(table, doc_text(app, "date_created", NULL));
        table_add(table, doc_text(app, "hash", NULL));
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
}

static int run_list(struct cmd_env *env, const void *settings)
{
    struct doc *apps = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_list(env->rest, APPS, "apps", &apps, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, apps, true);
    else
        print_apps(apps);
    doc_free(apps);
    return CLI_OK;
}

/* GET of the app, or of something below it, when the server is open already. */
static int ask_app(struct cmd_env *env, const char *app, const char *below, struct doc **answer)
{
    char *path = rest_path(APPS "/", app, below);
    int status = rest_get(env->rest, path, answer, &env->fail);

    mem_free(path);
    return status;
}

static int get_app(struct cmd_env *env, const char *app, const char *below, struct doc **answer)
{
    int status = cmd_open_rest(env);

    return status ? status : ask_app(env, app, below, answer);
}

static int run_show(struct cmd_env *env, const void *settings)
{
    struct doc *app = NULL;
    int status = get_app(env, ((const struct apps_settings *)settings)->app, "", &app);

    if (status)
        return status;
    show_app(env, app);
    doc_free(app);
    return CLI_OK;
}

static int run_delete(struct cmd_env *env, const void *settings)
{
    const struct apps_settings *s = settings;
    char *path = rest_path(APPS "/", s->app, "");
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_delete(env->rest, path, &env->fail);
    mem_free(path);
    return status;
}

static int decode_manifest(const struct doc *answer, struct pack *pack, struct fail *fail)
{
    unsigned char bytes[MANIFEST_MAX_BYTES];
    size_t len;

    if (!base64_from_text(doc_text(answer, "encoded_bytes", ""), bytes, sizeof(bytes), &len) || len == 0)
        return fail_set(fail, CLI_FORMAT, "the server's answer has no manifest in base64");
    return pack_decode(pack, bytes, len, fail);
}

static int write_manifest(const struct pack *pack, const char *path, struct fail *fail)
{
    FILE *out = fopen(path, "wbe");
    bool ok = out && fwrite(pack->manifest_bytes, pack->manifest_len, 1, out) == 1;

    if (out && fclose(out) != 0)
        ok = false;
    return ok ? CLI_OK : fail_set(fail, CLI_IO, "cannot write %s: %m", path);
}

static int show_manifest(const struct cmd_env *env, const char *file, const struct doc *answer,
                         struct fail *fail)
{
    struct pack *pack = mem_new(sizeof(*pack));
    int status = decode_manifest(answer, pack, fail);

    if (!status && file)
        status = write_manifest(pack, file, fail);
    else if (!status && env->globals.is_json)
        doc_print(stdout, answer, true);
    else if (!status)
        manifest_view_print(stdout, pack);
    pack_clear(pack);
    mem_free(pack);
    return status;
}

static int run_manifest(struct cmd_env *env, const void *settings)
{
    const struct apps_settings *s = settings;
    struct doc *answer = NULL;
    int status = get_app(env, s->app, "/Manifest", &answer);

    if (!status)
        status = show_manifest(env, s->file, answer, &env->fail);
    doc_free(answer);
    return status;
}

/* The bundle of the file, with the manifest that the server has by now: it must say the same, whoever has signed it. */
static int write_signed(const char *file, const struct doc *manifest, const char *out, struct fail *fail)
{
    struct pack *own = mem_new(sizeof(*own)), *theirs = mem_new(sizeof(*theirs));
    int status = pack_zip_load(file, own, fail);

    if (!status)
        status = decode_manifest(manifest, theirs, fail);
    if (!status &&
        (own->manifest.body.size != theirs->manifest.body.size ||
         memcmp(own->manifest.body.bytes, theirs->manifest.body.bytes, own->manifest.body.size) != 0))
        status = fail_set(fail, CLI_FORMAT, "the server's manifest does not say what that of %s says", file);
    if (!status)
        status = pack_decode(own, theirs->manifest_bytes, theirs->manifest_len, fail);
    if (!status)
        status = pack_check(own, fail);
    if (!status)
        status = pack_zip_write(own, out, fail);
    pack_clear(own);
    pack_clear(theirs);
    mem_free(own);
    mem_free(theirs);
    return status;
}

static int run_upload(struct cmd_env *env, const void *settings)
{
    const struct apps_settings *s = settings;
    struct doc *app = NULL, *manifest = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = upload_bundle(env, APPS, s->file, s->name, &app);
    if (!status && s->bundle_out)
        status = ask_app(env, doc_text(app, "sid", ""), "/Manifest", &manifest);
    if (!status && s->bundle_out)
        status = write_signed(s->file, manifest, s->bundle_out, &env->fail);
    if (!status)
        show_app(env, app);
    doc_free(app);
    doc_free(manifest);
    return status;
}

static const struct args_option upload_options[] = {
    { .name = "name",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct apps_settings, name),
      .value = "NAME",
      .help = "unique name of the application" },
    { .name = "bundle-out",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct apps_settings, bundle_out),
      .value = "FILE",
      .help = "write the bundle as the server has signed it, e.g. for `factory image`" },
    { .name = NULL },
};

const struct command cmd_apps_upload = {
    .name = "apps upload",
    .summary = "upload a bundle",
    .operands =
        (const struct args_operand[]){ { "BUNDLE", offsetof(struct apps_settings, file), false }, { 0 } },
    .options = upload_options,
    .settings_bytes = sizeof(struct apps_settings),
    .run = run_upload,
};

const struct command cmd_apps_list = {
    .name = "apps list",
    .summary = "list the applications on the server",
    .settings_bytes = sizeof(struct apps_settings),
    .run = run_list,
};

const struct command cmd_apps_show = {
    .name = "apps show",
    .summary = "show an application",
    .operands = app_operand,
    .settings_bytes = sizeof(struct apps_settings),
    .run = run_show,
};

const struct command cmd_apps_manifest = {
    .name = "apps manifest",
    .summary = "show the signed manifest of an application",
    .operands = app_operand,
    .options = (const struct args_option[]){ { .name = "out",
                                               .kind = ARGS_TEXT,
                                               .offset = offsetof(struct apps_settings, file),
                                               .value = "FILE",
                                               .help = "write its bytes instead" },
                                             { .name = NULL } },
    .settings_bytes = sizeof(struct apps_settings),
    .run = run_manifest,
};

const struct command cmd_apps_delete = {
    .name = "apps delete",
    .summary = "delete an application that no device is to run",
    .operands = app_operand,
    .settings_bytes = sizeof(struct apps_settings),
    .run = run_delete,
};
