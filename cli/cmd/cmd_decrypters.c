/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger decrypters ...`: which keys for encrypted layers the devices of the account have. */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/key_change.h"
#include "crypto/p256.h"
#include "keys/decrypter.h"
#include "keys/new_keys.h"

#define CERTIFICATE_FILE_MAX_BYTES 16384u

struct decrypters_settings {
    const char *what; /* PEM file of a key to add, id of one to remove */
    const char *key, *out, *device, *certificate, *to;
};

#define AT(member) offsetof(struct decrypters_settings, member)

static int read_device(const struct decrypters_settings *s, struct decrypter_receiver *to, struct fail *fail)
{
    unsigned char *text = NULL;
    char *pem;
    size_t len = 0;
    int status = file_load(s->certificate, CERTIFICATE_FILE_MAX_BYTES, &text, &len, fail);

    if (status)
        return status;
    pem = mem_format("%.*s", (int)len, (const char *)text);
    status = decrypter_receiver_device(pem, s->certificate, s->device, to, fail);
    mem_free(pem);
    mem_free(text);
    return status;
}

static int read_receiver(const struct decrypters_settings *s, struct decrypter_receiver *to,
                         struct fail *fail)
{
    unsigned char point[P256_POINT_BYTES];
    int status;

    if (!s->device != !s->certificate || !s->device == !s->to)
        return fail_set(
            fail, CLI_USAGE,
            "say whom the key is for: --device SID with --certificate CERT.pem, or --to PUBLIC.pem of a "
            "decrypter that devices have");
    if (s->device)
        return read_device(s, to, fail);
    status = p256_public_read(s->to, point, fail);
    if (!status)
        decrypter_receiver_decrypter(point, to);
    return status;
}

static int change(struct cmd_env *env, const struct decrypters_settings *s, struct new_keys *wanted)
{
    if (!s->key)
        return fail_set(&env->fail, CLI_USAGE,
                        "--key is missing: the change is signed here, with the key of an accepted signer");
    return key_change_sign(env, &(struct key_change){ s->key, s->out, false }, wanted);
}

static int run_add(struct cmd_env *env, const void *settings)
{
    const struct decrypters_settings *s = settings;
    struct decrypter_receiver to;
    bundle_HpkeCiphertext sealed;
    struct new_keys wanted = { .add_decrypter = &sealed };
    struct p256_key *decrypter = NULL;
    int status = read_receiver(s, &to, &env->fail);

    if (!status)
        status = p256_key_read(s->what, &decrypter, &env->fail);
    if (!status)
        status = decrypter_seal(decrypter, &to, &sealed, &env->fail);
    p256_key_free(decrypter);
    return status ? status : change(env, s, &wanted);
}

static int run_remove(struct cmd_env *env, const void *settings)
{
    const struct decrypters_settings *s = settings;
    struct new_keys wanted = { .has_delete_decrypter = true };

    if (!new_keys_id_read(s->what, &wanted.delete_decrypter_id))
        return fail_set(
            &env->fail, CLI_USAGE,
            "\"%s\" is no id of a layer decrypter: 16 hexadecimal digits, as `outrigger apps manifest` "
            "and the key ring show them",
            s->what);
    return change(env, s, &wanted);
}

static const struct args_operand file_operand[] = { { "KEY.pem", AT(what), false }, { 0 } };
static const struct args_operand id_operand[] = { { "ID", AT(what), false }, { 0 } };

#define CHANGE_OPTIONS                                                                                       \
    { .name = "key",                                                                                         \
      .kind = ARGS_TEXT,                                                                                     \
      .offset = AT(key),                                                                                     \
      .value = "SIGNER.pem",                                                                                 \
      .help = "sign with this key of an accepted signer (required)" },                                       \
    {                                                                                                        \
        .name = "out", .kind = ARGS_TEXT, .offset = AT(out), .value = "FILE",                                \
        .help = "write the signed message to a file, for `outrigger keys upload`"                            \
    }

static const struct args_option add_options[] = {
    CHANGE_OPTIONS,
    { .name = "device",
      .kind = ARGS_TEXT,
      .offset = AT(device),
      .value = "SID",
      .help = "for this device, as its label names it" },
    { .name = "certificate",
      .kind = ARGS_TEXT,
      .offset = AT(certificate),
      .value = "CERT.pem",
      .help =
          "its certificate (`outrigger provision --certificate`); it must be of a key that makes the SID" },
    { .name = "to",
      .kind = ARGS_TEXT,
      .offset = AT(to),
      .value = "PUBLIC.pem",
      .help = "for all devices that have this decrypter already" },
    { .name = NULL },
};

static const struct args_option remove_options[] = { CHANGE_OPTIONS, { .name = NULL } };

const struct command cmd_decrypters_add = {
    .name = "decrypters add",
    .summary = "give devices the key for encrypted layers",
    .details = "KEY.pem is a key pair (`outrigger keys generate`). Its private half is sealed here, to a "
               "device or to a "
               "decrypter that devices have: the server delivers it and cannot read it.\n",
    .operands = file_operand,
    .options = add_options,
    .settings_bytes = sizeof(struct decrypters_settings),
    .run = run_add,
};

const struct command cmd_decrypters_remove = {
    .name = "decrypters remove",
    .summary = "let devices forget a key for encrypted layers",
    .details = "What is installed goes on running, but a damaged block of it cannot be fetched again.\n",
    .operands = id_operand,
    .options = remove_options,
    .settings_bytes = sizeof(struct decrypters_settings),
    .run = run_remove,
};
