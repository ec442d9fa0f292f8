/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisor manifests and images: what is good for this device, and the error of each thing that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/img/digest.h"
#include "core/self/self_image.h"
#include "core/self/self_manifest.h"
#include "port/port_status.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/crypto_fake.h"

#define RATCHET   3u
#define IMAGE_MAX (BOOT_FAKE_SLOT_BYTES - PORT_FLASH_SECTOR_BYTES)
#define SLOT      PORT_FLASH_MICROVISOR_B

static struct kernel_fake kernel;
static struct self_manifest manifest;

static int good(void **state)
{
    (void)state;
    boot_fake_slots(BOOT_FAKE_SLOT_BYTES);
    flash_fake_reset(false);
    kernel_fake_make(&kernel, 20304, RATCHET, KERNEL_FAKE_GOOD, BOOT_FAKE_IMAGE_BYTES);
    return 0;
}

static otr_UpdateError verify(void)
{
    return self_manifest_verify(kernel.manifest.bytes, kernel.manifest.length, kernel.manifest.sha256,
                                self_image_bytes_max(), RATCHET, &manifest);
}

static void assert_refused(otr_UpdateError error)
{
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_ROOT);
    assert_int_equal(verify(), error);
    good(NULL);
}

static void a_good_manifest_is_taken_apart(void **state)
{
    (void)state;
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
    assert_memory_equal(manifest.sha256, kernel.manifest.sha256, SHA256_BYTES);
    assert_memory_equal(manifest.image_sha256, kernel.image.sha256, SHA256_BYTES);
    assert_int_equal(manifest.image_bytes, BOOT_FAKE_IMAGE_BYTES);
    assert_int_equal(manifest.number, 20304);
    assert_int_equal(manifest.ratchet, RATCHET);
    assert_string_equal(manifest.version, "2.3.4");
}

static void each_root_key_may_sign_and_no_other(void **state)
{
    (void)state;
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_ROOT_2);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_FOREIGN);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
    kernel_fake_seal_manifest(&kernel, BUNDLE_FAKE_SIGNER); /* an application's signer */
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNER_UNKNOWN);
}

/* Signs the body as if it were an application's, with the root key. */
static void another_prefix_is_another_signature(void **state)
{
    bundle_OpaqueManifest opaque;
    uint8_t point[P256_POINT_BYTES], digest[SHA256_BYTES];
    int length;

    (void)state;
    assert_int_equal(codec_manifest_decode(kernel.manifest.bytes, kernel.manifest.length, &opaque), CODEC_OK);
    bundle_sign_digest(digest_pieces, opaque.body.bytes, opaque.body.size, digest);
    crypto_fake_point(KERNEL_FAKE_ROOT, point);
    crypto_fake_sign(point, digest, opaque.signature.bytes);
    length = codec_manifest_encode(&opaque, kernel.manifest.bytes, MANIFEST_MAX_BYTES);
    assert_true(length > 0);
    kernel.manifest.length = (uint32_t)length;
    digest_bytes(kernel.manifest.bytes, kernel.manifest.length, kernel.manifest.sha256);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_SIGNATURE);
}

static void what_does_not_suit_the_device_is_refused(void **state)
{
    (void)state;
    strcpy(kernel.body.meta.board, "stm32u585");
    assert_refused(otr_UpdateError_UPDATE_BOARD);
    kernel.body.meta.device_type = 1;
    assert_refused(otr_UpdateError_UPDATE_BOARD);
    kernel.body.meta.version_security_ratchet = RATCHET - 1;
    assert_refused(otr_UpdateError_UPDATE_RATCHET);
    kernel.body.layers[0].size = IMAGE_MAX + 1;
    assert_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.body.layers[0].size = 0;
    assert_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.body.layers[0].encrypted_with_key_id = 1;
    assert_refused(otr_UpdateError_UPDATE_ENCRYPTED);
    kernel.body.layers[0].target = bundle_KernelLayerRegion_KERNEL_REGION_BOOT;
    assert_refused(otr_UpdateError_UPDATE_MANIFEST_FORMAT);
    kernel.body.has_meta = false;
    assert_refused(otr_UpdateError_UPDATE_MANIFEST_FORMAT);
    assert_int_equal(verify(), otr_UpdateError_UPDATE_OK);
}

static void other_bytes_are_not_the_manifest(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8 * kernel.manifest.length; bit++) {
        kernel.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify(), otr_UpdateError_UPDATE_MANIFEST_HASH);
        kernel.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* The hash is announced by the server, who may lie: then the signature decides. */
static void no_bit_is_unsigned(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8 * kernel.manifest.length; bit++) {
        kernel.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        digest_bytes(kernel.manifest.bytes, kernel.manifest.length, kernel.manifest.sha256);
        assert_int_not_equal(verify(), otr_UpdateError_UPDATE_OK);
        kernel.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void write_image(void)
{
    static uint8_t piece[1024 + PORT_FLASH_UNIT_BYTES];

    for (uint32_t at = 0; at < kernel.image.length; at += 1024) {
        uint32_t count = kernel.image.length - at < 1024 ? kernel.image.length - at : 1024;

        memcpy(piece, kernel.image.bytes + at, count);
        assert_int_equal(self_image_write(SLOT, at, piece, count), 0);
    }
}

static otr_UpdateError write_and_check(void)
{
    write_image();
    if (verify() != otr_UpdateError_UPDATE_OK)
        abort();
    return self_image_check(SLOT, &manifest, RATCHET);
}

/* An image that is described truly by a signed manifest, but is not one that boot0 would start. */
static void assert_image_refused(otr_UpdateError error)
{
    kernel_fake_seal_image(&kernel, KERNEL_FAKE_ROOT);
    kernel_fake_describe_image(&kernel);
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_ROOT);
    assert_int_equal(write_and_check(), error);
    good(NULL);
}

static void a_good_image_passes(void **state)
{
    (void)state;
    assert_int_equal(write_and_check(), otr_UpdateError_UPDATE_OK);
    assert_int_equal(self_image_check(SLOT, NULL, RATCHET), otr_UpdateError_UPDATE_OK);
    assert_int_equal(self_image_check(SLOT, NULL, RATCHET + 1), otr_UpdateError_UPDATE_RATCHET);
    kernel_fake_seal_image(&kernel, KERNEL_FAKE_ROOT_2);
    kernel_fake_describe_image(&kernel);
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_ROOT);
    assert_int_equal(write_and_check(), otr_UpdateError_UPDATE_OK);
    assert_null(flash_fake_violation());
}

static void headers_that_boot0_refuses_are_refused(void **state)
{
    (void)state;
    kernel.header.magic++;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.format++;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.load_address += 0x1000;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.body_bytes = 0x20000;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.ratchet = RATCHET - 1;
    assert_image_refused(otr_UpdateError_UPDATE_RATCHET);
    memset(kernel.image.bytes + BOOT_IMAGE_HEADER_BYTES, 0, 8); /* vectors */
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
}

static void headers_that_disagree_with_the_manifest_are_refused(void **state)
{
    (void)state;
    kernel.header.number++;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.ratchet++;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.body_bytes -= 16;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
    kernel.header.body_bytes += 16;
    assert_image_refused(otr_UpdateError_UPDATE_IMAGE);
}

static void images_that_others_signed_are_refused(void **state)
{
    (void)state;
    kernel_fake_seal_image(&kernel, KERNEL_FAKE_FOREIGN);
    kernel_fake_describe_image(&kernel);
    kernel_fake_seal_manifest(&kernel, KERNEL_FAKE_ROOT);
    assert_int_equal(write_and_check(), otr_UpdateError_UPDATE_IMAGE);
}

static void each_flipped_bit_of_the_slot_is_seen(void **state)
{
    uint8_t *slot = flash_fake_bytes(SLOT);

    (void)state;
    assert_int_equal(write_and_check(), otr_UpdateError_UPDATE_OK);
    for (uint32_t at = 0; at < kernel.image.length; at += at < 512 ? 1 : 97) {
        slot[at] ^= (uint8_t)(1u << at % 8);
        assert_int_equal(self_image_check(SLOT, &manifest, RATCHET), otr_UpdateError_UPDATE_LAYER_HASH);
        assert_int_not_equal(self_image_check(SLOT, NULL, 0), otr_UpdateError_UPDATE_OK);
        slot[at] ^= (uint8_t)(1u << at % 8);
    }
}

static void what_cannot_be_read_does_not_pass(void **state)
{
    (void)state;
    assert_int_equal(write_and_check(), otr_UpdateError_UPDATE_OK);
    flash_fake_poison(SLOT, 4096);
    assert_int_equal(self_image_check(SLOT, &manifest, RATCHET), otr_UpdateError_UPDATE_LAYER_HASH);
    assert_int_equal(self_image_check(SLOT, NULL, RATCHET), otr_UpdateError_UPDATE_FLASH);
    flash_fake_poison(SLOT, 0);
    assert_int_equal(self_image_check(SLOT, NULL, RATCHET), otr_UpdateError_UPDATE_FLASH);
}

static void a_write_that_fails_is_seen(void **state)
{
    uint8_t piece[1024];

    (void)state;
    memset(piece, 0x11, sizeof(piece));
    for (uint64_t at = 1; at <= 2; at++) {
        flash_fake_fail(at);
        assert_int_equal(self_image_write(SLOT, 0, piece, sizeof(piece)), PORT_EIO);
    }
    assert_int_equal(self_image_write(SLOT, 0, piece, sizeof(piece)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_manifest_is_taken_apart, good),
        cmocka_unit_test_setup(each_root_key_may_sign_and_no_other, good),
        cmocka_unit_test_setup(another_prefix_is_another_signature, good),
        cmocka_unit_test_setup(what_does_not_suit_the_device_is_refused, good),
        cmocka_unit_test_setup(other_bytes_are_not_the_manifest, good),
        cmocka_unit_test_setup(no_bit_is_unsigned, good),
        cmocka_unit_test_setup(a_good_image_passes, good),
        cmocka_unit_test_setup(headers_that_boot0_refuses_are_refused, good),
        cmocka_unit_test_setup(headers_that_disagree_with_the_manifest_are_refused, good),
        cmocka_unit_test_setup(images_that_others_signed_are_refused, good),
        cmocka_unit_test_setup(each_flipped_bit_of_the_slot_is_seen, good),
        cmocka_unit_test_setup(what_cannot_be_read_does_not_pass, good),
        cmocka_unit_test_setup(a_write_that_fails_is_seen, good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
