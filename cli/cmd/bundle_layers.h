/* SPDX-License-Identifier: Apache-2.0 */
/* The layers that a bundle gets beside its application: a file system made of a folder, and files as they are. */
#ifndef CMD_BUNDLE_LAYERS_H
#define CMD_BUNDLE_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "bundle/pack.h"

struct bundle_layer_options {
    const char *fs;          /* folder, or NULL */
    const char *fs_previous; /* bundle whose file system's places are to be kept, or NULL */
    uint32_t fs_address;     /* in external flash */
    const char *layers;      /* FILE@ADDRESS[,FILE@ADDRESS...] in external flash, or NULL */
};

struct bundle_layers {
    struct pack_layer items[APP_LAYERS_MAX];
    size_t count;
    size_t files; /* of the file system */
    /* What items borrow. */
    char *names[APP_LAYERS_MAX];
    unsigned char *data[APP_LAYERS_MAX];
};

/* Reads and makes them; where each may lie is judged by pack_make. CLI_USAGE, CLI_IO or CLI_FORMAT with words. The caller clears out in
 * any case. */
int bundle_layers_read(const struct bundle_layer_options *options, struct bundle_layers *out,
                       struct fail *fail);

void bundle_layers_clear(struct bundle_layers *layers);

#endif
