/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisor bundles: what is made decodes again, is signed, and nothing is signed that a device would refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base16.h"
#include "base/status.h"
#include "bundle/microvisor_pack.h"
#include "bundle/pack.h"
#include "core/boot/boot_image.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "keys_fake.h"
#include "ports/mps2_an505/memory_map.h"
#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

#define BODY_BYTES  4000u
#define IMAGE_BYTES (BOOT_IMAGE_HEADER_BYTES + BODY_BYTES)
#define AN505       MAP_MICROVISOR_CODE

static unsigned char image[IMAGE_BYTES];
static char key_path[] = "/tmp/outrigger-key-XXXXXX";
static struct p256_key *key;
static unsigned char point[P256_POINT_BYTES];
static struct pack pack;
static bundle_KernelMeta meta;
static struct fail fail;
static const struct microvisor_options plain = { .version = "0.2.0" };

static void sign_image(void)
{
    unsigned char text[IMAGE_BYTES];

    memcpy(text, image, BOOT_IMAGE_SIGNED_BYTES);
    memcpy(text + BOOT_IMAGE_SIGNED_BYTES, image + BOOT_IMAGE_HEADER_BYTES, BODY_BYTES);
    assert_int_equal(
        p256_sign(key, text, BOOT_IMAGE_SIGNED_BYTES + BODY_BYTES, image + BOOT_IMAGE_SIGNED_BYTES, &fail),
        CLI_OK);
}

static void make_image(uint32_t load_address, uint32_t number)
{
    const struct boot_image_header header = { .magic = BOOT_IMAGE_MAGIC,
                                              .format = BOOT_IMAGE_FORMAT,
                                              .header_bytes = BOOT_IMAGE_HEADER_BYTES,
                                              .body_bytes = BODY_BYTES,
                                              .load_address = load_address,
                                              .number = number,
                                              .ratchet = 3 };

    memcpy(image, &header, sizeof(header));
    for (size_t i = sizeof(header); i < sizeof(image); i++)
        image[i] = (unsigned char)(i * 5);
    sign_image();
}

static int make(const struct microvisor_options *options)
{
    pack_clear(&pack);
    return microvisor_pack_make(image, sizeof(image), options, key, &pack, &meta, &fail);
}

static void refused(const struct microvisor_options *options, const char *words)
{
    assert_int_equal(make(options), CLI_FORMAT);
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fail.text, words);
}

static void what_is_made_is_what_the_image_says(void **state)
{
    unsigned char text[MICROVISOR_SIGN_PREFIX_BYTES + MANIFEST_BODY_MAX_BYTES], digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    bundle_OpaqueManifest m;
    bundle_KernelBody body;

    (void)state;
    make_image(AN505, 200);
    assert_int_equal(make(&plain), CLI_OK);
    assert_string_equal(meta.board, "mps2_an505");
    assert_string_equal(meta.version_string, "0.2.0");
    assert_int_equal(meta.version_number, 200);
    assert_int_equal(meta.version_security_ratchet, 3);
    assert_int_equal(codec_manifest_decode(pack.manifest_bytes, pack.manifest_len, &m), CODEC_OK);
    assert_int_equal(codec_kernel_body_decode(m.body.bytes, m.body.size, &body), CODEC_OK);
    assert_int_equal(bundle_kernel_check(&body), KERNEL_OK);
    assert_int_equal(body.layers[0].size, IMAGE_BYTES);
    sha256_of(image, sizeof(image), digest);
    assert_memory_equal(body.layers[0].fetch_hash.bytes, digest, SHA256_BYTES);
    base16_encode(digest, SHA256_BYTES, hex);
    assert_int_equal(pack.file_count, 1);
    assert_string_equal(pack.files[0].name, hex);
    assert_memory_equal(pack.files[0].data, image, sizeof(image));

    assert_true(m.signer_id == pack_signer_id(point));
    memcpy(text, MICROVISOR_SIGN_PREFIX, MICROVISOR_SIGN_PREFIX_BYTES);
    memcpy(text + MICROVISOR_SIGN_PREFIX_BYTES, m.body.bytes, m.body.size);
    assert_true(p256_verify(point, text, MICROVISOR_SIGN_PREFIX_BYTES + m.body.size, m.signature.bytes));
    assert_false(pack_is_signed_by(&pack, point)); /* as an application's it is worth nothing */
}

static void the_board_is_known_or_said(void **state)
{
    const struct microvisor_options wrong = { .version = "1", .board = "stm32u585" },
                                    other = { .version = "1", .board = "my_board" },
                                    odd = { .version = "1", .board = "My Board" },
                                    endless = { .version = "1",
                                                .board = "a_board_with_a_name_that_never_ends" };

    (void)state;
    make_image(AN505, 200);
    refused(&wrong, "which is a mps2_an505, not a stm32u585");
    make_image(0x08000000, 200);
    refused(&plain, "no known board's address; --board says");
    refused(&odd, "board is missing or not made of");
    refused(&endless, "has more than 23 characters");
    assert_int_equal(make(&other), CLI_OK);
    assert_string_equal(meta.board, "my_board");
}

static void bad_images_are_not_signed(void **state)
{
    const struct microvisor_options endless = { .version = "0123456789012345678901234567890123" };

    (void)state;
    make_image(AN505, 200);
    image[1000] ^= 1;
    refused(&plain, "altered or not signed by this key");
    make_image(AN505, 0);
    refused(&plain, "version_number");
    make_image(AN505, 200);
    refused(&endless, "has more than 31 characters");
    image[0] = 0;
    refused(&plain, "not a signed microvisor image");
    make_image(AN505, 200);
    pack_clear(&pack);
    assert_int_equal(microvisor_pack_make(image, sizeof(image) - 1, &plain, key, &pack, &meta, &fail),
                     CLI_FORMAT);
    assert_int_equal(microvisor_pack_make(image, 10, &plain, key, &pack, &meta, &fail), CLI_FORMAT);
}

static void an_application_tool_says_what_it_is(void **state)
{
    static struct pack read;

    (void)state;
    make_image(AN505, 200);
    assert_int_equal(make(&plain), CLI_OK);
    assert_int_equal(pack_decode(&read, pack.manifest_bytes, pack.manifest_len, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "the bundle of a microvisor"));
}

static int set_up(void **state)
{
    struct keys *keys = keys_new("P-256");
    char *pem = keys_private_pem(keys);
    int fd = mkstemp(key_path);

    (void)state;
    assert_true(fd >= 0 && write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem));
    (void)close(fd);
    free(pem);
    keys_free(keys);
    assert_int_equal(p256_key_read(key_path, &key, &fail), CLI_OK);
    p256_key_public(key, point);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pack_clear(&pack);
    p256_key_free(key);
    return unlink(key_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_is_what_the_image_says),
        cmocka_unit_test(the_board_is_known_or_said),
        cmocka_unit_test(bad_images_are_not_signed),
        cmocka_unit_test(an_application_tool_says_what_it_is),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
