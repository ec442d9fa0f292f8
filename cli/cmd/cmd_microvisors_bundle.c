/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger microvisors bundle`: makes a bundle of a signed microvisor image. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "bundle/microvisor_pack.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "cmd/commands.h"
#include "crypto/p256.h"
#include "json/doc.h"
#include "proto/limits.h"

struct microvisor_bundle_settings {
    const char *image, *out, *key;
    struct microvisor_options options;
};

#define AT(member) offsetof(struct microvisor_bundle_settings, member)

static const struct args_operand operands[] = { { "IMAGE", AT(image), false }, { 0 } };

static const struct args_option options[] = {
    { .name = "key",
      .kind = ARGS_TEXT,
      .offset = AT(key),
      .value = "KEY.pem",
      .help = "the boot root key (P-256) that signed the image" },
    { .name = "version",
      .kind = ARGS_TEXT,
      .offset = AT(options.version),
      .value = "STR",
      .help = "what it is called, e.g. 0.2.0; number and ratchet are the image's" },
    { .name = "board",
      .kind = ARGS_TEXT,
      .offset = AT(options.board),
      .value = "NAME",
      .help = "the boards that it is for (default: the one that it is linked for)" },
    { .name = "out",
      .letter = 'o',
      .kind = ARGS_TEXT,
      .offset = AT(out),
      .value = "OUT.zip",
      .help = "where it goes (default: the image's name with .zip)" },
    { .name = NULL },
};

/* "dir/microvisor.img" to "dir/microvisor.zip"; free with mem_free. */
static char *default_out(const char *image)
{
    const char *name = strrchr(image, '/');
    const char *dot = strrchr(name ? name : image, '.');
    size_t len = dot && dot != (name ? name + 1 : image) ? (size_t)(dot - image) : strlen(image);
    char *out = mem_new(len + sizeof(".zip"));

    memcpy(out, image, len);
    memcpy(out + len, ".zip", sizeof(".zip"));
    return out;
}

static int make(const struct microvisor_bundle_settings *s, struct pack *pack, bundle_KernelMeta *meta,
                struct fail *fail)
{
    unsigned char *image;
    struct p256_key *key;
    size_t len;
    int status = file_load(s->image, MICROVISOR_IMAGE_MAX_BYTES, &image, &len, fail);

    if (status)
        return status;
    status = p256_key_read(s->key, &key, fail);
    if (!status) {
        status = microvisor_pack_make(image, len, &s->options, key, pack, meta, fail);
        p256_key_free(key);
        if (status)
            fail_prefix(fail, s->image);
    }
    mem_free(image);
    return status;
}

static void show(const struct cmd_env *env, const char *out, const struct pack *pack,
                 const bundle_KernelMeta *meta)
{
    struct doc *object;

    if (!env->globals.is_json) {
        printf("%s: microvisor %s for %s, number %u, security ratchet %u, %zu bytes, signed\n", out,
               meta->version_string, meta->board, (unsigned)meta->version_number,
               (unsigned)meta->version_security_ratchet, pack->files[0].len);
        return;
    }
    object = doc_new_object();
    doc_set_text(object, "file", out);
    doc_set_text(object, "board", meta->board);
    doc_set_text(object, "version", meta->version_string);
    doc_set_int(object, "number", meta->version_number);
    doc_set_int(object, "ratchet", meta->version_security_ratchet);
    doc_set_int(object, "image_bytes", (long long)pack->files[0].len);
    doc_print(stdout, object, true);
    doc_free(object);
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct microvisor_bundle_settings *s = settings;
    bundle_KernelMeta meta;
    struct pack *pack;
    char *out;
    int status;

    if (!s->key || !s->options.version)
        return fail_set(&env->fail, CLI_USAGE, "--%s is missing", s->key ? "version" : "key");
    pack = mem_new(sizeof(*pack));
    out = s->out ? mem_text(s->out) : default_out(s->image);
    status = make(s, pack, &meta, &env->fail);
    if (!status)
        status = pack_zip_write(pack, out, &env->fail);
    if (!status)
        show(env, out, pack, &meta);
    pack_clear(pack);
    mem_free(pack);
    mem_free(out);
    return status;
}

const struct command cmd_microvisors_bundle = {
    .name = "microvisors bundle",
    .summary = "make and sign a bundle of a microvisor image",
    .details = "The image is one that `outrigger-image sign` made: number, security ratchet and address are "
               "read from\n"
               "its header. The root key stays where it is; the server needs its public half only.\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct microvisor_bundle_settings),
    .run = run,
};
