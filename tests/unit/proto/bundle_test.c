/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of bundles: one manifest that is good, and each way in which it can be bad; the original's golden vector. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/bundle/bundle.h"
#include "proto/bundle/bundle_limits.h"
#include "proto/codec/codec.h"

static bundle_AppBody body;
static struct bundle_room room;

static void add_layer(uint32_t start, uint32_t size)
{
    bundle_AppLayerReference *layer = &body.layers[body.layers_count++];

    layer->has_target = true;
    layer->target.which_where = bundle_AppLayerRegion_internal_flash_tag;
    layer->target.where.internal_flash.start = start;
    layer->target.where.internal_flash.size = size;
    layer->fetch_hash.size = layer->measurement_hash.size = 32;
}

static int good_body(void **state)
{
    (void)state;
    memset(&body, 0, sizeof(body));
    room = (struct bundle_room){ APP_FLASH_BYTES, EXTERNAL_FLASH_BYTES };
    add_layer(0, 0x10000);
    add_layer(0x10000, 0xf0000);
    return 0;
}

/* The same, and a layer for external flash over the offsets of the first one. */
static int good_body_with_external_layer(void **state)
{
    good_body(state);
    add_layer(0, 0x20000);
    body.layers[2].target.which_where = bundle_AppLayerRegion_external_flash_tag;
    body.layers[2].block_list_hash.size = 32;
    return 0;
}

static void assert_fault(enum bundle_fault fault, unsigned layer)
{
    unsigned found = 99;

    assert_int_equal(bundle_body_check(&body, &room, &found), fault);
    assert_int_equal(found, layer);
    assert_non_null(bundle_fault_text(fault));
}

static void good(void **state)
{
    (void)state;
    assert_fault(BUNDLE_OK, 0);
}

static void layers(void **state)
{
    (void)state;
    body.layers_count = 0;
    assert_fault(BUNDLE_NO_LAYERS, 0);
    good_body(NULL);
    body.layers[1].has_target = false;
    assert_fault(BUNDLE_NO_TARGET, 1);
    good_body(NULL);
    body.layers[0].fetch_hash.size = 31;
    assert_fault(BUNDLE_HASH_SIZE, 0);
    good_body(NULL);
    body.layers[0].measurement_hash.size = 0;
    assert_fault(BUNDLE_HASH_SIZE, 0);
    good_body(NULL);
    body.layers[0].block_list_hash.size = 31;
    assert_fault(BUNDLE_HASH_SIZE, 0);
    good_body(NULL);
    body.layers[1].target.which_where = 7;
    assert_fault(BUNDLE_NO_TARGET, 1);
}

/* Of the two layers, the second is encrypted. */
static void encrypt(void)
{
    good_body(NULL);
    body.layers[1].encrypted_with_key_id = 77;
    body.layers[1].block_list_hash.size = body.layers[1].block_list_fetch_hash.size = 32;
    body.has_content_key = true;
    body.content_key.receiver_id = 77;
    body.content_key.sender_pub.size = P256_POINT_BYTES;
    body.content_key.sender_pub.bytes[0] = 0x04;
    body.content_key.ciphertext.size = CONTENT_KEY_SEALED_BYTES;
}

static void encrypted_layers(void **state)
{
    (void)state;
    encrypt();
    assert_fault(BUNDLE_OK, 0);
    body.layers[1].block_list_hash.size = 0;
    assert_fault(BUNDLE_ENCRYPTED_LIST, 1);
    encrypt();
    body.layers[1].block_list_fetch_hash.size = 0;
    assert_fault(BUNDLE_ENCRYPTED_LIST, 1);
    encrypt();
    body.layers[0].block_list_hash.size = body.layers[0].block_list_fetch_hash.size = 32;
    assert_fault(BUNDLE_ENCRYPTED_LIST, 0);
    encrypt();
    body.layers[0] = body.layers[1];
    body.layers[0].target.where.internal_flash.start = 0;
    body.layers[0].target.where.internal_flash.size = 0x10000;
    assert_fault(BUNDLE_OK, 0);
    body.layers[0].encrypted_with_key_id = 78;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
}

static void content_keys(void **state)
{
    (void)state;
    encrypt();
    body.has_content_key = false;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
    encrypt();
    body.content_key.receiver_id = 78;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
    encrypt();
    body.content_key.sender_pub.bytes[0] = 0x02;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
    encrypt();
    body.content_key.sender_pub.size = 64;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
    encrypt();
    body.content_key.ciphertext.size = DECRYPTER_SEALED_BYTES;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
    good_body(NULL);
    body.has_content_key = true;
    assert_fault(BUNDLE_CONTENT_KEY, 0);
}

static void external_layers(void **state)
{
    (void)state;
    good_body_with_external_layer(NULL);
    assert_fault(BUNDLE_OK, 0);
    room.external_bytes = 0;
    assert_fault(BUNDLE_EXTERNAL_FLASH, 2);
    room.external_bytes = 0x1f000;
    assert_fault(BUNDLE_REGION_RANGE, 2);
    room.external_bytes = 0x20000;
    assert_fault(BUNDLE_OK, 0);
    body.layers[2].target.where.external_flash.start = 0xfffff000; /* would wrap */
    assert_fault(BUNDLE_REGION_RANGE, 2);
    body.layers[2].target.where.external_flash.start = 0x800;
    assert_fault(BUNDLE_REGION_ALIGNMENT, 2);
    good_body_with_external_layer(NULL);
    body.layers[2].block_list_hash.size = 0;
    assert_fault(BUNDLE_EXTERNAL_LIST, 2);
    good_body_with_external_layer(NULL);
    body.layers[3] = body.layers[2];
    body.layers_count = 4;
    body.layers[3].target.where.external_flash.start = 0x1f000;
    assert_fault(BUNDLE_REGION_OVERLAP, 3);
    body.layers[3].target.where.external_flash.start = 0x20000;
    assert_fault(BUNDLE_OK, 0);
    body.layers[0].target.which_where = bundle_AppLayerRegion_external_flash_tag; /* code cannot be there */
    body.layers[0].target.where.external_flash.start = 0x40000;
    body.layers[0].block_list_hash.size = 32;
    assert_fault(BUNDLE_NO_START, 0);
}

static void set_region(uint32_t start, uint32_t size)
{
    good_body(NULL);
    body.layers[1].target.where.internal_flash.start = start;
    body.layers[1].target.where.internal_flash.size = size;
}

static void regions(void **state)
{
    (void)state;
    set_region(0x10001, 0x1000);
    assert_fault(BUNDLE_REGION_ALIGNMENT, 1);
    set_region(0x10000, 0xfff);
    assert_fault(BUNDLE_REGION_ALIGNMENT, 1);
    set_region(0x10000, 0);
    assert_fault(BUNDLE_REGION_RANGE, 1);
    set_region(0x10000, 0xf1000);
    assert_fault(BUNDLE_REGION_RANGE, 1);
    set_region(0xfffff000, 0x2000); /* would wrap */
    assert_fault(BUNDLE_REGION_RANGE, 1);
    set_region(0xf000, 0x1000);
    assert_fault(BUNDLE_REGION_OVERLAP, 1);
    good_body(NULL);
    body.layers[0].target.where.internal_flash.start = 0x1000;
    body.layers[0].target.where.internal_flash.size = 0x1000;
    assert_fault(BUNDLE_NO_START, 0);
}

static void policies(void **state)
{
    (void)state;
    body.has_debug = true;
    body.debug.debug_auth_pubkey.size = 64;
    assert_fault(BUNDLE_POLICY_KEY, 0);
    good_body(NULL);
    body.has_crash = true;
    body.crash.crash_report_pubkey.size = 65;
    assert_fault(BUNDLE_POLICY_KEY, 0);
    body.crash.crash_report_pubkey.bytes[0] = 4;
    body.crash.minimum_restart_ms = 10;
    body.crash.maximum_restart_ms = 9;
    assert_fault(BUNDLE_POLICY_RESTART, 0);
    body.crash.maximum_restart_ms = RESTART_MAX_MS + 1;
    assert_fault(BUNDLE_POLICY_RESTART, 0);
    body.crash.maximum_restart_ms = 0;
    body.crash.watchdog_ms = APP_WATCHDOG_MIN_MS - 1;
    assert_fault(BUNDLE_POLICY_WATCHDOG, 0);
    body.crash.watchdog_ms = APP_WATCHDOG_MIN_MS;
    assert_fault(BUNDLE_OK, 0);
}

static void ranges(void **state)
{
    (void)state;
    assert_true(bundle_ranges_overlap(0, 10, 9, 1));
    assert_false(bundle_ranges_overlap(0, 10, 10, 1));
    assert_true(bundle_ranges_overlap(0xfffffff0, 0x20, 0xfffffff8, 4));
    assert_false(bundle_ranges_overlap(5, 0, 5, 1));
    assert_int_equal(bundle_blocks(0), 0);
    assert_int_equal(bundle_blocks(1), 1);
    assert_int_equal(bundle_blocks(4096), 1);
    assert_int_equal(bundle_blocks(UINT32_MAX), 0x100000);
    assert_true(bundle_list_length_valid(32, 4096));
    assert_false(bundle_list_length_valid(64, 4096));
    assert_false(bundle_list_length_valid(0, 4096));
    assert_false(bundle_list_length_valid(33, 8192));
}

/* The unsigned manifest that the original's bundler makes of 1,024 bytes with default options. */
static void the_originals_manifest_is_accepted(void **state)
{
    static const uint8_t head[] = { 0x12, 0x52, 0x0a, 0x4c, 0x0a, 0x06, 0x0a,
                                    0x04, 0x10, 0x80, 0x80, 0x40, 0x1a, 0x20 };
    static const uint8_t tail[] = { 0x22, 0x00, 0x2a, 0x00 };
    static bundle_OpaqueManifest opaque;
    uint8_t bytes[84] = { 0 };
    unsigned layer;

    (void)state;
    memcpy(bytes, head, sizeof(head));
    memset(bytes + 14, 0x78, 32);
    bytes[46] = 0x22;
    bytes[47] = 0x20;
    memcpy(bytes + 80, tail, sizeof(tail));
    assert_int_equal(codec_manifest_decode(bytes, sizeof(bytes), &opaque), CODEC_OK);
    assert_int_equal(opaque.signer_id, 0);
    assert_int_equal(codec_body_decode(opaque.body.bytes, opaque.body.size, &body), CODEC_OK);
    assert_int_equal(bundle_body_check(&body, &room, &layer), BUNDLE_OK);
    assert_int_equal(body.layers[0].target.where.internal_flash.size, 0x100000);
}

static size_t hashed;

static void count_pieces(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    hashed = 0;
    for (size_t i = 0; i < count; i++)
        hashed += pieces[i].length;
    for (uint8_t i = 0; i < SHA256_BYTES; i++)
        digest[i] = i;
}

static void signer_id_and_digest(void **state)
{
    uint8_t point[P256_POINT_BYTES] = { 4 };
    uint8_t digest[SHA256_BYTES];

    (void)state;
    assert_true(bundle_signer_id(count_pieces, point) == 0x0001020304050607ull);
    assert_int_equal(hashed, 67);
    bundle_sign_digest(count_pieces, point, 10, digest);
    assert_int_equal(hashed, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good, good_body),
        cmocka_unit_test_setup(layers, good_body),
        cmocka_unit_test(encrypted_layers),
        cmocka_unit_test(content_keys),
        cmocka_unit_test_setup(regions, good_body),
        cmocka_unit_test_setup(external_layers, good_body),
        cmocka_unit_test_setup(policies, good_body),
        cmocka_unit_test_setup(ranges, good_body),
        cmocka_unit_test_setup(the_originals_manifest_is_accepted, good_body),
        cmocka_unit_test_setup(signer_id_and_digest, good_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
