/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes, keys and text forms against published vectors (FIPS 180-4, RFC 4648, and bundle format facts). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"

static void test_sha256(void **state)
{
    (void)state;
    unsigned char hash[32], again[32];
    char hex[65];
    crypto_sha256("abc", 3, hash);
    hex_encode(hash, 32, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct crypto_sha256_ctx *ctx = crypto_sha256_new();
    for (int i = 0; i < 2; i++) { /* the context starts again */
        crypto_sha256_add(ctx, "a", 1);
        crypto_sha256_add(ctx, "bc", 2);
        crypto_sha256_end(ctx, again);
        assert_true(crypto_equal(hash, again, 32));
    }
    again[31] ^= 1;
    assert_false(crypto_equal(hash, again, 32));
    crypto_sha256_free(ctx);
}

/* RFC 6979, A.2.5: P-256 with SHA-256, message "sample". */
#define KEY_X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define KEY_Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define SIG_R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define SIG_S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"

static void test_verify(void **state)
{
    (void)state;
    unsigned char point[65], signature[64];
    assert_int_equal(hex_decode("04" KEY_X KEY_Y, point, 65), ST_OK);
    assert_int_equal(hex_decode(SIG_R SIG_S, signature, 64), ST_OK);
    assert_true(crypto_point_is_valid(point, 65));
    assert_true(crypto_p256_verify(point, "sam", 3, "ple", 3, signature));
    assert_true(crypto_p256_verify(point, "", 0, "sample", 6, signature));
    assert_false(crypto_p256_verify(point, "", 0, "Sample", 6, signature));
    for (int i = 0; i < 64; i += 9) {
        signature[i] ^= 1;
        assert_false(crypto_p256_verify(point, "", 0, "sample", 6, signature));
        signature[i] ^= 1;
    }
    memset(signature, 0, sizeof(signature));
    assert_false(crypto_p256_verify(point, "", 0, "sample", 6, signature));
    point[64] ^= 1; /* off the curve */
    assert_false(crypto_point_is_valid(point, 65));
    assert_false(crypto_p256_verify(point, "", 0, "sample", 6, signature));
    assert_false(crypto_point_is_valid(point, 33));
}

static void test_signer_id(void **state)
{
    (void)state;
    unsigned char point[65];
    assert_int_equal(
        hex_decode("04cb12f5b8a41d6ce4790d6017dd6f02303b2f01c0e00f8c6f4091d1ff94419182ad76c493c271a1e6ecfd"
                   "ef47a42c0632e271a6988b50ab32f19bb78599f9c8d8",
                   point, 65),
        ST_OK);
    assert_true(crypto_signer_id(point) == 0xfafe6c7e9e62f5bfULL);
}

static void test_base64(void **state)
{
    (void)state;
    static const char *const pairs[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char text[16], back[16];
        size_t len = 99;
        crypto_base64_encode(pairs[i][0], strlen(pairs[i][0]), text);
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(crypto_base64_decode(text, strlen(text), back, sizeof(back), &len), ST_OK);
        assert_int_equal(len, strlen(pairs[i][0]));
        assert_memory_equal(back, pairs[i][0], len);
    }
}

static void test_base64_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = { "Z",     "Zg=", "Zg===",    "Zg==Zg==", "Zm9v!",
                                       "Zm9vY", "=",   "Zm9v====", "Zm-_" };
    char out[16];
    size_t len;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(crypto_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out), &len), ST_INVALID);
    }
    assert_int_equal(crypto_base64_decode("Zm9vYmFy", 8, out, 5, &len), ST_TOO_LARGE);
    assert_int_equal(crypto_base64_decode("Zm9v\r\nYg", 8, out, 5, &len),
                     ST_OK); /* white space, no padding */
    assert_int_equal(len, 4);
    assert_int_equal(crypto_base64_decode("Zm\0v", 4, out, 5, &len), ST_INVALID);
}

static void test_pem(void **state)
{
    (void)state;
    unsigned char der[150], back[150];
    char pem[512];
    size_t len;
    for (size_t i = 0; i < sizeof(der); i++) {
        der[i] = (unsigned char)(i * 7);
    }
    assert_int_equal(crypto_pem_encode("CERTIFICATE", der, sizeof(der), pem, 64), ST_TOO_LARGE);
    assert_int_equal(crypto_pem_encode("CERTIFICATE", der, sizeof(der), pem, sizeof(pem)), ST_OK);
    assert_int_equal(strncmp(pem, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    assert_int_equal(crypto_pem_decode(pem, "CERTIFICATE", back, sizeof(back), &len), ST_OK);
    assert_int_equal(len, sizeof(der));
    assert_memory_equal(back, der, len);
    assert_int_equal(crypto_pem_decode(pem, "CERTIFICATE REQUEST", back, sizeof(back), &len), ST_INVALID);
    pem[strlen(pem) - 20] = '\0';
    assert_int_equal(crypto_pem_decode(pem, "CERTIFICATE", back, sizeof(back), &len), ST_INVALID);
    assert_int_equal(crypto_pem_decode("Zm9v", "CERTIFICATE", back, sizeof(back), &len), ST_OK);
    assert_int_equal(len, 3);
    assert_int_equal(crypto_pem_decode("", "CERTIFICATE", back, sizeof(back), &len), ST_INVALID);
}

static void test_refuses_garbage_certificate(void **state)
{
    (void)state;
    unsigned char point[65];
    assert_int_equal(crypto_certificate_point((const unsigned char *)"\x30\x82garbage", 9, point),
                     ST_INVALID);
    assert_int_equal(crypto_point_load("no/such/file.pem", point), ST_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_signer_id),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_refuses),
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_refuses_garbage_certificate),
    };
    return cmocka_run_group_tests_name("crypto_vectors", tests, NULL, NULL);
}
