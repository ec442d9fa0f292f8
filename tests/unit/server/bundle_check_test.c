/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: the golden one of the original's tool is accepted, every kind of bad one is refused with its
 * reason. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/status.h"
#include "blob/blob.h"
#include "bundle/check.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "unit/server/folder_fake.h"
#include "unit/server/zip_fake.h"

#define GOLDEN_LAYER "785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9"
#define GOLDEN_MANIFEST                                                                                      \
    "12520a4c0a060a04108080401a20785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c92220ea65"   \
    "3225f12386792650c726075bbff6003a4730aa66fe543c9235303267dc6022002a00"

static unsigned char rom[1024], golden_manifest[84], big[0x3000];
static char why[BUNDLE_WHY_BYTES];
static struct bundle_contents got;

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rom); i++) {
        rom[i] = (unsigned char)i;
    }
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (unsigned char)(i * 31 + i / 4096);
    }
    assert_int_equal(hex_decode(GOLDEN_MANIFEST, golden_manifest, sizeof(golden_manifest)), ST_OK);
    folder_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

static const char *zip_path(void)
{
    return folder_path("b.zip");
}

static int check_files(const struct zip_fake_file *files, size_t count)
{
    zip_fake_write(zip_path(), files, count);
    return bundle_check(zip_path(), &got, why);
}

static int check_bundle(const struct bundle_fake *b)
{
    bundle_fake_write(zip_path(), b);
    return bundle_check(zip_path(), &got, why);
}

#define REFUSED(rc, words)                                                                                   \
    do {                                                                                                     \
        assert_int_equal(rc, ST_INVALID);                                                                    \
        if (strstr(why, words) == NULL) {                                                                    \
            fail_msg("\"%s\" does not say \"%s\"", why, words);                                              \
        }                                                                                                    \
    } while (0)

static void test_golden(void **state)
{
    (void)state;
    const struct zip_fake_file files[] = { { GOLDEN_LAYER, rom, sizeof(rom) },
                                           { "manifest", golden_manifest, sizeof(golden_manifest) } };
    assert_int_equal(check_files(files, 2), ST_OK);
    assert_true(bundle_is_unsigned(&got));
    assert_int_equal(got.layer_count, 1);
    assert_int_equal(got.layers[0].bytes, 1024);
    assert_int_equal(got.layers[0].start, 0);
    assert_int_equal(got.layers[0].size, 0x100000);
    assert_false(got.layers[0].has_block_list);
    assert_int_equal(got.layers[0].block_list_bytes, 0);
    assert_int_equal(got.manifest_len, sizeof(golden_manifest));
}

static void test_two_layers_with_block_lists(void **state)
{
    (void)state;
    const struct bundle_fake_layer layers[] = { { big, sizeof(big) - 5, 0, 0x4000, true, false },
                                                { rom, 1024, 0x8000, 0x1000, true, false } };
    const struct bundle_fake b = {
        .layers = layers, .count = 2, .maximum_restart_ms = 1000, .watchdog_ms = 500
    };
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_int_equal(got.layer_count, 2);
    assert_int_equal(got.layers[0].block_list_bytes, 3 * 32);
    assert_int_equal(got.layers[1].block_list_bytes, 32);

    struct blob_store *blobs = NULL;
    unsigned char manifest_hash[32];
    uint64_t bytes = 0;
    assert_int_equal(blob_open(folder_path("blobs"), &blobs), ST_OK);
    assert_int_equal(bundle_store(zip_path(), &got, blobs, manifest_hash, why), ST_OK);
    assert_int_equal(blob_size(blobs, got.layers[0].fetch_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, sizeof(big) - 5);
    assert_int_equal(blob_size(blobs, got.layers[0].block_list_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, 96);
    assert_int_equal(blob_size(blobs, manifest_hash, &bytes), ST_OK);
    assert_int_equal(bytes, got.manifest_len);
    blob_close(blobs);
}

/* A layer in external flash over the offsets of the one in the slot, larger than the slot. */
static void test_external_layer(void **state)
{
    (void)state;
    struct bundle_fake_layer layers[] = { { rom, 1024, 0, 0x1000, true, false },
                                          { big, sizeof(big), 0, 0x400000, true, true },
                                          { rom, 1000, 0x7ff000, 0x1000, true, true } };
    const struct bundle_fake b = { .layers = layers, .count = 3 };
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_false(got.layers[0].external);
    assert_true(got.layers[1].external);
    assert_int_equal(got.layers[1].start, 0);
    assert_int_equal(got.layers[1].size, 0x400000);
    assert_int_equal(got.layers[1].block_list_bytes, (sizeof(big) + 4095) / 4096 * 32);
    layers[2].start = 0x3ff000;
    REFUSED(check_bundle(&b), "of the external flash");
    layers[2].start = 0x800000;
    REFUSED(check_bundle(&b),
            "external flash, offset 0x800000, size 0x1000; offset and size are multiples of "
            "0x1000 and end at 0x800000 or before");
    layers[2].start = 0x7ff000;
    layers[2].has_block_list = false;
    REFUSED(check_bundle(&b), "layer 2: a layer for external flash needs a block list");
    layers[2].has_block_list = true;
    layers[0].start = 0x1000;
    REFUSED(check_bundle(&b), "no layer begins at offset 0 of the application flash");
}

/* As large as it can be: its block list has 64 KiB. */
static void test_largest_external_layer(void **state)
{
    (void)state;
    unsigned char *full = calloc(1, EXTERNAL_FLASH_BYTES);
    assert_non_null(full);
    const struct bundle_fake_layer layers[] = { { rom, 1024, 0, 0x1000, true, false },
                                                { full, EXTERNAL_FLASH_BYTES, 0, EXTERNAL_FLASH_BYTES, true,
                                                  true } };
    const struct bundle_fake b = { .layers = layers, .count = 2 };
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_int_equal(got.layers[1].block_list_bytes, 65536);
    free(full);
}

static void test_regions_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t start[2], size[2];
        const char *words;
    } cases[] = {
        { { 0, 0x1000 }, { 0x2000, 0x1000 }, "layer 1 (offset 0x1000, 0x1000 bytes) overlaps layer 0" },
        { { 0, 0x1001 }, { 0x1000, 0x1000 }, "aligned" },
        { { 0, 0x1000 }, { 0x1000, 0x1100 }, "aligned" },
        { { 0, 0x1000 }, { 0x1000, 0x100000 }, "not inside" },
        { { 0, 0x100000 }, { 0x1000, 0x1000 }, "offset 0x100000" },
        { { 0, 0xfffff000 }, { 0x1000, 0x1000 }, "not inside" },
        { { 0, 0x1000 }, { 0x1000, 0 }, "empty" },
        { { 0x1000, 0x2000 }, { 0x1000, 0x1000 }, "offset 0" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bundle_fake_layer layers[2];
        for (int k = 0; k < 2; k++) {
            layers[k] =
                (struct bundle_fake_layer){ rom + k, 100, cases[i].start[k], cases[i].size[k], false, false };
        }
        const struct bundle_fake b = { .layers = layers, .count = 2 };
        REFUSED(check_bundle(&b), cases[i].words);
    }
    const struct bundle_fake none = { .count = 0 };
    REFUSED(check_bundle(&none), "no layers");
}

static void test_policies_refused(void **state)
{
    (void)state;
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    struct bundle_fake b = {
        .layers = &layer, .count = 1, .minimum_restart_ms = 200, .maximum_restart_ms = 100
    };
    REFUSED(check_bundle(&b), "minimum_restart_ms=200");
    b = (struct bundle_fake){ .layers = &layer, .count = 1, .watchdog_ms = 99 };
    REFUSED(check_bundle(&b), "watchdog_ms=99");
}

static void test_files_refused(void **state)
{
    (void)state;
    const struct zip_fake_file manifest = { "manifest", golden_manifest, sizeof(golden_manifest) };
    const struct zip_fake_file layer = { GOLDEN_LAYER, rom, sizeof(rom) };
    struct zip_fake_file files[28] = { layer };
    REFUSED(check_files(files, 1), "no entry named \"manifest\"");
    files[0] = manifest;
    REFUSED(check_files(files, 1), "layer 0 is missing");
    files[1] = (struct zip_fake_file){ GOLDEN_LAYER, rom, sizeof(rom) - 1 };
    REFUSED(check_files(files, 2), "SHA-256 of its file");
    files[1] = (struct zip_fake_file){ GOLDEN_LAYER, rom, 0 };
    REFUSED(check_files(files, 2), "has 0 bytes");
    files[1] = layer;
    files[2] = (struct zip_fake_file){ "readme.txt", "hi", 2 };
    REFUSED(check_files(files, 3), "\"readme.txt\" is not in the manifest");
    files[2] = (struct zip_fake_file){ "folder/", "", 0 };
    REFUSED(check_files(files, 3), "is a folder");
    files[0] = (struct zip_fake_file){ "manifest", golden_manifest, sizeof(golden_manifest) - 1 };
    REFUSED(check_files(files, 2), "manifest cannot be decoded");
    files[0] = (struct zip_fake_file){ "manifest", "", 0 };
    REFUSED(check_files(files, 2), "has 0 bytes");
    static char names[28][8];
    for (int i = 0; i < 28; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%d", i);
        files[i] = (struct zip_fake_file){ names[i], "x", 1 };
    }
    REFUSED(check_files(files, 28), "28 entries");
}

static void test_layer_larger_than_region(void **state)
{
    (void)state;
    const struct bundle_fake_layer layer = { big, sizeof(big), 0, 0x1000, false, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    bundle_fake_write(zip_path(), &b);
    REFUSED(bundle_check(zip_path(), &got, why), "holds 1 to 4096");
}

static void test_measurement_and_block_list_refused(void **state)
{
    (void)state;
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    unsigned char manifest[MANIFEST_MAX_BYTES];
    size_t len = bundle_fake_manifest(&b, manifest, sizeof(manifest));
    assert_int_equal(check_bundle(&b), ST_OK);
    const unsigned char *hashes[] = { got.layers[0].measurement_sha256, got.layers[0].block_list_sha256 };
    static const char *const words[] = { "measurement_hash", "block_list_hash" };
    for (int i = 0; i < 2; i++) {
        unsigned char *at = memmem(manifest, len, hashes[i], 32);
        struct bundle_contents keep = got;
        assert_non_null(at);
        at[7] ^= 1;
        const struct zip_fake_file files[] = { { "manifest", manifest, len }, { GOLDEN_LAYER, rom, 1024 } };
        REFUSED(check_files(files, 2), words[i]);
        at[7] ^= 1;
        got = keep;
    }
}

static void file_read(unsigned char **data, size_t *len)
{
    FILE *f = fopen(zip_path(), "rb");
    assert_non_null(f);
    *data = malloc(1 << 16);
    *len = fread(*data, 1, 1 << 16, f);
    fclose(f);
}

static void file_write(const unsigned char *data, size_t len)
{
    FILE *f = fopen(zip_path(), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    unsigned char *data;
    size_t len;
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    assert_int_equal(check_bundle(&b), ST_OK);
    file_read(&data, &len);
    for (size_t n = 0; n < len; n++) {
        file_write(data, n);
        REFUSED(bundle_check(zip_path(), &got, why), "zip");
    }
    free(data);
}

/* Each byte of the file changed: never accepted with other contents, never a crash. */
static void test_each_byte_changed(void **state)
{
    (void)state;
    unsigned char *data;
    size_t len;
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    assert_int_equal(check_bundle(&b), ST_OK);
    struct bundle_contents whole = got;
    file_read(&data, &len);
    for (size_t i = 0; i < len; i++) {
        data[i] ^= 0x41;
        file_write(data, len);
        if (bundle_check(zip_path(), &got, why) == ST_OK) {
            assert_memory_equal(got.layers[0].fetch_sha256, whole.layers[0].fetch_sha256, 32);
            assert_memory_equal(got.layers[0].measurement_sha256, whole.layers[0].measurement_sha256, 32);
        }
        data[i] ^= 0x41;
    }
    free(data);
}

/* A bomb: a megabyte of zeros packs to a kilobyte. Whether it declares its size or lies, it is refused early.
 */
static void test_bombs(void **state)
{
    (void)state;
    unsigned char *zeros = calloc(1, 1 << 20), *data;
    size_t len;
    const struct zip_fake_file files[] = { { "manifest", golden_manifest, sizeof(golden_manifest) },
                                           { GOLDEN_LAYER, zeros, 1 << 20 } };
    REFUSED(check_files(files, 2),
            "SHA-256 of its file"); /* fits its region: read, and found to be other bytes */
    file_read(&data, &len);
    assert_true(len < 4096);
    static const unsigned char size[4] = { 0, 0, 0x10, 0 }, lie[4] = { 0, 4, 0, 0 };
    for (unsigned char *at = data; (at = memmem(at, len - (size_t)(at - data), size, 4)) != NULL; at += 4) {
        memcpy(at, lie, 4); /* both headers now declare 1,024 bytes */
    }
    file_write(data, len);
    REFUSED(bundle_check(zip_path(), &got, why), "more bytes than it declares");
    free(data);
    free(zeros);
}

static void test_not_a_zip(void **state)
{
    (void)state;
    file_write((const unsigned char *)"hello", 5);
    REFUSED(bundle_check(zip_path(), &got, why), "not a zip archive");
    file_write((const unsigned char *)"", 0);
    REFUSED(bundle_check(zip_path(), &got, why), "not a zip archive");
    assert_int_equal(bundle_check(folder_path("none"), &got, why), ST_IO);
}

/* A directory that claims 65,535 entries, and a zip64 one, are refused before the zip library reads them. */
static void test_forged_directory(void **state)
{
    (void)state;
    unsigned char end[22 + 20] = { 0 }, *record = end + 20;
    memcpy(record, "PK\5\6", 4);
    record[8] = record[9] = record[10] = record[11] = 0xff;
    file_write(record, 22);
    REFUSED(bundle_check(zip_path(), &got, why), "65535 entries");
    memset(record + 8, 0, 4);
    record[14] = 1; /* 65,536 bytes of directory */
    file_write(record, 22);
    REFUSED(bundle_check(zip_path(), &got, why), "65536 bytes");
    record[14] = 0;
    memcpy(end, "PK\6\7", 4);
    file_write(end, sizeof(end));
    REFUSED(bundle_check(zip_path(), &got, why), "zip64");
}

static void test_signatures(void **state)
{
    (void)state;
    /* Any signature will do here: what a good one is, crypto_vectors_test says. */
    unsigned char signature[64] = { 1 };
    struct bundle_signer signers[2] = { { .id = 7 }, { .id = 9 } };
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    struct bundle_fake b = { .layers = &layer, .count = 1, .signer_id = 8, .signature = signature };
    assert_int_equal(
        hex_decode(
            "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e9"
            "5628bc64f2f1b20c2d7e9f5177a3c294d4462299",
            signers[1].point, 65),
        ST_OK);
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_false(bundle_is_unsigned(&got));
    assert_int_equal(bundle_signature_check(&got, signers, 2, why), ST_DENIED);
    assert_non_null(strstr(why, "do not accept"));
    b.signer_id = 9;
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_int_equal(bundle_signature_check(&got, signers, 2, why), ST_DENIED);
    assert_non_null(strstr(why, "signature is wrong"));
    b.signature = NULL;
    REFUSED(check_bundle(&b), "signature has 0 bytes");
    b.signature = signature;
    b.signer_id = 0;
    REFUSED(check_bundle(&b), "signer_id is 0x0000000000000000");
}

static void test_sign(void **state)
{
    (void)state;
    unsigned char signature[64];
    memset(signature, 5, sizeof(signature));
    const struct bundle_fake_layer layer = { rom, 1024, 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    unsigned char expect[MANIFEST_MAX_BYTES];
    struct bundle_fake as_signed = b;
    as_signed.signer_id = UINT64_C(0xfafe6c7e9e62f5bf);
    as_signed.signature = signature;
    size_t len = bundle_fake_manifest(&as_signed, expect, sizeof(expect));
    assert_int_equal(check_bundle(&b), ST_OK);
    assert_int_equal(bundle_sign(&got, as_signed.signer_id, signature), ST_OK);
    assert_int_equal(got.manifest_len, len);
    assert_memory_equal(got.manifest, expect, len);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_golden),
        TEST(test_two_layers_with_block_lists),
        TEST(test_external_layer),
        TEST(test_largest_external_layer),
        TEST(test_regions_refused),
        TEST(test_policies_refused),
        TEST(test_files_refused),
        TEST(test_layer_larger_than_region),
        TEST(test_measurement_and_block_list_refused),
        TEST(test_truncated_everywhere),
        TEST(test_each_byte_changed),
        TEST(test_bombs),
        TEST(test_not_a_zip),
        TEST(test_forged_directory),
        TEST(test_signatures),
        TEST(test_sign),
    };
    return cmocka_run_group_tests_name("bundle_check", tests, NULL, NULL);
}
