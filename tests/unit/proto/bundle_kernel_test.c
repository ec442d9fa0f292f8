/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of microvisor bundles: one manifest that is good, and each way in which it can be bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

static bundle_KernelBody body;
static bundle_KernelLayerReference *const layer = &body.layers[0];

static int good_body(void **state)
{
    (void)state;
    memset(&body, 0, sizeof(body));
    body.layers_count = 1;
    layer->target = bundle_KernelLayerRegion_KERNEL_REGION_KERNEL;
    layer->fetch_hash.size = SHA256_BYTES;
    memset(layer->fetch_hash.bytes, 0x5a, SHA256_BYTES);
    layer->size = MICROVISOR_IMAGE_MAX_BYTES;
    body.has_meta = true;
    body.meta.version_security_ratchet = 3;
    body.meta.version_number = 200;
    strcpy(body.meta.version_string, "0.2.0-rc.1 (nightly)");
    strcpy(body.meta.board, "mps2_an505");
    return 0;
}

/* The body that the last change made is found to have this fault; the next change begins with a good one. */
static void assert_fault(enum bundle_kernel_fault fault)
{
    assert_int_equal(bundle_kernel_check(&body), fault);
    assert_string_not_equal(bundle_kernel_fault_text(fault), "unknown fault");
    good_body(NULL);
}

static void good(void **state)
{
    (void)state;
    assert_int_equal(bundle_kernel_check(&body), KERNEL_OK);
    assert_string_equal(bundle_kernel_fault_text(KERNEL_OK), "ok");
    layer->size = 1;
    body.meta.version_security_ratchet = 0;
    assert_int_equal(bundle_kernel_check(&body), KERNEL_OK);
}

static void layers(void **state)
{
    static const bundle_KernelLayerRegion others[] = { bundle_KernelLayerRegion_KERNEL_REGION_INVALID,
                                                       bundle_KernelLayerRegion_KERNEL_REGION_NSC,
                                                       bundle_KernelLayerRegion_KERNEL_REGION_BOOT,
                                                       bundle_KernelLayerRegion_KERNEL_REGION_UPGRADER,
                                                       (bundle_KernelLayerRegion)5 };

    (void)state;
    body.layers_count = 0;
    assert_fault(KERNEL_NO_LAYER);
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        layer->target = others[i];
        assert_fault(KERNEL_TARGET);
    }
    layer->encrypted_with_key_id = 1;
    assert_fault(KERNEL_ENCRYPTED);
    layer->fetch_hash.size = 0;
    assert_fault(KERNEL_HASH_SIZE);
    layer->fetch_hash.size = SHA256_BYTES - 1;
    assert_fault(KERNEL_HASH_SIZE);
    layer->size = 0;
    assert_fault(KERNEL_IMAGE_SIZE);
    layer->size = MICROVISOR_IMAGE_MAX_BYTES + 1;
    assert_fault(KERNEL_IMAGE_SIZE);
}

static void assert_board(const char *name, enum bundle_kernel_fault fault)
{
    memset(body.meta.board, 0, sizeof(body.meta.board));
    strcpy(body.meta.board, name);
    assert_fault(fault);
}

static void meta(void **state)
{
    (void)state;
    body.has_meta = false;
    assert_fault(KERNEL_NO_META);
    body.meta.device_type = 1;
    assert_fault(KERNEL_DEVICE_TYPE);
    assert_board("", KERNEL_BOARD);
    assert_board("mps2-an505", KERNEL_BOARD);
    assert_board("Mps2_an505", KERNEL_BOARD);
    assert_board("evil\nline", KERNEL_BOARD);
    assert_board("a_name_of_23_characters", KERNEL_OK);
    body.meta.version_string[0] = '\0';
    assert_fault(KERNEL_VERSION);
    body.meta.version_string[1] = '\x1b';
    assert_fault(KERNEL_VERSION);
    body.meta.version_number = 0;
    assert_fault(KERNEL_NUMBER);
}

static void unknown_fault_has_words(void **state)
{
    (void)state;
    assert_string_equal(bundle_kernel_fault_text((enum bundle_kernel_fault)99), "unknown fault");
}

static void codec_round_trip(void **state)
{
    static bundle_KernelBody back;
    uint8_t bytes[bundle_KernelBody_size];
    int length = codec_kernel_body_encode(&body, bytes, sizeof(bytes));

    (void)state;
    assert_true(length > 0);
    assert_int_equal(codec_kernel_body_decode(bytes, (size_t)length, &back), CODEC_OK);
    assert_int_equal(bundle_kernel_check(&back), KERNEL_OK);
    assert_string_equal(back.meta.board, body.meta.board);
    assert_string_equal(back.meta.version_string, body.meta.version_string);
    assert_int_equal(back.meta.version_security_ratchet, 3);
    assert_memory_equal(back.layers[0].fetch_hash.bytes, layer->fetch_hash.bytes, SHA256_BYTES);
    for (int cut = 1; cut < length; cut++)
        (void)codec_kernel_body_decode(bytes, (size_t)cut, &back);
    assert_int_equal(codec_kernel_body_decode(bytes, (size_t)length - 1, &back), CODEC_EFORMAT);
    assert_int_equal(codec_kernel_body_encode(&body, bytes, (size_t)length - 1), CODEC_ENOSPC);
}

/* A second layer has no place in the struct: the decoder refuses it. */
static void two_layers_are_refused(void **state)
{
    static const uint8_t two_layers[] = { 0x0a, 0x02, 0x08, 0x01, 0x0a, 0x02, 0x08, 0x01 };

    (void)state;
    assert_int_equal(codec_kernel_body_decode(two_layers, sizeof(two_layers), &body), CODEC_EFORMAT);
    assert_int_equal(codec_kernel_body_decode(two_layers, sizeof(two_layers) / 2, &body), CODEC_OK);
}

static char hashed[64];
static size_t hashed_length;

static void keep_pieces(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    hashed_length = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(hashed + hashed_length, pieces[i].data, pieces[i].length);
        hashed_length += pieces[i].length;
    }
    memset(digest, 0, SHA256_BYTES);
}

/* An application's signer who signs "outrigger-microvisor-v1" must not have signed a microvisor. */
static void the_signed_bytes_begin_with_the_prefix(void **state)
{
    static const char expected[] = "outrigger-microvisor-v1\0body";
    uint8_t digest[SHA256_BYTES];

    (void)state;
    bundle_kernel_sign_digest(keep_pieces, (const uint8_t *)"body", 4, digest);
    assert_int_equal(hashed_length, sizeof(expected) - 1);
    assert_memory_equal(hashed, expected, sizeof(expected) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good, good_body),
        cmocka_unit_test_setup(layers, good_body),
        cmocka_unit_test_setup(meta, good_body),
        cmocka_unit_test(unknown_fault_has_words),
        cmocka_unit_test_setup(codec_round_trip, good_body),
        cmocka_unit_test(two_layers_are_refused),
        cmocka_unit_test(the_signed_bytes_begin_with_the_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
