/* SPDX-License-Identifier: Apache-2.0 */
/* Where the layers of a bundle go: the application first, further layers beside it and in external flash. */
#ifndef BUNDLE_PACK_LAYERS_H
#define BUNDLE_PACK_LAYERS_H

#include "bundle/pack.h"
#include "proto/bundle/bundle.h"

/* Regions of the application (rom_len bytes, from offset 0 to the next layer or the end of its flash) and, in out[1] and
 * following, of the layers, which have as many whole blocks as they need. CLI_FORMAT with words about the first layer that is
 * empty, misaligned, too large, or lies over another one. */
int pack_layers_place(size_t rom_len, const struct pack_layer *layers, size_t count,
                      struct bundle_region out[APP_LAYERS_MAX], struct fail *fail);

#endif
