/* SPDX-License-Identifier: Apache-2.0 */
/* HPKE against the vector of RFC 9180 appendix A.3.1, key pairs that are made and read again, damaged inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"

#define TEXT_BYTES 29

static char path[] = "/tmp/outrigger-hpke-XXXXXX";
static struct fail fail;
static struct p256_key *ephemeral, *recipient;
static unsigned char recipient_point[65], info[20], aad[7], text[TEXT_BYTES],
    sealed[TEXT_BYTES + HPKE_EXTRA_BYTES];
static const struct hpke_purpose purpose = { info, sizeof(info), aad, sizeof(aad) };

static void hex(const char *digits, unsigned char *out, size_t len)
{
    assert_true(base16_decode(digits, out, len));
}

/* A key by its numbers, through a PEM file as a user's would come. */
static struct p256_key *key_of(const char *scalar, const char *point)
{
    unsigned char bytes[65];
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    struct p256_key *key;
    OSSL_PARAM *params;
    BIGNUM *number = NULL;
    FILE *file = fopen(path, "w");

    assert_true(BN_hex2bn(&number, scalar) == 64);
    hex(point, bytes, 65);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, bytes, 65);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number);
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params), 1);
    assert_int_equal(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(p256_key_read(path, &key, &fail), CLI_OK);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    BN_free(number);
    return key;
}

static int read_vector(void **state)
{
    (void)state;
    ephemeral = key_of(
        "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
        "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c09"
        "00be863c403ce65c9bfcb9382657222d18c4");
    recipient = key_of(
        "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3"
        "d30ad6aa8f80e30f1d128aafd68a2ce72ea0");
    p256_key_public(recipient, recipient_point);
    p256_key_public(ephemeral, sealed);
    hex("4f6465206f6e2061204772656369616e2055726e", info, sizeof(info));
    hex("436f756e742d30", aad, sizeof(aad));
    hex("4265617574792069732074727574682c20747275746820626561757479", text, sizeof(text));
    hex("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
        sealed + 65, TEXT_BYTES + HPKE_TAG_BYTES);
    return 0;
}

static int forget_vector(void **state)
{
    (void)state;
    p256_key_free(ephemeral);
    p256_key_free(recipient);
    return 0;
}

static void seals_as_the_rfc_does(void **state)
{
    unsigned char out[sizeof(sealed)];

    (void)state;
    assert_int_equal(hpke_seal_from(ephemeral, recipient_point, &purpose, text, sizeof(text), out, &fail),
                     CLI_OK);
    assert_memory_equal(out, sealed, sizeof(sealed));
}

static void opens_what_the_rfc_sealed(void **state)
{
    unsigned char out[TEXT_BYTES];

    (void)state;
    assert_int_equal(hpke_open(recipient, &purpose, sealed, sizeof(sealed), out, &fail), CLI_OK);
    assert_memory_equal(out, text, TEXT_BYTES);
}

static void seals_for_a_key_that_was_made_here(void **state)
{
    unsigned char point[65], out[TEXT_BYTES + HPKE_EXTRA_BYTES], back[TEXT_BYTES];
    struct p256_key *key;

    (void)state;
    assert_int_equal(p256_generate(&key, &fail), CLI_OK);
    p256_key_public(key, point);
    assert_int_equal(hpke_seal(point, &purpose, text, sizeof(text), out, &fail), CLI_OK);
    assert_int_equal(hpke_open(key, &purpose, out, sizeof(out), back, &fail), CLI_OK);
    assert_memory_equal(back, text, TEXT_BYTES);
    assert_int_equal(hpke_open(recipient, &purpose, out, sizeof(out), back, &fail), CLI_FORMAT);
    p256_key_free(key);
}

static void damage_is_found(void **state)
{
    unsigned char damaged[sizeof(sealed)], out[TEXT_BYTES];
    const struct hpke_purpose others[] = { { info, sizeof(info) - 1, aad, sizeof(aad) },
                                           { info, sizeof(info), aad, sizeof(aad) - 1 } };

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit += bit < 8 ? 1 : 5) {
        memcpy(damaged, sealed, sizeof(sealed));
        damaged[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_equal(hpke_open(recipient, &purpose, damaged, sizeof(damaged), out, &fail), CLI_FORMAT);
    }
    for (size_t len = 0; len < HPKE_EXTRA_BYTES; len++)
        assert_int_equal(hpke_open(recipient, &purpose, sealed, len, out, &fail), CLI_FORMAT);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(hpke_open(recipient, &others[i], sealed, sizeof(sealed), out, &fail), CLI_FORMAT);
    memcpy(damaged, recipient_point, 65);
    damaged[64] ^= 1;
    assert_int_equal(hpke_seal(damaged, &purpose, text, 0, damaged, &fail), CLI_FORMAT);
}

static void key_pairs_are_read_as_they_were_written(void **state)
{
    char *(*const forms[])(const struct p256_key *) = { p256_private_pem, p256_public_pem };
    unsigned char point[65], back[65];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *pem = forms[i](recipient);
        FILE *file = fopen(path, "w");

        assert_true(fputs(pem, file) >= 0 && fclose(file) == 0);
        p256_key_public(recipient, point);
        assert_int_equal(p256_public_read(path, back, &fail), CLI_OK);
        assert_memory_equal(back, point, 65);
        mem_free_secret(pem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_as_the_rfc_does),
        cmocka_unit_test(opens_what_the_rfc_sealed),
        cmocka_unit_test(seals_for_a_key_that_was_made_here),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(key_pairs_are_read_as_they_were_written),
    };
    int fd = mkstemp(path), failed;

    assert_true(fd >= 0);
    close(fd);
    failed = cmocka_run_group_tests(tests, read_vector, forget_vector);
    unlink(path);
    return failed;
}
