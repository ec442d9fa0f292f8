/* SPDX-License-Identifier: Apache-2.0 */
/* NewKeys messages of the tool: they decode again, are signed, and do to a key ring what was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "bundle/pack.h"
#include "crypto/p256.h"
#include "keys/new_keys.h"
#include "proto/codec/codec.h"

#define ACCOUNT "AC00000000000000000000000000000002"

static struct p256_key *signer, *other;
static unsigned char signer_point[P256_POINT_BYTES], other_point[P256_POINT_BYTES];
static unsigned char message[NEW_KEYS_MAX_BYTES];
static bundle_OpaqueManifest opaque;
static bundle_NewKeysBody body;
static struct fail fail;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(p256_generate(&signer, &fail), CLI_OK);
    assert_int_equal(p256_generate(&other, &fail), CLI_OK);
    p256_key_public(signer, signer_point);
    p256_key_public(other, other_point);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    p256_key_free(signer);
    p256_key_free(other);
    return 0;
}

static void make(const struct new_keys *wanted)
{
    size_t len = 0;

    assert_int_equal(new_keys_sign(wanted, signer, message, &len, &fail), CLI_OK);
    assert_int_equal(codec_manifest_decode(message, len, &opaque), CODEC_OK);
    assert_int_equal(codec_new_keys_decode(opaque.body.bytes, opaque.body.size, &body), CODEC_OK);
}

static void a_message_is_signed_over_its_own_prefix(void **state)
{
    const struct new_keys wanted = { .account_sid = ACCOUNT, .sequence = 7, .add = other_point };
    unsigned char text[64 + NEW_KEYS_BODY_MAX_BYTES];

    (void)state;
    make(&wanted);
    assert_true(opaque.signer_id == pack_signer_id(signer_point));
    memcpy(text, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES);
    memcpy(text + NEW_KEYS_SIGN_PREFIX_BYTES, opaque.body.bytes, opaque.body.size);
    assert_true(p256_verify(signer_point, text, NEW_KEYS_SIGN_PREFIX_BYTES + opaque.body.size,
                            opaque.signature.bytes));
    memcpy(text, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES);
    memcpy(text + MANIFEST_SIGN_PREFIX_BYTES, opaque.body.bytes, opaque.body.size);
    assert_false(p256_verify(signer_point, text, MANIFEST_SIGN_PREFIX_BYTES + opaque.body.size,
                             opaque.signature.bytes));
}

static void it_says_what_was_asked_for(void **state)
{
    struct new_keys wanted = { .account_sid = ACCOUNT, .sequence = 7, .add = other_point };

    (void)state;
    make(&wanted);
    assert_int_equal(body.sequence, 7);
    assert_string_equal(body.account_sid, ACCOUNT);
    assert_int_equal(body.add_manifest_signers_count, 1);
    assert_memory_equal(body.add_manifest_signers[0].bytes, other_point, P256_POINT_BYTES);
    assert_int_equal(body.delete_manifest_signers_count, 0);
    wanted = (struct new_keys){ .account_sid = ACCOUNT, .sequence = 8, .has_delete = true, .delete_id = 5 };
    make(&wanted);
    assert_int_equal(body.add_manifest_signers_count, 0);
    assert_int_equal(body.delete_manifest_signers_count, 1);
    assert_true(body.delete_manifest_signers[0] == 5);
}

static void what_devices_would_refuse_is_not_signed(void **state)
{
    struct new_keys wanted = { .account_sid = ACCOUNT, .sequence = 0, .add = other_point };
    size_t len;

    (void)state;
    assert_int_equal(new_keys_sign(&wanted, signer, message, &len, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "sequence from 1 on"));
    wanted.sequence = 1;
    wanted.account_sid = "UV00000000000000000000000000000002";
    assert_int_equal(new_keys_sign(&wanted, signer, message, &len, &fail), CLI_FORMAT);
    wanted.account_sid = "";
    assert_int_equal(new_keys_sign(&wanted, signer, message, &len, &fail), CLI_FORMAT);
}

static void ids_are_16_hex_digits(void **state)
{
    static const char *const bad[] = { "", "12", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg" };
    uint64_t id = 0;

    (void)state;
    assert_true(new_keys_id_read("0123456789abcdef", &id));
    assert_true(id == 0x0123456789abcdefu);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(new_keys_id_read(bad[i], &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_signed_over_its_own_prefix),
        cmocka_unit_test(it_says_what_was_asked_for),
        cmocka_unit_test(what_devices_would_refuse_is_not_signed),
        cmocka_unit_test(ids_are_16_hex_digits),
    };

    return cmocka_run_group_tests_name("new_keys", tests, setup, teardown);
}
