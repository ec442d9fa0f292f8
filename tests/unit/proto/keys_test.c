/* SPDX-License-Identifier: Apache-2.0 */
/* What NewKeys messages do to a key ring: each invariant of keys.h, and that a refusal changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define OTHER   "AC0123456789abcdef0123456789abcde0"

static otr_KeyRing ring;
static bundle_NewKeysBody body;
static size_t hashed;

/* Spreads well enough for ids; SHA-256 itself is tested where it is. */
static void fake_sha256(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    uint64_t h = 14695981039346656037u;

    hashed = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = pieces[i].data;

        for (size_t k = 0; k < pieces[i].length; k++)
            h = (h ^ at[k]) * 1099511628211u;
        hashed += pieces[i].length;
    }
    for (unsigned i = 0; i < SHA256_BYTES; i++)
        digest[i] = (uint8_t)(h >> (i % 8 * 8));
}

static void point(uint8_t n, uint8_t out[P256_POINT_BYTES])
{
    memset(out, n, P256_POINT_BYTES);
    out[0] = 0x04;
}

static uint64_t id_of(uint8_t n)
{
    uint8_t bytes[P256_POINT_BYTES];

    point(n, bytes);
    return bundle_signer_id(fake_sha256, bytes);
}

static uint64_t ca_id(uint8_t n)
{
    return keys_server_ca_id(fake_sha256, &n, 1);
}

static void next_message(void)
{
    memset(&body, 0, sizeof(body));
    body.sequence = ring.sequence + 1;
    strcpy(body.account_sid, ACCOUNT);
}

static void add(uint8_t n)
{
    body.add_manifest_signers[body.add_manifest_signers_count].size = P256_POINT_BYTES;
    point(n, body.add_manifest_signers[body.add_manifest_signers_count++].bytes);
}

static void remove_signer(uint8_t n)
{
    body.delete_manifest_signers[body.delete_manifest_signers_count++] = id_of(n);
}

static void add_decrypter(uint64_t id)
{
    bundle_HpkeCiphertext *added = &body.add_layer_decrypters[body.add_layer_decrypters_count++];

    added->receiver_id = 1;
    added->key_id = id;
    added->sender_pub.size = P256_POINT_BYTES;
    added->sender_pub.bytes[0] = 0x04;
    added->ciphertext.size = DECRYPTER_SEALED_BYTES;
}

static void delete_decrypter(uint64_t id)
{
    body.delete_layer_decrypters[body.delete_layer_decrypters_count++] = id;
}

static void add_ca(uint8_t n)
{
    body.has_add_server_ca = true;
    body.add_server_ca.certificate.size = 1;
    body.add_server_ca.certificate.bytes[0] = n;
    body.add_server_ca.signature.size = P256_SIG_BYTES;
}

/* Signer 1, server CA 'A', as a factory leaves it. */
static int factory_ring(void **state)
{
    (void)state;
    memset(&ring, 0, sizeof(ring));
    point(1, ring.signers[0]);
    ring.accepted = 1;
    ring.signers_count = 1;
    ring.server_cas[0] = ca_id('A');
    ring.server_cas_count = 1;
    next_message();
    return 0;
}

static void apply(void)
{
    assert_int_equal(keys_apply(fake_sha256, &body, NULL, &ring), KEYS_OK);
    next_message();
}

/* On a device on which an application of signer n is installed; its manifest's hash is all n. */
static enum keys_fault apply_on(uint8_t n)
{
    struct keys_installed installed = { .signer_id = id_of(n) };

    memset(installed.manifest_sha256, n, SHA256_BYTES);
    return keys_apply(fake_sha256, &body, &installed, &ring);
}

/* N4: whatever is refused leaves the ring as it was. */
static void refuse(enum keys_fault fault)
{
    otr_KeyRing before = ring;

    assert_int_equal(keys_apply(fake_sha256, &body, NULL, &ring), fault);
    assert_memory_equal(&ring, &before, sizeof(ring));
    assert_true(strlen(keys_fault_text(fault)) > 5);
}

static void assert_signers(const char *numbers)
{
    assert_int_equal(ring.accepted, strlen(numbers));
    for (uint8_t n = 1; n < 10; n++)
        assert_int_equal(keys_signer(fake_sha256, &ring, id_of(n)) != NULL, strchr(numbers, '0' + n) != NULL);
}

static void signers_come_and_go(void **state)
{
    (void)state;
    add(2);
    apply();
    assert_signers("12");
    assert_string_equal(ring.account_sid, ACCOUNT);
    remove_signer(1);
    add(3);
    apply();
    assert_signers("23");
    assert_int_equal(ring.sequence, 2);
    assert_int_equal(ring.signers_count, 2);
}

/* N1 */
static void only_the_successor_is_applied(void **state)
{
    bundle_NewKeysBody first;

    (void)state;
    add(2);
    first = body;
    body.sequence = 2;
    refuse(KEYS_SEQUENCE);
    body.sequence = 0;
    refuse(KEYS_SEQUENCE);
    body = first;
    apply();
    remove_signer(2);
    apply();
    body = first; /* replayed: it would bring signer 2 back */
    refuse(KEYS_SEQUENCE);
    ring.sequence = UINT32_MAX;
    next_message();
    refuse(KEYS_SEQUENCE);
}

/* N2 */
static void a_message_is_for_one_account(void **state)
{
    (void)state;
    add(2);
    strcpy(ring.account_sid, OTHER);
    refuse(KEYS_ACCOUNT);
    ring.account_sid[0] = '\0';
    apply();
    add(3);
    strcpy(body.account_sid, OTHER);
    refuse(KEYS_ACCOUNT);
}

/* N3 */
static void never_without_and_never_too_many_signers(void **state)
{
    (void)state;
    remove_signer(1);
    refuse(KEYS_NO_SIGNER);
    next_message();
    for (uint8_t n = 2; n <= 5; n++)
        add(n);
    refuse(KEYS_SIGNERS_FULL);
    remove_signer(1);
    apply();
    assert_signers("2345");
    for (uint8_t n = 2; n <= 5; n++)
        remove_signer(n);
    refuse(KEYS_NO_SIGNER);
    add(6);
    apply();
    assert_signers("6");
}

/* N3 */
static void never_without_and_never_too_many_server_cas(void **state)
{
    (void)state;
    body.delete_server_cas[body.delete_server_cas_count++] = ca_id('A');
    refuse(KEYS_NO_SERVER_CA);
    next_message();
    add_ca('B');
    apply();
    assert_true(keys_has_server_ca(&ring, ca_id('A')) && keys_has_server_ca(&ring, ca_id('B')));
    add_ca('C');
    refuse(KEYS_SERVER_CAS_FULL);
    body.delete_server_cas[body.delete_server_cas_count++] = ca_id('A');
    refuse(KEYS_CA_AT_ONCE);
    body.has_add_server_ca = false;
    apply();
    add_ca('C');
    apply();
    assert_false(keys_has_server_ca(&ring, ca_id('A')));
    assert_true(keys_has_server_ca(&ring, ca_id('C')));
}

/* N5 */
static void what_makes_no_difference_is_no_fault(void **state)
{
    (void)state;
    add(1);
    add(2);
    add(2);
    remove_signer(7);
    body.delete_server_cas[body.delete_server_cas_count++] = ca_id('Z');
    apply();
    add_ca('A');
    apply();
    assert_signers("12");
    assert_int_equal(ring.server_cas_count, 1);
    remove_signer(2);
    add(2);
    apply();
    assert_signers("12");
}

/* N6 */
static void the_signer_of_what_is_installed_is_kept_but_not_accepted(void **state)
{
    (void)state;
    remove_signer(1);
    add(2);
    assert_int_equal(apply_on(1), KEYS_OK);
    assert_signers("2");
    assert_int_equal(ring.signers_count, 2);
    assert_int_equal(ring.signers[1][1], 1);
    assert_int_equal(ring.kept_manifest[0], 1);
    assert_int_equal(ring.kept_manifest[31], 1);
    next_message();
    add(3); /* still kept while it vouches for what is installed ... */
    assert_int_equal(apply_on(1), KEYS_OK);
    assert_signers("23");
    assert_int_equal(ring.signers_count, 3);
    assert_int_equal(ring.signers[2][1], 1);
    next_message();
    add(4); /* ... and gone afterwards */
    assert_int_equal(apply_on(2), KEYS_OK);
    assert_signers("234");
    assert_int_equal(ring.signers_count, 3);
    assert_int_equal(ring.kept_manifest[0], 0);
    next_message();
    remove_signer(2);
    assert_int_equal(apply_on(2), KEYS_OK);
    next_message();
    add(2); /* accepted again */
    assert_int_equal(apply_on(2), KEYS_OK);
    assert_signers("234");
    assert_int_equal(ring.signers_count, 3);
}

static void what_cannot_be_used_is_refused(void **state)
{
    (void)state;
    add(2);
    body.add_manifest_signers[0].bytes[0] = 0x02;
    refuse(KEYS_POINT);
    next_message();
    add(2);
    body.add_manifest_signers[0].size = 33;
    refuse(KEYS_POINT);
    next_message();
    add_ca('B');
    body.add_server_ca.signature.size = 63;
    refuse(KEYS_CA);
    next_message();
    add_ca('B');
    body.add_server_ca.certificate.size = 0;
    refuse(KEYS_CA);
    next_message();
    add_decrypter(5);
    body.add_layer_decrypters[0].key_id = 0;
    refuse(KEYS_DECRYPTERS);
    next_message();
    add_decrypter(5);
    body.add_layer_decrypters[0].ciphertext.size = CONTENT_KEY_SEALED_BYTES;
    refuse(KEYS_DECRYPTERS);
}

/* N5, N7 */
static void decrypters_come_and_go(void **state)
{
    (void)state;
    add_decrypter(5);
    add_decrypter(6);
    apply();
    next_message();
    add_decrypter(6); /* is there */
    add_decrypter(7);
    apply();
    assert_int_equal(ring.layer_decrypters_count, 3);
    next_message();
    delete_decrypter(5);
    delete_decrypter(7);
    delete_decrypter(99); /* is not there */
    add_decrypter(7);     /* both: stays */
    apply();
    assert_int_equal(ring.layer_decrypters_count, 2);
    assert_true(keys_has_decrypter(&ring, 6) && keys_has_decrypter(&ring, 7));
    next_message();
    add_decrypter(8);
    add_decrypter(9);
    apply();
    next_message();
    delete_decrypter(6); /* makes room for the next message only */
    add_decrypter(10);
    refuse(KEYS_DECRYPTERS_FULL);
}

static void digests_have_prefixes_of_their_own(void **state)
{
    uint8_t a[SHA256_BYTES], b[SHA256_BYTES], c[SHA256_BYTES];

    (void)state;
    keys_sign_digest(fake_sha256, (const uint8_t *)"x", 1, a);
    assert_int_equal(hashed, sizeof(NEW_KEYS_SIGN_PREFIX) + 1);
    keys_server_ca_digest(fake_sha256, (const uint8_t *)"x", 1, b);
    assert_int_equal(hashed, sizeof(SERVER_CA_SIGN_PREFIX) + 1);
    bundle_sign_digest(fake_sha256, (const uint8_t *)"x", 1, c);
    assert_memory_not_equal(a, b, SHA256_BYTES);
    assert_memory_not_equal(a, c, SHA256_BYTES);
}

static void rings_survive_their_bytes(void **state)
{
    static uint8_t bytes[otr_KeyRing_size];
    otr_KeyRing back;
    int length;

    (void)state;
    for (uint8_t n = 2; n <= 4; n++)
        add(n);
    add_ca('B');
    apply();
    length = codec_key_ring_encode(&ring, bytes, sizeof(bytes));
    assert_true(length > 0);
    assert_int_equal(codec_key_ring_decode(bytes, (size_t)length, &back), CODEC_OK);
    assert_int_equal(back.accepted, 4);
    assert_memory_equal(back.signers, ring.signers, 4 * P256_POINT_BYTES);
    assert_memory_equal(back.server_cas, ring.server_cas, 2 * sizeof(uint64_t));
    assert_string_equal(back.account_sid, ACCOUNT);
    ring.accepted = 5;
    length = codec_key_ring_encode(&ring, bytes, sizeof(bytes));
    assert_int_equal(codec_key_ring_decode(bytes, (size_t)length, &back), CODEC_ERANGE);
}

/* The largest server CA with all signers that can be deleted, and as many signers as a message may add: each fits. */
static void the_largest_messages_fit(void **state)
{
    static uint8_t bytes[CONTROL_MESSAGE_MAX_BYTES], envelope[NEW_KEYS_MAX_BYTES];
    static bundle_OpaqueManifest opaque;
    otr_ServerMessage message = { .which_body = otr_ServerMessage_keys_update_tag };
    int length;

    (void)state;
    body.sequence = UINT32_MAX;
    add_ca('B');
    body.add_server_ca.certificate.size = CERTIFICATE_MAX_BYTES;
    body.delete_manifest_signers_count = APP_SIGNERS_MAX;
    memset(body.delete_manifest_signers, 0xff, sizeof(body.delete_manifest_signers));
    length = codec_new_keys_encode(&body, opaque.body.bytes, NEW_KEYS_BODY_MAX_BYTES);
    assert_true(length > 0);
    opaque.body.size = NEW_KEYS_BODY_MAX_BYTES;
    opaque.signer_id = UINT64_MAX;
    opaque.signature.size = P256_SIG_BYTES;
    length = codec_manifest_encode(&opaque, envelope, sizeof(envelope));
    assert_true(length > 0);
    message.body.keys_update.message = (struct codec_view){ envelope, (size_t)length };
    message.body.keys_update.sequence = UINT32_MAX;
    assert_true(codec_server_encode(&message, bytes, sizeof(bytes)) > 0);
    next_message();
    for (uint8_t n = 1; n <= 4; n++) {
        add(n);
        remove_signer(n);
    }
    assert_true(codec_new_keys_encode(&body, bytes, NEW_KEYS_BODY_MAX_BYTES) > 0);
}

/* What is decoded is a view of the bytes, as long as the sender said and no longer than a message may be. */
static void updates_are_views_of_their_bytes(void **state)
{
    static uint8_t bytes[CONTROL_MESSAGE_MAX_BYTES], data[NEW_KEYS_MAX_BYTES + 1];
    otr_ServerMessage message = { .which_body = otr_ServerMessage_keys_update_tag };
    otr_ServerMessage back;
    int length;

    (void)state;
    memset(data, 0x5a, sizeof(data));
    message.body.keys_update.sequence = 7;
    for (size_t size = 0; size <= NEW_KEYS_MAX_BYTES; size += 260) {
        message.body.keys_update.message = (struct codec_view){ data, size };
        length = codec_server_encode(&message, bytes, sizeof(bytes));
        assert_true(length > 0);
        assert_int_equal(codec_server_decode(bytes, (size_t)length, &back), CODEC_OK);
        assert_int_equal(back.body.keys_update.message.size, size);
        if (size > 0) {
            assert_ptr_equal(back.body.keys_update.message.bytes, bytes + length - size);
            assert_memory_equal(back.body.keys_update.message.bytes, data, size);
        }
    }
    message.body.keys_update.message = (struct codec_view){ data, NEW_KEYS_MAX_BYTES + 1 };
    length = codec_server_encode(&message, bytes, sizeof(bytes));
    assert_int_equal(codec_server_decode(bytes, (size_t)length, &back), CODEC_ERANGE);
    assert_int_equal(codec_server_decode(bytes, (size_t)length - 1, &back), CODEC_EFORMAT); /* cut */
}

static void bodies_name_an_account_and_a_sequence(void **state)
{
    static bundle_NewKeysBody back;
    uint8_t bytes[256];
    int length = codec_new_keys_encode(&body, bytes, sizeof(bytes));

    (void)state;
    assert_int_equal(codec_new_keys_decode(bytes, (size_t)length, &back), CODEC_OK);
    body.account_sid[0] = '\0';
    length = codec_new_keys_encode(&body, bytes, sizeof(bytes));
    assert_int_equal(codec_new_keys_decode(bytes, (size_t)length, &back), CODEC_ERANGE);
    next_message();
    body.sequence = 0;
    length = codec_new_keys_encode(&body, bytes, sizeof(bytes));
    assert_int_equal(codec_new_keys_decode(bytes, (size_t)length, &back), CODEC_ERANGE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, factory_ring)
    const struct CMUnitTest tests[] = {
        T(signers_come_and_go),
        T(only_the_successor_is_applied),
        T(a_message_is_for_one_account),
        T(never_without_and_never_too_many_signers),
        T(never_without_and_never_too_many_server_cas),
        T(what_makes_no_difference_is_no_fault),
        T(the_signer_of_what_is_installed_is_kept_but_not_accepted),
        T(what_cannot_be_used_is_refused),
        T(decrypters_come_and_go),
        T(digests_have_prefixes_of_their_own),
        T(rings_survive_their_bytes),
        T(the_largest_messages_fit),
        T(updates_are_views_of_their_bytes),
        T(bodies_name_an_account_and_a_sequence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
