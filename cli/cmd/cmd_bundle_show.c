/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger bundle show`: prints a bundle and verifies everything in it. */
#include "base/mem.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "cmd/commands.h"
#include "cmd/manifest_view.h"
#include "crypto/p256.h"
#include "output/fields.h"

struct show_settings {
    const char *file, *signer;
};

static const struct args_operand operands[] = { { "FILE", offsetof(struct show_settings, file), false },
                                                { 0 } };

static const struct args_option options[] = {
    { .name = "signer",
      .kind = ARGS_TEXT,
      .offset = offsetof(struct show_settings, signer),
      .value = "PEM",
      .help = "verify the signature with this P-256 public key" },
    { .name = NULL },
};

static int verify(const struct pack *pack, const struct show_settings *s, struct fail *fail)
{
    unsigned char point[P256_POINT_BYTES];
    int status = pack_check(pack, fail);

    if (status) {
        fail_prefix(fail, s->file);
        return status;
    }
    if (!s->signer)
        return CLI_OK;
    status = p256_public_read(s->signer, point, fail);
    if (!status && !pack_is_signed_by(pack, point))
        status = fail_set(fail, CLI_FORMAT, "%s is not signed by the key in %s", s->file, s->signer);
    return status;
}

/* What is wrong with a bundle is easier to see when it is shown, so it is shown first. */
static int show(const struct cmd_env *env, const struct show_settings *s, const struct pack *pack,
                struct fail *fail)
{
    int status;

    if (env->globals.is_json)
        manifest_view_json(stdout, pack);
    else
        manifest_view_print(stdout, pack);
    status = verify(pack, s, fail);
    if (!status && !env->globals.is_json)
        fields_print(stdout, "verified",
                     s->signer ? "hashes, regions, policies, signature" : "hashes, regions, policies");
    return status;
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct show_settings *s = settings;
    struct pack *pack = mem_new(sizeof(*pack));
    int status = pack_zip_load(s->file, pack, &env->fail);

    if (!status)
        status = show(env, s, pack, &env->fail);
    pack_clear(pack);
    mem_free(pack);
    return status;
}

const struct command cmd_bundle_show = {
    .name = "bundle show",
    .summary = "print and verify a bundle",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct show_settings),
    .run = run,
};
