/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger signers ...`: who may sign the applications of the account's devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/key_change.h"
#include "json/doc.h"
#include "keys/new_keys.h"
#include "output/table.h"
#include "output/terminal.h"
#include "rest/rest.h"

#define KEY_RING "/v1/KeyRing"

struct signers_settings {
    const char *what; /* PEM file of a key to add, id of one to remove */
    const char *key, *out;
    bool force;
};

#define AT(member) offsetof(struct signers_settings, member)

/* ---- list ---------------------------------------------------------------------------------------- */

static void print_ring(const struct doc *ring)
{
    static const char *const headers[] = { "ID", "MANAGED", "PUBLIC KEY", NULL };
    struct table *table = table_new(headers);

    for (size_t i = 0; i < doc_len(ring, "signers"); i++) {
        const struct doc *signer = doc_at(ring, "signers", i);

        table_add(table, doc_text(signer, "id", ""));
        table_add(table, doc_bool(signer, "managed", false) ? "yes" : "no");
        table_add(table, doc_text(signer, "public_key", ""));
    }
    table_print(table, stdout, terminal_width());
    table_free(table);
    printf("After key update %lld: %lld of %lld devices have it, %lld refused one.\n",
           doc_int(ring, "sequence", 0), doc_int(ring, "devices.current", 0),
           doc_int(ring, "devices.total", 0), doc_int(ring, "devices.refused", 0));
}

static int run_list(struct cmd_env *env, const void *settings)
{
    struct doc *ring = NULL;
    int status = cmd_open_rest(env);

    (void)settings;
    if (!status)
        status = rest_get(env->rest, KEY_RING, &ring, &env->fail);
    if (status)
        return status;
    if (env->globals.is_json)
        doc_print(stdout, ring, true);
    else
        print_ring(ring);
    doc_free(ring);
    return CLI_OK;
}

/* ---- changes ------------------------------------------------------------------------------------- */

static int change(struct cmd_env *env, const struct signers_settings *s, struct new_keys *wanted,
                  const char *name, const char *value)
{
    int status;

    if (s->key)
        return key_change_sign(env, &(struct key_change){ s->key, s->out, s->force }, wanted);
    if (s->out)
        return fail_set(&env->fail, CLI_USAGE,
                        "--out needs --key: only a message that is signed here can be kept in a file");
    status = cmd_open_rest(env);
    return status ? status : key_change_post(env, s->force, name, value);
}

static int run_add(struct cmd_env *env, const void *settings)
{
    const struct signers_settings *s = settings;
    unsigned char point[P256_POINT_BYTES];
    char text[BASE64_CHARS(P256_POINT_BYTES) + 1];
    struct new_keys wanted = { .add = point };
    int status = p256_public_read(s->what, point, &env->fail);

    if (status)
        return status;
    base64_to_text(point, sizeof(point), text);
    return change(env, s, &wanted, "AddSigner", text);
}

static int run_remove(struct cmd_env *env, const void *settings)
{
    const struct signers_settings *s = settings;
    struct new_keys wanted = { .has_delete = true };

    if (!new_keys_id_read(s->what, &wanted.delete_id))
        return fail_set(&env->fail, CLI_USAGE,
                        "\"%s\" is no id of a signer: 16 hexadecimal digits, as `outrigger signers "
                        "list` shows them",
                        s->what);
    return change(env, s, &wanted, "DeleteSigner", s->what);
}

static int run_upload(struct cmd_env *env, const void *settings)
{
    const struct signers_settings *s = settings;
    unsigned char *message = NULL;
    size_t len = 0;
    int status = file_load(s->what, NEW_KEYS_MAX_BYTES, &message, &len, &env->fail);

    if (!status)
        status = cmd_open_rest(env);
    if (!status)
        status = key_change_upload(env, s->force, message, len);
    mem_free(message);
    return status;
}

static const struct args_operand file_operand[] = { { "FILE", AT(what), false }, { 0 } };
static const struct args_operand id_operand[] = { { "ID", AT(what), false }, { 0 } };

#define CHANGE_OPTIONS                                                                                       \
    { .name = "key",                                                                                         \
      .kind = ARGS_TEXT,                                                                                     \
      .offset = AT(key),                                                                                     \
      .value = "PEM",                                                                                        \
      .help = "sign with this key of an accepted signer instead of the server's managed one" },              \
    {                                                                                                        \
        .name = "out", .kind = ARGS_TEXT, .offset = AT(out), .value = "FILE",                                \
        .help = "with --key: write the signed message to a file, for `outrigger keys upload`"                \
    }

static const struct args_option change_options[] = { CHANGE_OPTIONS, { .name = NULL } };

#define FORCE                                                                                                \
    {                                                                                                        \
        .name = "force", .kind = ARGS_FLAG, .offset = AT(force),                                             \
        .help = "withdraw a signer although devices are to run an application that it signed"                \
    }

static const struct args_option remove_options[] = { CHANGE_OPTIONS, FORCE, { .name = NULL } };
static const struct args_option upload_options[] = { FORCE, { .name = NULL } };

const struct command cmd_signers_list = {
    .name = "signers list",
    .summary = "show whose applications the devices of the account take",
    .settings_bytes = sizeof(struct signers_settings),
    .run = run_list,
};

const struct command cmd_signers_add = {
    .name = "signers add",
    .summary = "let devices take applications of another signer",
    .details =
        "FILE holds its P-256 key (PEM). The change is a signed message that each device takes and keeps.",
    .operands = file_operand,
    .options = change_options,
    .settings_bytes = sizeof(struct signers_settings),
    .run = run_add,
};

const struct command cmd_signers_remove = {
    .name = "signers remove",
    .summary = "let devices take applications of a signer no more",
    .details = "What is installed goes on running. Devices that have not been connected yet still take what "
               "it signs.",
    .operands = id_operand,
    .options = remove_options,
    .settings_bytes = sizeof(struct signers_settings),
    .run = run_remove,
};

const struct command cmd_keys_upload = {
    .name = "keys upload",
    .summary = "add a key update that was signed elsewhere",
    .operands = file_operand,
    .options = upload_options,
    .settings_bytes = sizeof(struct signers_settings),
    .run = run_upload,
};
