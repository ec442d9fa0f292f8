/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles with an encrypted layer: what the server can know without a key is checked, and the stored list becomes a blob. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bundle/check.h"
#include "crypto/sha256.h"
#include "proto/codec/codec.h"
#include "unit/server/folder_fake.h"
#include "unit/server/zip_fake.h"

#define POINT                                                                                                \
    "04cb12f5b8a41d6ce4790d6017dd6f02303b2f01c0e00f8c6f4091d1ff94419182ad76c493c271a1e6ecfdef47a42c0632e2"   \
    "71a6988b50ab32f19bb78599f9c8d8"
#define DECRYPTER 0x0102030405060708u

static unsigned char cipher[0x1800], list[64]; /* two blocks; nobody can tell what they hold */
static bundle_AppBody body;
static struct bundle_contents got;
static char why[BUNDLE_WHY_BYTES];
static size_t list_len;

static int setup(void **state)
{
    bundle_AppLayerReference *layer = &body.layers[0];
    (void)state;
    folder_make();
    memset(&body, 0, sizeof(body));
    memset(cipher, 0x77, sizeof(cipher));
    memset(list, 0x33, sizeof(list));
    list_len = sizeof(list);
    body.layers_count = 1;
    layer->has_target = true;
    layer->target.which_where = bundle_AppLayerRegion_internal_flash_tag;
    layer->target.where.internal_flash.size = 0x4000;
    layer->encrypted_with_key_id = DECRYPTER;
    layer->fetch_hash.size = layer->measurement_hash.size = 32;
    layer->block_list_hash.size = layer->block_list_fetch_hash.size = 32;
    crypto_sha256(cipher, sizeof(cipher), layer->fetch_hash.bytes);
    crypto_sha256(list, sizeof(list), layer->block_list_fetch_hash.bytes);
    body.has_content_key = true;
    body.content_key.receiver_id = DECRYPTER;
    body.content_key.sender_pub.size = P256_POINT_BYTES;
    assert_int_equal(hex_decode(POINT, body.content_key.sender_pub.bytes, P256_POINT_BYTES), ST_OK);
    body.content_key.ciphertext.size = CONTENT_KEY_SEALED_BYTES;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

static int check(bool with_list)
{
    static bundle_OpaqueManifest m;
    unsigned char manifest[MANIFEST_MAX_BYTES];
    char layer_name[65], list_name[65];
    int len = codec_body_encode(&body, m.body.bytes, sizeof(m.body.bytes));
    assert_true(len > 0);
    m.body.size = (pb_size_t)len;
    len = codec_manifest_encode(&m, manifest, sizeof(manifest));
    assert_true(len > 0);
    hex_encode(body.layers[0].fetch_hash.bytes, 32, layer_name);
    hex_encode(body.layers[0].block_list_fetch_hash.bytes, 32, list_name);
    const struct zip_fake_file files[] = { { "manifest", manifest, (size_t)len },
                                           { layer_name, cipher, sizeof(cipher) },
                                           { list_name, list, list_len } };
    zip_fake_write(folder_path("b.zip"), files, with_list ? 3 : 2);
    return bundle_check(folder_path("b.zip"), &got, why);
}

static void refused(bool with_list, const char *words)
{
    assert_int_equal(check(with_list), ST_INVALID);
    if (strstr(why, words) == NULL) {
        fail_msg("%s", why);
    }
}

static void test_stored(void **state)
{
    struct blob_store *blobs = NULL;
    unsigned char manifest_hash[32];
    uint64_t bytes = 0;
    (void)state;
    assert_int_equal(check(true), ST_OK);
    assert_true(got.layers[0].encrypted_with == DECRYPTER);
    assert_int_equal(got.layers[0].block_list_bytes, sizeof(list));
    assert_memory_equal(got.layers[0].block_list_sha256, body.layers[0].block_list_fetch_hash.bytes, 32);
    assert_int_equal(blob_open(folder_path("blobs"), &blobs), ST_OK);
    assert_int_equal(bundle_store(folder_path("b.zip"), &got, blobs, manifest_hash, why), ST_OK);
    assert_int_equal(blob_size(blobs, got.layers[0].block_list_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, sizeof(list));
    assert_int_equal(blob_size(blobs, got.layers[0].fetch_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, sizeof(cipher));
    blob_close(blobs);
}

static void test_lists_refused(void **state)
{
    (void)state;
    refused(false, "block list of layer 0, which is encrypted, is missing");
    list_len = 32;
    crypto_sha256(list, list_len, body.layers[0].block_list_fetch_hash.bytes);
    refused(true, "has 32 bytes; for a layer of 6144 it has 64");
    list_len = 64;
    refused(true, "(block_list_fetch_hash) is");
    body.layers[0].block_list_fetch_hash.size = 0;
    refused(false, "layer 0: block_list_hash and block_list_fetch_hash must both be there");
}

static void test_layers_refused(void **state)
{
    (void)state;
    body.layers[0].fetch_hash.bytes[0] ^= 1;
    refused(true, "the SHA-256 of its file is");
    body.layers[0].fetch_hash.bytes[0] ^= 1;
    body.content_key.sender_pub.bytes[9] ^= 1;
    refused(true, "sender_pub of the content_key is not a point on the curve");
    body.content_key.sender_pub.bytes[9] ^= 1;
    body.content_key.receiver_id++;
    refused(true, "encrypted layers need one content key");
    body.has_content_key = false;
    refused(true, "encrypted layers need one content key");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_stored), TEST(test_lists_refused),
                                        TEST(test_layers_refused) };
    return cmocka_run_group_tests_name("bundle_encrypted", tests, NULL, NULL);
}
