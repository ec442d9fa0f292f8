/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger keys generate`: a key pair for signing applications, debugging, or reading crash reports. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "bundle/pack.h"
#include "cmd/commands.h"
#include "crypto/p256.h"
#include "json/doc.h"

struct keys_settings {
    const char *private_file, *public_file;
};

#define AT(member) offsetof(struct keys_settings, member)

static const struct args_operand operands[] = { { "KEY.pem", AT(private_file), false },
                                                { "PUBLIC.pem", AT(public_file), true },
                                                { 0 } };

static const struct args_option options[] = { { .name = NULL } };

static int write_pem(const char *path, char *pem, bool is_secret, struct fail *fail)
{
    int status = pem[0] ? file_create(path, is_secret, pem, strlen(pem), fail)
                        : fail_set(fail, CLI_FAILED, "OpenSSL cannot write the key");

    mem_free_secret(pem);
    return status;
}

static void print_json(const struct keys_settings *s, const struct p256_key *key)
{
    unsigned char point[P256_POINT_BYTES];
    char id[17];
    struct doc *doc = doc_new_object();

    p256_key_public(key, point);
    (void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)pack_signer_id(point));
    doc_set_text(doc, "private_key", s->private_file);
    doc_set_text(doc, "public_key", s->public_file);
    doc_set_text(doc, "signer_id", id);
    (void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)pack_decrypter_id(point));
    doc_set_text(doc, "decrypter_id", id);
    doc_print(stdout, doc, true);
    doc_free(doc);
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct keys_settings *s = settings;
    struct p256_key *key;
    int status = p256_generate(&key, &env->fail);

    if (status)
        return status;
    status = write_pem(s->private_file, p256_private_pem(key), true, &env->fail);
    if (!status && s->public_file)
        status = write_pem(s->public_file, p256_public_pem(key), false, &env->fail);
    if (!status && env->globals.is_json)
        print_json(s, key);
    else if (!status && s->public_file)
        printf("%s: private key, keep it secret; %s: its public half\n", s->private_file, s->public_file);
    else if (!status)
        printf("%s: private key, keep it secret; where a public key is asked for, its public half is taken\n",
               s->private_file);
    p256_key_free(key);
    return status;
}

const struct command cmd_keys_generate = {
    .name = "keys generate",
    .summary = "make a P-256 key pair in PEM files",
    .details = "For `bundle --sign`, --encrypt-to, --debug-auth-pubkey and --crash-report-pubkey. Existing "
               "files are not "
               "touched.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct keys_settings),
    .run = run,
};
