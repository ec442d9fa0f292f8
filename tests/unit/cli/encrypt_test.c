/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted bundles and sealed layer decrypters: opened again with the private key, as a device would, and judged without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/aes.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "keys/decrypter.h"

#define ROM_BYTES (2u * BLOCK_BYTES + 1234u)

static struct p256_key *decrypter;
static unsigned char point[P256_POINT_BYTES], rom[ROM_BYTES];
static struct pack pack;
static struct fail fail;

static int make(bool has_list)
{
    const struct pack_options options = { .has_block_list = has_list };

    assert_int_equal(pack_make(rom, sizeof(rom), &options, &pack, &fail), CLI_OK);
    return pack_encrypt(&pack, point, &fail);
}

static int set_up(void **state)
{
    (void)state;
    memset(&fail, 0, sizeof(fail));
    for (size_t i = 0; i < sizeof(rom); i++)
        rom[i] = (unsigned char)(i * 7 + i / 256);
    assert_int_equal(p256_generate(&decrypter, &fail), CLI_OK);
    p256_key_public(decrypter, point);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pack_clear(&pack);
    p256_key_free(decrypter);
    return 0;
}

static void open_sealed(const bundle_HpkeCiphertext *from, const char *info, unsigned char *text)
{
    const struct hpke_purpose purpose = { info, strlen(info), "", 0 };
    unsigned char sealed[P256_POINT_BYTES + DECRYPTER_SEALED_BYTES];

    memcpy(sealed, from->sender_pub.bytes, P256_POINT_BYTES);
    memcpy(sealed + P256_POINT_BYTES, from->ciphertext.bytes, from->ciphertext.size);
    assert_int_equal(
        hpke_open(decrypter, &purpose, sealed, (size_t)P256_POINT_BYTES + from->ciphertext.size, text, &fail),
        CLI_OK);
}

static void bundles_open_again(void **state)
{
    const bundle_AppLayerReference *layer = &pack.body.layers[0];
    unsigned char key[AES_KEY_BYTES], digest[SHA256_BYTES];

    (void)state;
    assert_int_equal(make(true), CLI_OK);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    assert_int_equal(pack.file_count, 2);
    assert_true(layer->encrypted_with_key_id == pack_decrypter_id(point));
    assert_true(pack.body.content_key.receiver_id == pack_decrypter_id(point));
    for (size_t i = 0; i + 32 <= sizeof(rom); i += 32)
        assert_memory_not_equal(pack.files[0].data + i, rom + i, 32);
    open_sealed(&pack.body.content_key, "outrigger-layer-v1", key);
    assert_int_equal(aes_ctr(key, layer->measurement_hash.bytes, 0, pack.files[0].data, sizeof(rom), &fail),
                     CLI_OK);
    assert_memory_equal(pack.files[0].data, rom, sizeof(rom));
    assert_int_equal(pack.files[1].len, 3 * SHA256_BYTES);
    assert_int_equal(aes_ctr(key, layer->measurement_hash.bytes, 0x80000000u, pack.files[1].data,
                             pack.files[1].len, &fail),
                     CLI_OK);
    sha256_of(pack.files[1].data, pack.files[1].len, digest);
    assert_memory_equal(layer->block_list_hash.bytes, digest, SHA256_BYTES);
    sha256_of(rom, BLOCK_BYTES, digest);
    assert_memory_equal(pack.files[1].data, digest, SHA256_BYTES);
}

static void no_two_are_alike(void **state)
{
    unsigned char first[SHA256_BYTES];

    (void)state;
    assert_int_equal(make(true), CLI_OK);
    memcpy(first, pack.body.layers[0].fetch_hash.bytes, SHA256_BYTES);
    pack_clear(&pack);
    assert_int_equal(make(true), CLI_OK);
    assert_memory_not_equal(first, pack.body.layers[0].fetch_hash.bytes, SHA256_BYTES);
}

static void judged_without_the_key(void **state)
{
    (void)state;
    assert_int_equal(make(true), CLI_OK);
    pack.files[1].data[0] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "block list of layer 0"));
    pack.files[1].data[0] ^= 1;
    pack.files[1].name[0] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "is not in the bundle"));
    pack_clear(&pack);
    assert_int_equal(make(false), CLI_USAGE);
    assert_non_null(strstr(fail.text, "--no-block-list"));
}

static void decrypters_are_sealed(void **state)
{
    struct decrypter_receiver to;
    struct p256_key *other = NULL;
    unsigned char other_point[P256_POINT_BYTES], scalar[32], expected[32];
    bundle_HpkeCiphertext sealed;

    (void)state;
    assert_int_equal(p256_generate(&other, &fail), CLI_OK);
    p256_key_public(other, other_point);
    decrypter_receiver_decrypter(point, &to);
    assert_int_equal(decrypter_seal(other, &to, &sealed, &fail), CLI_OK);
    assert_true(sealed.key_id == pack_decrypter_id(other_point));
    assert_true(sealed.receiver_id == pack_decrypter_id(point));
    open_sealed(&sealed, "outrigger-decrypter-v1", scalar);
    assert_int_equal(p256_private_raw(other, expected, &fail), CLI_OK);
    assert_memory_equal(scalar, expected, 32);
    assert_int_equal(decrypter_receiver_device("no certificate", "x.pem", "UV00", &to, &fail), CLI_FORMAT);
    p256_key_free(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
/* In regions of one size they stay one file; the counters of another size are others, so that it is a file of its own. */
static void layers_of_the_same_bytes_are_encrypted(void **state)
{
    const struct pack_layer layers[] = { { "one", true, 0, rom, sizeof(rom) },
                                         { "two", true, 16 * BLOCK_BYTES, rom, sizeof(rom) } };
    const struct pack_options options = { .layers = layers, .layer_count = 2, .has_block_list = true };

    (void)state;
    assert_int_equal(pack_make(rom, sizeof(rom), &options, &pack, &fail), CLI_OK);
    assert_int_equal(pack.file_count, 1);
    assert_int_equal(pack_encrypt(&pack, point, &fail), CLI_OK);
    assert_int_equal(pack.file_count, 4);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    assert_memory_equal(pack.body.layers[1].fetch_hash.bytes, pack.body.layers[2].fetch_hash.bytes,
                        SHA256_BYTES);
    assert_memory_not_equal(pack.body.layers[0].fetch_hash.bytes, pack.body.layers[1].fetch_hash.bytes,
                            SHA256_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bundles_open_again),
        TEST(no_two_are_alike),
        TEST(layers_of_the_same_bytes_are_encrypted),
        TEST(judged_without_the_key),
        TEST(decrypters_are_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
