/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files that an image is made of, has it made and looked at (device_fw/factory), writes it. Prints nothing. */
#include "factory/image.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base16.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "elf/elf.h"

/* Everything that was read; all of it is freed together. */
struct inputs {
    unsigned char *boot0, *microvisor;
    size_t boot0_len, microvisor_len;
    struct pack *packs[2]; /* production, test */
    struct factory_image_app apps[2];
};

static int read_signer(char *path, struct image_signers *signers, struct fail *fail)
{
    const size_t most = sizeof(signers->points) / sizeof(signers->points[0]);

    if (signers->count == most)
        return fail_set(fail, CLI_USAGE, "a device accepts at most %zu application signers", most);
    return p256_public_read(path, signers->points[signers->count++], fail);
}

int image_signers_read(const char *paths, struct image_signers *signers, struct fail *fail)
{
    char *copy = mem_text(paths), *rest = copy, *path;
    int status = CLI_OK;

    while (!status && (path = strsep(&rest, ",")))
        status = read_signer(path, signers, fail);
    mem_free(copy);
    return status;
}

/* The layer files in the manifest's order, as the device's code takes them. */
static void list_layers(const struct pack *pack, struct factory_image_app *app)
{
    app->manifest = pack->manifest_bytes;
    app->manifest_bytes = (uint32_t)pack->manifest_len;
    app->layer_count = pack->body.layers_count;
    for (unsigned i = 0; i < app->layer_count; i++) {
        const struct pack_file *file = pack_layer_file(pack, &pack->body.layers[i]);

        app->layers[i].bytes = file->data;
        app->layers[i].length = (uint32_t)file->len;
    }
}

static int read_bundle(const char *path, struct pack **pack, struct factory_image_app *app, struct fail *fail)
{
    int status;

    if (!path)
        return CLI_OK;
    *pack = mem_new(sizeof(**pack));
    status = pack_zip_load(path, *pack, fail);
    if (status)
        return status;
    status = pack_check(*pack, fail);
    if (!status && !pack_is_signed(*pack))
        status = fail_set(
            fail, CLI_FORMAT,
            "the bundle is not signed, and a device without a server runs only what is: have the server "
            "sign it with `outrigger apps upload %s --bundle-out SIGNED.zip`, or make it with --sign",
            path);
    if (status)
        fail_prefix(fail, path);
    else
        list_layers(*pack, app);
    return status;
}

static int read_inputs(const struct image_files *files, struct inputs *in, struct fail *fail)
{
    int status =
        file_load(files->microvisor, MICROVISOR_IMAGE_MAX_BYTES, &in->microvisor, &in->microvisor_len, fail);

    if (!status && files->boot0)
        status = file_load(files->boot0, ELF_FILE_MAX_BYTES, &in->boot0, &in->boot0_len, fail);
    if (!status)
        status = read_bundle(files->app, &in->packs[0], &in->apps[0], fail);
    return status ? status : read_bundle(files->test_app, &in->packs[1], &in->apps[1], fail);
}

static void clear_inputs(struct inputs *in)
{
    for (size_t i = 0; i < 2; i++) {
        if (in->packs[i])
            pack_clear(in->packs[i]);
        mem_free(in->packs[i]);
    }
    mem_free(in->microvisor);
    mem_free(in->boot0);
}

static bool is_root_of(const unsigned char *boot0, size_t len, const struct inputs *in)
{
    return len <= FACTORY_BOOT0_BYTES_MAX &&
           factory_image_boot0_fits(boot0, len, in->microvisor, (uint32_t)in->microvisor_len);
}

/* A fleet whose boot0 refuses its microvisor is noticed when it is too late. */
static int check_boot0(const struct image_files *files, const struct inputs *in, struct fail *fail)
{
    struct elf *elf;
    bool fits = false;
    int status = CLI_OK;

    if (!elf_is(in->boot0, in->boot0_len)) {
        fits = is_root_of(in->boot0, in->boot0_len, in);
    } else {
        elf = mem_new(sizeof(*elf));
        status = elf_parse(in->boot0, in->boot0_len, elf, fail);
        for (size_t i = 0; !status && !fits && i < elf->segment_count; i++)
            fits = is_root_of(elf->segments[i].data, elf->segments[i].bytes, in);
        mem_free(elf);
    }
    if (status) {
        fail_prefix(fail, files->boot0);
        return status;
    }
    if (!fits)
        return fail_set(fail, CLI_FORMAT,
                        "%s does not start %s: it is no boot0 of at most %u bytes with a root key that has "
                        "signed that microvisor",
                        files->boot0, files->microvisor, FACTORY_BOOT0_BYTES_MAX);
    return CLI_OK;
}

static int write_files(const struct image_files *files, const struct inputs *in, const unsigned char *flash,
                       struct image_result *out, struct fail *fail)
{
    unsigned char digest[SHA256_BYTES];
    int status = CLI_OK;

    if (files->boot0) {
        out->boot0 = mem_format("%s.boot0", files->out);
        status = file_create(out->boot0, true, in->boot0, in->boot0_len, fail);
    }
    if (status)
        return status;
    status = file_create(files->out, true, flash, out->flash_bytes, fail);
    if (status && out->boot0)
        (void)unlink(out->boot0); /* made a moment ago: one without the other is of no use */
    sha256_of(flash, out->flash_bytes, digest);
    base16_encode(digest, SHA256_BYTES, out->sha256);
    return status;
}

static int check_board(const char *name, struct fail *fail)
{
    char known[256] = "";

    if (factory_image_bytes(name) > 0)
        return CLI_OK;
    for (size_t i = 0; factory_image_board(i); i++)
        (void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "",
                       factory_image_board(i));
    return fail_set(fail, CLI_USAGE, "there is no board \"%s\"; images can be made for %s", name, known);
}

static int make(const char *board, const struct image_files *files, const struct image_signers *signers,
                const struct inputs *in, struct image_result *out, struct fail *fail)
{
    const struct factory_image image = {
        .board = board,
        .microvisor = in->microvisor,
        .microvisor_bytes = (uint32_t)in->microvisor_len,
        .signers = (const unsigned char(*)[P256_POINT_BYTES])signers->points,
        .signer_count = signers->count,
        .app = in->packs[0] ? &in->apps[0] : NULL,
        .test_app = in->packs[1] ? &in->apps[1] : NULL,
    };
    unsigned char *flash = mem_new(factory_image_bytes(board));
    char why[256];
    int status = CLI_OK;

    out->flash_bytes = factory_image_bytes(board);
    if (!factory_image_make(&image, flash, &out->facts, why, sizeof(why)))
        status = fail_set(fail, CLI_FORMAT, "%s", why);
    if (!status && files->boot0)
        status = check_boot0(files, in, fail);
    if (!status)
        status = write_files(files, in, flash, out, fail);
    mem_free(flash);
    return status;
}

int image_files_make(const char *board, const struct image_files *files, const struct image_signers *signers,
                     struct image_result *out, struct fail *fail)
{
    struct inputs in = { 0 };
    int status = check_board(board, fail);

    memset(out, 0, sizeof(*out));
    if (!status)
        status = read_inputs(files, &in, fail);
    if (!status)
        status = make(board, files, signers, &in, out, fail);
    clear_inputs(&in);
    return status;
}
