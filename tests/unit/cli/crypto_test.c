/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from PEM files, signatures. */
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
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "keys_fake.h"

static char path[] = "/tmp/outrigger-key-XXXXXX";
static struct fail fail;

/* Takes text. */
static const char *as_file(char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    free(text);
    return path;
}

static void public_keys_are_read_from_either_half(void **state)
{
    struct keys *keys = keys_new("P-256");
    unsigned char want[65], got[65];

    (void)state;
    keys_point(keys, want);
    assert_int_equal(p256_public_read(as_file(keys_public_pem(keys)), got, &fail), CLI_OK);
    assert_memory_equal(got, want, 65);
    assert_int_equal(p256_public_read(as_file(keys_private_pem(keys)), got, &fail), CLI_OK);
    assert_memory_equal(got, want, 65);
    keys_free(keys);
}

static void other_curves_and_other_files_are_refused(void **state)
{
    struct keys *other = keys_new("secp256k1"), *larger = keys_new("P-384"), *good = keys_new("P-256");
    unsigned char point[65];
    struct p256_key *key;
    char *cut = keys_private_pem(good);

    (void)state;
    assert_int_equal(p256_public_read(as_file(keys_public_pem(other)), point, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "P-256"));
    assert_int_equal(p256_public_read(as_file(keys_public_pem(larger)), point, &fail), CLI_FORMAT);
    assert_int_equal(p256_key_read(as_file(keys_private_pem(larger)), &key, &fail), CLI_FORMAT);
    assert_int_equal(p256_key_read(as_file(keys_public_pem(good)), &key, &fail), CLI_FORMAT);
    cut[strlen(cut) / 2] = 0;
    assert_int_equal(p256_key_read(as_file(cut), &key, &fail), CLI_FORMAT);
    assert_int_equal(p256_public_read(as_file(strdup("")), point, &fail), CLI_FORMAT);
    assert_int_equal(p256_public_read("/nowhere/at/all", point, &fail), CLI_IO);
    keys_free(other);
    keys_free(larger);
    keys_free(good);
}

static void signatures_hold_for_their_bytes_only(void **state)
{
    struct keys *keys = keys_new("P-256");
    struct p256_key *key;
    unsigned char point[65], want[65], signature[64];

    (void)state;
    keys_point(keys, want);
    assert_int_equal(p256_key_read(as_file(keys_private_pem(keys)), &key, &fail), CLI_OK);
    p256_key_public(key, point);
    assert_memory_equal(point, want, 65);
    assert_int_equal(p256_sign(key, "sample", 6, signature, &fail), CLI_OK);
    assert_true(p256_verify(point, "sample", 6, signature));
    assert_false(p256_verify(point, "Sample", 6, signature));
    signature[10] ^= 1;
    assert_false(p256_verify(point, "sample", 6, signature));
    p256_key_free(key);
    keys_free(keys);
}

/* RFC 6979 section A.2.5, P-256 with SHA-256 over "sample". */
static void the_vector_of_the_rfc_verifies(void **state)
{
    unsigned char point[65], signature[64];

    (void)state;
    assert_true(base16_decode("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                              "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                              point, sizeof(point)));
    assert_true(base16_decode("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                              "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
                              signature, sizeof(signature)));
    assert_true(p256_verify(point, "sample", 6, signature));
    point[64] ^= 1; /* no longer on the curve */
    assert_false(p256_verify(point, "sample", 6, signature));
}

static void filled_hashes_are_hashes_of_the_whole(void **state)
{
    unsigned char whole[10000], want[32], got[32];

    (void)state;
    memset(whole, 0xff, sizeof(whole));
    memset(whole, 'a', 100);
    sha256_of(whole, sizeof(whole), want);
    sha256_of_filled(whole, 100, 0xff, sizeof(whole) - 100, got);
    assert_memory_equal(got, want, 32);
}

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_keys_are_read_from_either_half),
        cmocka_unit_test(other_curves_and_other_files_are_refused),
        cmocka_unit_test(signatures_hold_for_their_bytes_only),
        cmocka_unit_test(the_vector_of_the_rfc_verifies),
        cmocka_unit_test(filled_hashes_are_hashes_of_the_whole),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
