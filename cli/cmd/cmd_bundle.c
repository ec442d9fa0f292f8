/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger bundle`: makes a bundle of a linked application. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "cmd/bundle_layers.h"
#include "cmd/commands.h"
#include "cmd/manifest_view.h"
#include "crypto/p256.h"
#include "elf/image.h"
#include "proto/limits.h"

struct bundle_settings {
    const char *in, *out;
    const char *debug_auth_pubkey, *crash_report_pubkey, *sign, *encrypt_to;
    const char *fs, *fs_previous, *layer;
    struct args_u32 fs_address;
    struct args_u32 rom_base, include_stack_bytes;
    struct args_u32 minimum_restart_ms, maximum_restart_ms, watchdog_ms;
    struct args_u32 maximum_politeness_time, minimum_microvisor_version;
    struct args_u32 connection_grace_time, minimum_check_in_time;
    bool has_no_block_list;
};

#define AT(member) offsetof(struct bundle_settings, member)

static const struct args_operand operands[] = { { "ROM-OR-ELF", AT(in), false },
                                                { "OUT.zip", AT(out), false },
                                                { 0 } };

static const struct args_option options[] = {
    { .name = "fs",
      .kind = ARGS_TEXT,
      .offset = AT(fs),
      .value = "DIR",
      .help = "make a file system of this folder's files, in external flash" },
    { .name = "fs-previous",
      .kind = ARGS_TEXT,
      .offset = AT(fs_previous),
      .value = "OLD.zip",
      .help = "leave files where this bundle has them: updates fetch less" },
    { .name = "fs-address",
      .kind = ARGS_U32,
      .offset = AT(fs_address),
      .value = "ADDR",
      .most = EXTERNAL_FLASH_BYTES - BLOCK_BYTES,
      .help = "where it begins in external flash, a multiple of 0x1000 (default: 0)" },
    { .name = "layer",
      .kind = ARGS_TEXT,
      .offset = AT(layer),
      .value = "FILE@ADDR",
      .help = "put a file into external flash as it is; several: separated by commas" },
    { .name = "debug-auth-pubkey",
      .letter = 'k',
      .kind = ARGS_TEXT,
      .offset = AT(debug_auth_pubkey),
      .value = "PEM",
      .help = "P-256 public key of who may debug this application" },
    { .name = "connection-grace-time",
      .kind = ARGS_U32,
      .offset = AT(connection_grace_time),
      .value = "S",
      .most = UINT32_MAX,
      .help = "seconds that a connection stays without use" },
    { .name = "minimum-check-in-time",
      .kind = ARGS_U32,
      .offset = AT(minimum_check_in_time),
      .value = "S",
      .most = UINT32_MAX,
      .help = "seconds between check-ins; 0 = always connected" },
    { .name = "maximum-politeness-time",
      .kind = ARGS_U32,
      .offset = AT(maximum_politeness_time),
      .value = "S",
      .most = UINT32_MAX,
      .help = "seconds after which an update is installed unasked" },
    { .name = "minimum-restart-ms",
      .kind = ARGS_U32,
      .offset = AT(minimum_restart_ms),
      .value = "MS",
      .most = UINT32_MAX,
      .help = "wait after the first crash" },
    { .name = "maximum-restart-ms",
      .kind = ARGS_U32,
      .offset = AT(maximum_restart_ms),
      .value = "MS",
      .most = UINT32_MAX,
      .help = "longest wait of a crash loop" },
    { .name = "watchdog-ms",
      .kind = ARGS_U32,
      .offset = AT(watchdog_ms),
      .value = "MS",
      .least = 100,
      .most = 3600000,
      .help = "longest time without a system call" },
    { .name = "crash-report-pubkey",
      .kind = ARGS_TEXT,
      .offset = AT(crash_report_pubkey),
      .value = "PEM",
      .help = "P-256 public key that crash reports are encrypted to" },
    { .name = "include-stack-bytes",
      .kind = ARGS_U32,
      .offset = AT(include_stack_bytes),
      .value = "N",
      .most = 65536,
      .help = "stack in crash reports; devices send at most 512" },
    { .name = "minimum-microvisor-version",
      .kind = ARGS_U32,
      .offset = AT(minimum_microvisor_version),
      .value = "N",
      .most = UINT32_MAX,
      .help = "refuse to install on an older microvisor" },
    { .name = "rom-base",
      .alias = "load-address",
      .kind = ARGS_U32,
      .offset = AT(rom_base),
      .value = "ADDR",
      .most = UINT32_MAX,
      .help = "where the application flash begins (default: 0x00200000 or 0x08000000, as linked)" },
    { .name = "sign",
      .kind = ARGS_TEXT,
      .offset = AT(sign),
      .value = "KEY.pem",
      .help = "sign with this P-256 key instead of leaving it to the server" },
    { .name = "encrypt-to",
      .kind = ARGS_TEXT,
      .offset = AT(encrypt_to),
      .value = "PUBLIC.pem",
      .help = "encrypt the layers to this layer decrypter, which devices must have (`outrigger decrypters "
              "add`)" },
    { .name = "no-block-list",
      .kind = ARGS_FLAG,
      .offset = AT(has_no_block_list),
      .help = "leave the list of block hashes out, as the original bundler does" },
    { .name = NULL },
};

static int read_keys(const struct bundle_settings *s, struct pack_options *o, struct fail *fail)
{
    int status = CLI_OK;

    if (s->include_stack_bytes.value && !s->crash_report_pubkey)
        fail_warn("crash reports with %u bytes of stack are readable to the server; --crash-report-pubkey "
                  "seals them",
                  s->include_stack_bytes.value);
    if (s->debug_auth_pubkey)
        status = p256_public_read(s->debug_auth_pubkey, o->debug_key, fail);
    if (!status && s->crash_report_pubkey)
        status = p256_public_read(s->crash_report_pubkey, o->crash_key, fail);
    return status;
}

static struct pack_options take_options(const struct bundle_settings *s)
{
    return (struct pack_options){
        .has_block_list = !s->has_no_block_list,
        .include_stack_bytes = s->include_stack_bytes.value,
        .minimum_restart_ms = s->minimum_restart_ms.value,
        .maximum_restart_ms = s->maximum_restart_ms.value,
        .watchdog_ms = s->watchdog_ms.value,
        .maximum_politeness_time_s = s->maximum_politeness_time.value,
        .minimum_microvisor_version = s->minimum_microvisor_version.value,
        .connection_grace_time_s = s->connection_grace_time.value,
        .minimum_check_in_time_s = s->minimum_check_in_time.value,
    };
}

static int read_image(const struct bundle_settings *s, struct image *image, struct fail *fail)
{
    struct image_base base = { s->rom_base.set, s->rom_base.value };
    unsigned char *file;
    size_t len;
    int status = file_load(s->in, ELF_FILE_MAX_BYTES, &file, &len, fail);

    if (status)
        return status;
    status = image_make(file, len, base, image, fail);
    mem_free(file);
    if (status)
        fail_prefix(fail, s->in);
    else if (!image_has_vectors(image))
        fail_warn(
            "%s: no vector table at 0x%08x (the reset vector must be a Thumb address inside the image): the "
            "application will not start",
            s->in, image->base);
    return status;
}

static int sign(struct pack *pack, const char *path, struct fail *fail)
{
    struct p256_key *key;
    int status = p256_key_read(path, &key, fail);

    if (status)
        return status;
    status = pack_sign(pack, key, fail);
    p256_key_free(key);
    return status;
}

static int encrypt(struct pack *pack, const char *path, struct fail *fail)
{
    unsigned char recipient[P256_POINT_BYTES];
    int status = p256_public_read(path, recipient, fail);

    return status ? status : pack_encrypt(pack, recipient, fail);
}

static int read_layers(const struct bundle_settings *s, struct bundle_layers *layers, struct fail *fail)
{
    const struct bundle_layer_options o = { s->fs, s->fs_previous, s->fs_address.value, s->layer };

    return bundle_layers_read(&o, layers, fail);
}

static int make(const struct bundle_settings *s, const struct image *image,
                const struct bundle_layers *layers, struct pack *pack, struct fail *fail)
{
    struct pack_options o = take_options(s);
    int status = read_keys(s, &o, fail);

    o.layers = layers->items;
    o.layer_count = layers->count;
    if (!status)
        status = pack_make(image->data, image->len, &o, pack, fail);
    if (!status && s->encrypt_to)
        status = encrypt(pack, s->encrypt_to, fail);
    if (!status && s->sign)
        status = sign(pack, s->sign, fail);
    return status ? status : pack_zip_write(pack, s->out, fail);
}

static void print_made(const struct bundle_settings *s, const struct image *image,
                       const struct bundle_layers *layers, const struct pack *pack)
{
    printf("%s: %zu bytes of application, ", s->out, image->len);
    if (s->encrypt_to)
        printf("encrypted, ");
    if (s->fs != NULL)
        printf("%zu files in %zu bytes of file system, ", layers->files, layers->items[0].len);
    printf("manifest %s\n", pack_is_signed(pack) ? "signed" : "unsigned");
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct bundle_settings *s = settings;
    struct image image = { 0 };
    struct bundle_layers layers = { 0 };
    struct pack *pack = mem_new(sizeof(*pack));
    int status = read_image(s, &image, &env->fail);

    if (!status)
        status = read_layers(s, &layers, &env->fail);
    if (!status)
        status = make(s, &image, &layers, pack, &env->fail);
    if (!status && env->globals.is_json)
        manifest_view_json(stdout, pack);
    else if (!status)
        print_made(s, &image, &layers, pack);
    pack_clear(pack);
    mem_free(pack);
    bundle_layers_clear(&layers);
    image_clear(&image);
    return status;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .summary = "make a bundle of a linked application (ELF) or a raw image",
    .details = "The manifest is left unsigned unless --sign is given: the server then signs it at upload.\n"
               "The same input gives the same file, byte for byte, but not with --encrypt-to: each bundle "
               "has a key of "
               "its own.\n"
               "Names of files are UTF-8, at most 255 bytes with their folders; links and empty folders are "
               "refused.\n"
               "Applications read their files with device_fw/sdk/otr_fs.h (docs/fs-layer.md).\n",
    .operands = operands,
    .options = options,
    .settings_bytes = sizeof(struct bundle_settings),
    .run = run,
};
