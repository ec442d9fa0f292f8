/* SPDX-License-Identifier: Apache-2.0 */
/* Gives layers their regions, and says precisely why one cannot have the place that it was given. */
#include "bundle/pack_layers.h"

#include "base/status.h"

static uint32_t whole_blocks(size_t len)
{
    return (uint32_t)((len + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES);
}

static const char *flash_name(bool external)
{
    return external ? "external flash" : "the application flash";
}

static int place(const struct pack_layer *layer, struct bundle_region *out, struct fail *fail)
{
    uint32_t room = layer->external ? EXTERNAL_FLASH_BYTES : APP_FLASH_BYTES;

    if (layer->len == 0)
        return fail_set(fail, CLI_FORMAT, "%s is empty", layer->name);
    if (layer->start % BLOCK_BYTES != 0)
        return fail_set(fail, CLI_FORMAT,
                        "%s is to begin at offset 0x%x of %s, but layers begin at multiples of 0x%x",
                        layer->name, layer->start, flash_name(layer->external), BLOCK_BYTES);
    if (layer->start >= room || layer->len > room - layer->start)
        return fail_set(fail, CLI_FORMAT,
                        "%s has %zu bytes and does not fit at offset 0x%x of %s, which has 0x%x bytes",
                        layer->name, layer->len, layer->start, flash_name(layer->external), room);
    *out = (struct bundle_region){ layer->external, layer->start, whole_blocks(layer->len) };
    return CLI_OK;
}

static int check_overlap(const struct pack_layer *layers, const struct bundle_region *regions, size_t index,
                         struct fail *fail)
{
    const struct bundle_region *a = &regions[index];

    for (size_t i = 0; i < index; i++) {
        const struct bundle_region *b = &regions[i];

        if (bundle_regions_overlap(a, b))
            return fail_set(fail, CLI_FORMAT, "%s (0x%x..0x%x) lies over %s (0x%x..0x%x) in %s",
                            layers[index].name, a->start, a->start + a->size, layers[i].name, b->start,
                            b->start + b->size, flash_name(a->external));
    }
    return CLI_OK;
}

/* The application has all the flash before the first layer that is placed there. */
static int place_rom(size_t rom_len, const struct pack_layer *layers, const struct bundle_region *regions,
                     size_t count, struct bundle_region *out, struct fail *fail)
{
    *out = (struct bundle_region){ false, 0, APP_FLASH_BYTES };
    for (size_t i = 0; i < count; i++) {
        if (regions[i].external || regions[i].start >= out->size)
            continue;
        out->size = regions[i].start;
        if (rom_len > out->size)
            return fail_set(fail, CLI_FORMAT,
                            "the application has %zu bytes and reaches into %s, which begins at offset 0x%x",
                            rom_len, layers[i].name, regions[i].start);
    }
    return CLI_OK;
}

int pack_layers_place(size_t rom_len, const struct pack_layer *layers, size_t count,
                      struct bundle_region out[APP_LAYERS_MAX], struct fail *fail)
{
    if (count > APP_LAYERS_MAX - 1)
        return fail_set(fail, CLI_FORMAT, "there are %zu layers beside the application; a bundle holds %u",
                        count, APP_LAYERS_MAX - 1);
    for (size_t i = 0; i < count; i++) {
        int status = place(&layers[i], &out[i + 1], fail);

        if (!status)
            status = check_overlap(layers, out + 1, i, fail);
        if (status)
            return status;
    }
    return place_rom(rom_len, layers, out + 1, count, &out[0], fail);
}
