/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of manifests: what is good, and the error of each thing that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/img/digest.h"
#include "core/img/manifest.h"
#include "port/port_boot.h"
#include "tests/unit/device/bundle_fake.h"
#include "tests/unit/device/crypto_fake.h"

static struct bundle_fake bundle;
static struct manifest manifest;
static uint8_t points[2][P256_POINT_BYTES];
static const struct manifest_signers signers = { points, 2, 0, NULL };

static int good(void **state)
{
    (void)state;
    crypto_fake_point(3, points[0]);
    crypto_fake_point(BUNDLE_FAKE_SIGNER, points[1]);
    bundle_fake_start(&bundle, 1);
    bundle.body.has_crash = true;
    bundle.body.crash.minimum_restart_ms = 7;
    bundle.body.crash.maximum_restart_ms = 8;
    bundle.body.crash.watchdog_ms = 900;
    bundle_fake_layer(&bundle, 0, 2 * BLOCK_BYTES, 100, 1, 0, true);
    bundle_fake_layer(&bundle, 4 * BLOCK_BYTES, BLOCK_BYTES, 100, 2, 0, false);
    bundle_fake_finish(&bundle, BUNDLE_FAKE_SIGNER);
    return 0;
}

static otr_UpdateError verify(void)
{
    return manifest_verify(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256, &signers,
                           &manifest);
}

static otr_UpdateError finish_and_verify(void)
{
    bundle_fake_finish(&bundle, BUNDLE_FAKE_SIGNER);
    return verify();
}

static void a_good_manifest_is_taken_apart(void **state)
{
    (void)state;
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
    assert_memory_equal(manifest.sha256, bundle.manifest.sha256, SHA256_BYTES);
    assert_int_equal(manifest.restart_min_ms, 7);
    assert_int_equal(manifest.restart_max_ms, 8);
    assert_int_equal(manifest.watchdog_ms, 900);
    assert_int_equal(manifest.layer_count, 2);
    assert_true(manifest.layers[0].has_list);
    assert_false(manifest.layers[1].has_list);
    assert_ptr_equal(manifest_layer_of(&manifest, 1), &manifest.layers[0]);
    assert_null(manifest_layer_of(&manifest, 2));
    assert_ptr_equal(manifest_layer_of(&manifest, 4), &manifest.layers[1]);
    assert_null(manifest_layer_of(&manifest, 5));
    assert_int_equal(manifest_next_block(&manifest, 5), 5); /* the whole slot is the application's */
    assert_int_equal(manifest_next_block(&manifest, slot_blocks()), BLOCKS_MAX);
}

static void layers_of_external_flash(void **state)
{
    (void)state;
    bundle_fake_external_layer(&bundle, 5 * BLOCK_BYTES, 2 * BLOCK_BYTES, 100, 3, 0);
    bundle_fake_external_layer(&bundle, 0, BLOCK_BYTES, 100, 4, 0);
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_OK);
    assert_int_equal(manifest.layer_count, 4);
    assert_int_equal(manifest.layers[2].first, BLOCKS_EXTERNAL + 5);
    assert_int_equal(manifest.layers[2].blocks, 2);
    assert_ptr_equal(manifest_layer_of(&manifest, BLOCKS_EXTERNAL), &manifest.layers[3]);
    assert_null(manifest_layer_of(&manifest, BLOCKS_EXTERNAL + 1));
    assert_int_equal(manifest_next_block(&manifest, slot_blocks()), BLOCKS_EXTERNAL);
    assert_int_equal(manifest_next_block(&manifest, BLOCKS_EXTERNAL), BLOCKS_EXTERNAL);
    assert_int_equal(manifest_next_block(&manifest, BLOCKS_EXTERNAL + 1), BLOCKS_EXTERNAL + 5);
    assert_int_equal(manifest_next_block(&manifest, BLOCKS_EXTERNAL + 6), BLOCKS_EXTERNAL + 6);
    assert_int_equal(manifest_next_block(&manifest, BLOCKS_EXTERNAL + 7), BLOCKS_MAX);
    assert_true(manifest_touches(&manifest, BLOCKS_EXTERNAL + 6, 256));
    assert_false(manifest_touches(&manifest, BLOCKS_EXTERNAL + 7, 256));
    bundle.body.layers[2].block_list_hash.size = 0;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_LAYER_REGION);
    bundle.body.layers[2].block_list_hash.size = SHA256_BYTES;
    flash_fake_resize(PORT_FLASH_EXTERNAL, 6 * BLOCK_BYTES); /* a board with less */
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_LAYER_REGION);
    flash_fake_resize(PORT_FLASH_EXTERNAL, FLASH_FAKE_EXTERNAL_BYTES);
}

static void each_flipped_bit_is_noticed(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < bundle.manifest.length * 8; bit++) {
        bundle.manifest.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(verify(), otr_UpdateError_UPDATE_MANIFEST_HASH);
        digest_bytes(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256);
        assert_int_not_equal(verify(), otr_UpdateError_UPDATE_OK); /* a lying server: the signature says no */
        bundle.manifest.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        digest_bytes(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256);
    }
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
}

static void signer_and_signature(void **state)
{
    const struct manifest_signers nobody = { points, 0, 0, NULL };

    (void)state;
    bundle_fake_finish(&bundle, 99);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    bundle_fake_finish(&bundle, 3);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
    assert_int_equal(manifest_verify(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256,
                                     &nobody, &manifest),
                     otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    bundle.manifest.bytes[bundle.manifest.length - 1] ^= 1; /* the signature is the last field */
    digest_bytes(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNATURE);
    bundle.manifest.length -= P256_SIG_BYTES + 2;
    digest_bytes(bundle.manifest.bytes, bundle.manifest.length, bundle.manifest.sha256);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNATURE);
}

static void limits_have_their_errors(void **state)
{
    (void)state;
    bundle.body.layers[0].encrypted_with_key_id = 5;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_MANIFEST_FORMAT);
    good(NULL);
    bundle.body.layers[1].target.where.internal_flash.start = BLOCK_BYTES;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_LAYER_REGION);
    good(NULL);
    bundle.body.layers[1].target.where.internal_flash.size = FLASH_FAKE_APP_BYTES;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_LAYER_REGION);
    good(NULL);
    bundle.body.crash.watchdog_ms = 1;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_MANIFEST_FORMAT);
    good(NULL);
    bundle.body.has_update = true;
    bundle.body.update.minimum_kernel_version = port_boot_build()->number;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_OK);
    bundle.body.update.minimum_kernel_version = port_boot_build()->number + 1;
    assert_int_equal(finish_and_verify(), otr_UpdateError_UPDATE_MICROVISOR_OLD);
}

static void garbage_is_a_format_error(void **state)
{
    (void)state;
    memset(bundle.manifest.bytes, 0xff, 20);
    bundle.manifest.length = 20;
    digest_bytes(bundle.manifest.bytes, 20, bundle.manifest.sha256);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_MANIFEST_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_manifest_is_taken_apart, good),
        cmocka_unit_test_setup(layers_of_external_flash, good),
        cmocka_unit_test_setup(each_flipped_bit_is_noticed, good),
        cmocka_unit_test_setup(signer_and_signature, good),
        cmocka_unit_test_setup(limits_have_their_errors, good),
        cmocka_unit_test_setup(garbage_is_a_format_error, good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
