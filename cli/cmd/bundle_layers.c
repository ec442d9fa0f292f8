/* SPDX-License-Identifier: Apache-2.0 */
/* Layers beside the application; see bundle_layers.h. */
#include "cmd/bundle_layers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack_zip.h"
#include "fs/fs_image.h"
#include "fs/fs_tree.h"
#include "proto/bundle/bundle.h"
#include "proto/limits.h"

/* Takes name and data. */
static int add(struct bundle_layers *out, char *name, uint32_t start, unsigned char *data, size_t len,
               struct fail *fail)
{
    if (out->count == APP_LAYERS_MAX - 1) {
        mem_free(name);
        mem_free(data);
        return fail_set(fail, CLI_USAGE, "a bundle holds at most %u layers, the application among them",
                        APP_LAYERS_MAX);
    }
    out->names[out->count] = name;
    out->data[out->count] = data;
    out->items[out->count++] = (struct pack_layer){ name, true, start, data, len };
    return CLI_OK;
}

static const struct pack_file *file_system_of(const struct pack *pack, uint32_t address)
{
    for (unsigned i = 0; i < pack->body.layers_count; i++) {
        const struct pack_file *file = pack_layer_file(pack, &pack->body.layers[i]);
        struct bundle_region region;

        if (file != NULL && bundle_layer_region(&pack->body.layers[i], &region) && region.external &&
            region.start == address && fs_image_is(file->data, file->len))
            return file;
    }
    return NULL;
}

static int make_image(const struct bundle_layer_options *o, const struct fs_tree *tree,
                      const struct pack *previous, struct fs_image *image, struct fail *fail)
{
    const struct pack_file *file = previous != NULL ? file_system_of(previous, o->fs_address) : NULL;
    struct fs_image old = { 0 };
    int status = CLI_OK;

    if (previous != NULL && file == NULL)
        status = fail_set(fail, CLI_FORMAT,
                          "it holds no file system at 0x%x of external flash; name a bundle that was made "
                          "with --fs and the "
                          "same --fs-address, or leave --fs-previous out",
                          o->fs_address);
    if (!status && file != NULL) {
        old = (struct fs_image){ file->data, file->len };
        status = fs_image_check(&old, fail);
    }
    if (status) {
        fail_prefix(fail, o->fs_previous);
        return status;
    }
    status =
        fs_image_make(tree, file != NULL ? &old : NULL, EXTERNAL_FLASH_BYTES - o->fs_address, image, fail);
    if (status)
        fail_prefix(fail, o->fs);
    return status;
}

static int add_file_system(const struct bundle_layer_options *o, struct bundle_layers *out, struct fail *fail)
{
    struct fs_tree tree = { 0 };
    struct fs_image image = { 0 };
    struct pack *previous = NULL;
    int status = fs_tree_read(o->fs, &tree, fail);

    if (!status && o->fs_previous != NULL) {
        previous = mem_new(sizeof(*previous));
        status = pack_zip_load(o->fs_previous, previous, fail);
    }
    if (!status)
        status = make_image(o, &tree, previous, &image, fail);
    if (!status) {
        out->files = tree.count;
        status =
            add(out, mem_format("the file system of %s", o->fs), o->fs_address, image.data, image.len, fail);
        image.data = NULL; /* given away */
    }
    fs_image_clear(&image);
    if (previous != NULL)
        pack_clear(previous);
    mem_free(previous);
    fs_tree_clear(&tree);
    return status;
}

static int read_address(const char *text, uint32_t *address)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)text[0]))
        return -1;
    errno = 0;
    value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    if (errno != 0 || *end != '\0' || value > UINT32_MAX)
        return -1;
    *address = (uint32_t)value;
    return 0;
}

static int add_layer(char *text, struct bundle_layers *out, struct fail *fail)
{
    char *at = strrchr(text, '@');
    uint32_t address;
    unsigned char *data;
    size_t len;
    int status;

    if (at == NULL || at == text || read_address(at + 1, &address) != 0)
        return fail_set(fail, CLI_USAGE,
                        "--layer %.200s is not FILE@ADDRESS, where the address counts from the beginning of "
                        "external flash, "
                        "e.g. sounds.bin@0x100000",
                        text);
    *at = '\0';
    status = file_load(text, LAYER_MAX_BYTES, &data, &len, fail);
    return status ? status : add(out, mem_text(text), address, data, len, fail);
}

int bundle_layers_read(const struct bundle_layer_options *o, struct bundle_layers *out, struct fail *fail)
{
    char *copy = mem_text(o->layers), *rest = copy, *text;
    int status = CLI_OK;

    *out = (struct bundle_layers){ 0 };
    if (o->fs == NULL && (o->fs_previous != NULL || o->fs_address != 0))
        status = fail_set(fail, CLI_USAGE,
                          "--fs-previous and --fs-address say how to place the file system of --fs FOLDER");
    if (!status && o->fs != NULL)
        status = add_file_system(o, out, fail);
    while (!status && rest != NULL && (text = strsep(&rest, ",")) != NULL)
        status = add_layer(text, out, fail);
    mem_free(copy);
    return status;
}

void bundle_layers_clear(struct bundle_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++) {
        mem_free(layers->names[i]);
        mem_free(layers->data[i]);
    }
    *layers = (struct bundle_layers){ 0 };
}
