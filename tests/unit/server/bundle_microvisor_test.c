/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisor bundles: a good one is accepted and stored, every kind of bad one is refused with its name and words. */
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
#include "bundle/microvisor.h"
#include "crypto/sha256.h"
#include "unit/server/folder_fake.h"
#include "unit/server/microvisor_fake.h"
#include "unit/server/zip_fake.h"

static struct microvisor_fake_key root, other, stranger;
static struct bundle_signer roots[2];
static struct microvisor_contents got;
static enum microvisor_fault fault;
static char why[BUNDLE_WHY_BYTES];
static uint8_t image[MICROVISOR_FAKE_IMAGE_MAX], manifest[MANIFEST_MAX_BYTES];
static char name[65];
static struct zip_fake_file files[4];

static int group_setup(void **state)
{
    (void)state;
    microvisor_fake_key_make(&root);
    microvisor_fake_key_make(&other);
    microvisor_fake_key_make(&stranger);
    roots[0] = root.signer;
    roots[1] = other.signer;
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    microvisor_fake_key_free(&root);
    microvisor_fake_key_free(&other);
    microvisor_fake_key_free(&stranger);
    return 0;
}

static int setup(void **state)
{
    (void)state;
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
    return folder_path("m.zip");
}

static int check(void)
{
    return microvisor_check(zip_path(), roots, 2, &got, &fault, why);
}

static int check_fake(const struct microvisor_fake *m)
{
    microvisor_fake_write(zip_path(), m);
    return check();
}

static void refused(int rc, enum microvisor_fault want, const char *words)
{
    assert_int_equal(rc, ST_INVALID);
    if (fault != want || strstr(why, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", microvisor_fault_name(fault), why, words);
    }
}

/* The files of a good bundle, to be changed before they are written. */
static void files_make(const struct microvisor_fake *m)
{
    uint8_t hash[32];
    files[1] = (struct zip_fake_file){ name, image, microvisor_fake_image(m, image) };
    crypto_sha256(image, files[1].len, hash);
    hex_encode(hash, 32, name);
    files[0] = (struct zip_fake_file){ "manifest", manifest,
                                       microvisor_fake_manifest(m, hash, (uint32_t)files[1].len, manifest,
                                                                sizeof(manifest)) };
}

static int check_files(size_t count)
{
    zip_fake_write(zip_path(), files, count);
    return check();
}

static void test_good(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    struct blob_store *blobs = NULL;
    unsigned char hash[32];
    uint64_t bytes = 0;
    assert_int_equal(check_fake(&m), ST_OK);
    assert_int_equal(fault, MICROVISOR_GOOD);
    assert_string_equal(got.board, "mps2_an505");
    assert_string_equal(got.version, "0.2.0");
    assert_int_equal(got.number, 200);
    assert_int_equal(got.ratchet, 1);
    assert_int_equal(got.image_bytes, 40256);
    assert_true(got.signer_id == root.signer.id);
    crypto_sha256(got.manifest, got.manifest_len, hash);
    assert_memory_equal(hash, got.manifest_sha256, 32);
    assert_int_equal(blob_open(folder_path("blobs"), &blobs), ST_OK);
    assert_int_equal(microvisor_store(zip_path(), &got, blobs, why), ST_OK);
    assert_int_equal(blob_size(blobs, got.image_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, 40256);
    assert_int_equal(blob_size(blobs, got.manifest_sha256, &bytes), ST_OK);
    assert_int_equal(bytes, got.manifest_len);
    blob_close(blobs);
    m.manifest_key = &other; /* a second root key of the roll-over */
    assert_int_equal(check_fake(&m), ST_OK);
    m.body_bytes = MICROVISOR_IMAGE_MAX_BYTES - 256;
    assert_int_equal(check_fake(&m), ST_OK);
}

static void test_signatures(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.manifest_key = NULL;
    refused(check_fake(&m), MICROVISOR_SIGNER_UNKNOWN, "not signed");
    m.manifest_key = &stranger;
    refused(check_fake(&m), MICROVISOR_SIGNER_UNKNOWN, "[microvisors] root_key");
    m.manifest_key = &root;
    m.image_key = &stranger;
    refused(check_fake(&m), MICROVISOR_IMAGE_SIGNATURE, "signed by none");
    m.image_key = &root;
    files_make(&m);
    manifest[files[0].len - 1] ^= 1; /* the signature is the last field */
    refused(check_files(2), MICROVISOR_SIGNATURE, "did not sign this body");
    /* Under the name of an accepted key. */
    struct microvisor_fake_key named = stranger;
    named.signer = root.signer;
    m.manifest_key = &named;
    refused(check_fake(&m), MICROVISOR_SIGNATURE, "did not sign");
    assert_int_equal(microvisor_check(zip_path(), roots, 0, &got, &fault, why), ST_INVALID);
    assert_int_equal(fault, MICROVISOR_SIGNER_UNKNOWN);
}

/* A signature over an application's body is none over a microvisor's. */
static void test_signature_of_the_other_kind(void **state)
{
    (void)state;
    static const unsigned char rom[100];
    const struct bundle_fake_layer layer = { rom, sizeof(rom), 0, 0x1000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    bundle_fake_write(zip_path(), &b);
    refused(check(), MICROVISOR_MANIFEST, "upload it to /v1/Apps");
    struct microvisor_fake m = microvisor_fake_good(&root);
    struct bundle_contents app;
    microvisor_fake_write(zip_path(), &m);
    assert_int_equal(bundle_check(zip_path(), &app, why), ST_INVALID);
    assert_non_null(strstr(why, "upload it to /v1/Microvisors"));
}

static void test_header_and_manifest_disagree(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.image_number = 201;
    refused(check_fake(&m), MICROVISOR_MISMATCH, "number 201, but the manifest says version_number 200");
    m.image_number = 200;
    m.image_ratchet = 0;
    refused(check_fake(&m), MICROVISOR_MISMATCH,
            "ratchet 0, but the manifest says version_security_ratchet 1");
}

static void test_rules_of_manifests(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.board = "";
    refused(check_fake(&m), MICROVISOR_MANIFEST, "board is missing");
    m.board = "../x";
    refused(check_fake(&m), MICROVISOR_MANIFEST, "board");
    m = microvisor_fake_good(&root);
    m.version = "";
    refused(check_fake(&m), MICROVISOR_MANIFEST, "version_string");
    m = microvisor_fake_good(&root);
    m.number = m.image_number = 0;
    refused(check_fake(&m), MICROVISOR_MANIFEST, "version_number");
    m = microvisor_fake_good(&root);
    m.body_bytes = MICROVISOR_IMAGE_MAX_BYTES - 255;
    refused(check_fake(&m), MICROVISOR_MANIFEST, "520192");
    files_make(&m);
    files[0].data = "\xff\xff\xff";
    files[0].len = 3;
    refused(check_files(2), MICROVISOR_MANIFEST, "cannot be decoded");
    files[0].len = 0;
    refused(check_files(2), MICROVISOR_MANIFEST, "has 0 bytes");
    files[0].data = image;
    files[0].len = MANIFEST_MAX_BYTES + 1;
    refused(check_files(2), MICROVISOR_MANIFEST, "has 1665 bytes");
}

static void test_files(void **state)
{
    (void)state;
    const struct microvisor_fake m = microvisor_fake_good(&root);
    files_make(&m);
    refused(check_files(1), MICROVISOR_FILES, "the zip file has no entry");
    files[2] = (struct zip_fake_file){ "readme.txt", "hi", 2 };
    refused(check_files(3), MICROVISOR_FILES, "\"readme.txt\" is not in the manifest");
    files[1].len--;
    refused(check_files(2), MICROVISOR_HASH, "has 40255 bytes, but the manifest says 40256");
    files[1].len++;
    image[300] ^= 1;
    refused(check_files(2), MICROVISOR_HASH, "the SHA-256 of the image is");
    files[0] = files[1];
    refused(check_files(1), MICROVISOR_MANIFEST, "no entry named \"manifest\"");
}

/* Right hash, right signature of the manifest, but nothing that boot0 would start. */
static void test_something_else_than_an_image(void **state)
{
    (void)state;
    const struct microvisor_fake m = microvisor_fake_good(&root);
    static const struct {
        unsigned at;
        const char *words;
    } cases[] = { { 0, "not a signed microvisor image" },
                  { 4, "format that is not known" },
                  { 12, "the size in the image's header" } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t hash[32];
        files_make(&m);
        image[cases[i].at] ^= 0x40;
        crypto_sha256(image, files[1].len, hash);
        hex_encode(hash, 32, name);
        files[0].len = microvisor_fake_manifest(&m, hash, (uint32_t)files[1].len, manifest, sizeof(manifest));
        refused(check_files(2), MICROVISOR_IMAGE, cases[i].words);
    }
    uint8_t hash[32];
    crypto_sha256("tiny", 4, hash);
    hex_encode(hash, 32, name);
    files[1] = (struct zip_fake_file){ name, "tiny", 4 };
    files[0].len = microvisor_fake_manifest(&m, hash, 4, manifest, sizeof(manifest));
    refused(check_files(2), MICROVISOR_IMAGE, "not a signed microvisor image");
}

/* Every bit of the header is covered by the signature or by the check of the header. */
static void test_each_byte_of_the_header_counts(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    m.body_bytes = 64;
    for (unsigned at = 0; at < 256; at++) {
        uint8_t hash[32];
        files_make(&m);
        image[at] ^= (uint8_t)(1u << at % 8);
        crypto_sha256(image, files[1].len, hash);
        hex_encode(hash, 32, name);
        files[0].len = microvisor_fake_manifest(&m, hash, (uint32_t)files[1].len, manifest, sizeof(manifest));
        if (check_files(2) != ST_INVALID || fault < MICROVISOR_IMAGE) {
            fail_msg("byte %u: %s", at, microvisor_fault_name(fault));
        }
    }
}

static void test_zip(void **state)
{
    (void)state;
    const struct microvisor_fake m = microvisor_fake_good(&root);
    int fd;
    microvisor_fake_write(zip_path(), &m);
    assert_int_equal(truncate(zip_path(), 1000), 0);
    refused(check(), MICROVISOR_ZIP, "not a zip archive");
    fd = open(zip_path(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    refused(check(), MICROVISOR_ZIP, "not a zip archive");
    assert_int_equal(microvisor_check(folder_path("none"), roots, 2, &got, &fault, why), ST_IO);
}

static void test_file_that_changes_after_the_check(void **state)
{
    (void)state;
    struct microvisor_fake m = microvisor_fake_good(&root);
    struct blob_store *blobs = NULL;
    uint64_t bytes;
    assert_int_equal(check_fake(&m), ST_OK);
    files_make(&m);
    image[300] ^= 1;
    zip_fake_write(zip_path(), files, 2);
    assert_int_equal(blob_open(folder_path("blobs"), &blobs), ST_OK);
    assert_int_equal(microvisor_store(zip_path(), &got, blobs, why), ST_INVALID);
    assert_int_equal(blob_size(blobs, got.image_sha256, &bytes), ST_NOT_FOUND);
    assert_int_equal(blob_size(blobs, got.manifest_sha256, &bytes), ST_NOT_FOUND);
    blob_close(blobs);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good),
        TEST(test_signatures),
        TEST(test_signature_of_the_other_kind),
        TEST(test_header_and_manifest_disagree),
        TEST(test_rules_of_manifests),
        TEST(test_files),
        TEST(test_something_else_than_an_image),
        TEST(test_each_byte_of_the_header_counts),
        TEST(test_zip),
        TEST(test_file_that_changes_after_the_check),
    };
    return cmocka_run_group_tests_name("bundle_microvisor", tests, group_setup, group_teardown);
}
