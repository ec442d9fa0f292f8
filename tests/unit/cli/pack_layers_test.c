/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of several layers: where they go, and which places are refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "bundle/pack.h"

static unsigned char rom[5000], asset[5000];
static struct fail fail;
static struct pack pack;

static int make(const struct pack_layer *layers, size_t count)
{
    const struct pack_options o = { .layers = layers, .layer_count = count };

    pack_clear(&pack);
    return pack_make(rom, sizeof(rom), &o, &pack, &fail);
}

static void expect_refused(const struct pack_layer *layers, size_t count, const char *words)
{
    assert_int_equal(make(layers, count), CLI_FORMAT);
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, fail.text);
}

static void layers_get_whole_blocks_and_block_lists(void **state)
{
    const struct pack_layer layers[] = { { "one", true, 0, asset, sizeof(asset) },
                                         { "two", true, EXTERNAL_FLASH_BYTES - BLOCK_BYTES, asset, 1 } };

    (void)state;
    assert_int_equal(make(layers, 2), CLI_OK);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    assert_int_equal(pack.body.layers_count, 3);
    assert_int_equal(pack.body.layers[0].target.where.internal_flash.size, APP_FLASH_BYTES);
    assert_int_equal(pack.body.layers[0].block_list_hash.size, 0);
    assert_int_equal(pack.body.layers[1].target.which_where, bundle_AppLayerRegion_external_flash_tag);
    assert_int_equal(pack.body.layers[1].target.where.external_flash.start, 0);
    assert_int_equal(pack.body.layers[1].target.where.external_flash.size, 2 * BLOCK_BYTES);
    assert_int_equal(pack.body.layers[1].block_list_hash.size,
                     SHA256_BYTES); /* always, without being asked */
    assert_int_equal(pack.file_count, 3);
}

static void a_layer_in_the_slot_ends_the_application(void **state)
{
    struct pack_layer layer = { "inner", false, 2 * BLOCK_BYTES, asset, sizeof(asset) };

    (void)state;
    assert_int_equal(make(&layer, 1), CLI_OK);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    assert_int_equal(pack.body.layers[0].target.where.internal_flash.size, 2 * BLOCK_BYTES);
    layer.start = BLOCK_BYTES;
    expect_refused(&layer, 1, "has 5000 bytes and reaches into inner, which begins at offset 0x1000");
}

static void equal_layers_share_a_file(void **state)
{
    const struct pack_layer layers[] = { { "one", true, 0, asset, 100 },
                                         { "two", true, BLOCK_BYTES, asset, 100 } };

    (void)state;
    assert_int_equal(make(layers, 2), CLI_OK);
    assert_int_equal(pack.file_count, 2);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
}

static void wrong_places_are_named(void **state)
{
    struct pack_layer layers[APP_LAYERS_MAX];

    (void)state;
    layers[0] = (struct pack_layer){ "a.bin", true, 0, asset, 0 };
    expect_refused(layers, 1, "a.bin is empty");
    layers[0] = (struct pack_layer){ "a.bin", true, 0x10, asset, 1 };
    expect_refused(
        layers, 1,
        "a.bin is to begin at offset 0x10 of external flash, but layers begin at multiples of 0x1000");
    layers[0] = (struct pack_layer){ "a.bin", true, EXTERNAL_FLASH_BYTES, asset, 1 };
    expect_refused(layers, 1, "does not fit at offset 0x800000 of external flash, which has 0x800000 bytes");
    layers[0].start = EXTERNAL_FLASH_BYTES - BLOCK_BYTES;
    layers[0].len = BLOCK_BYTES + 1;
    layers[0].data = rom; /* has so many */
    expect_refused(layers, 1, "does not fit at offset 0x7ff000");
    layers[0] = (struct pack_layer){ "a.bin", true, 0, asset, sizeof(asset) };
    layers[1] = (struct pack_layer){ "b.bin", true, BLOCK_BYTES, asset, 1 };
    expect_refused(layers, 2, "b.bin (0x1000..0x2000) lies over a.bin (0x0..0x2000) in external flash");
    for (uint32_t i = 0; i < APP_LAYERS_MAX; i++)
        layers[i] = (struct pack_layer){ "x", true, i * BLOCK_BYTES, asset, 1 };
    expect_refused(layers, APP_LAYERS_MAX, "there are 8 layers beside the application");
    assert_int_equal(make(layers, APP_LAYERS_MAX - 1), CLI_OK);
}

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rom); i++) {
        rom[i] = (unsigned char)(i * 7);
        asset[i] = (unsigned char)(i * 5 + i / 256);
    }
    return 0;
}

static int clear(void **state)
{
    (void)state;
    pack_clear(&pack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_get_whole_blocks_and_block_lists),
        cmocka_unit_test(a_layer_in_the_slot_ends_the_application),
        cmocka_unit_test(equal_layers_share_a_file),
        cmocka_unit_test(wrong_places_are_named),
    };

    return cmocka_run_group_tests(tests, fill, clear);
}
