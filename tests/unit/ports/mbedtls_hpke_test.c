/* SPDX-License-Identifier: Apache-2.0 */
/* port_hpke against the vector of RFC 9180 appendix A.3.1 (base setup, first encryption), and with damaged inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "port/port_crypto.h"
#include "port/port_status.h"
#include "ports/mbedtls/hpke.h"

#define TEXT_BYTES 29u

static uint8_t ephemeral_private[32], ephemeral_public[65], recipient_private[32], recipient_public[65];
static uint8_t info[20], aad[7], text[TEXT_BYTES], ciphertext[TEXT_BYTES + PORT_HPKE_TAG_BYTES];
static const struct port_hpke_purpose purpose = { info, sizeof info, aad, sizeof aad };

static void from_hex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void read_vector(void)
{
    from_hex("4f6465206f6e2061204772656369616e2055726e", info);
    from_hex("436f756e742d30", aad);
    from_hex("4265617574792069732074727574682c20747275746820626561757479", text);
    from_hex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb", ephemeral_private);
    from_hex(
        "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900"
        "be863c403ce65c9bfcb9382657222d18c4",
        ephemeral_public);
    from_hex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2", recipient_private);
    from_hex(
        "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d3"
        "0ad6aa8f80e30f1d128aafd68a2ce72ea0",
        recipient_public);
    from_hex("5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
             ciphertext);
}

static void seals_as_the_rfc_does(void **state)
{
    uint8_t message[TEXT_BYTES + PORT_HPKE_EXTRA_BYTES];

    (void)state;
    memcpy(message + PORT_HPKE_KEY_BYTES, text, TEXT_BYTES);
    assert_int_equal(
        hpke_seal_from(ephemeral_private, ephemeral_public, recipient_public, &purpose, message, TEXT_BYTES),
        PORT_OK);
    assert_memory_equal(message, ephemeral_public, 65);
    assert_memory_equal(message + 65, ciphertext, sizeof ciphertext);
}

static void opens_what_the_rfc_sealed(void **state)
{
    uint8_t message[TEXT_BYTES + PORT_HPKE_EXTRA_BYTES];

    (void)state;
    memcpy(message, ephemeral_public, 65);
    memcpy(message + 65, ciphertext, sizeof ciphertext);
    assert_int_equal(port_hpke_open(recipient_private, recipient_public, &purpose, message, sizeof message),
                     PORT_OK);
    assert_memory_equal(message + 65, text, TEXT_BYTES);
}

static void seals_each_message_with_a_new_key(void **state)
{
    uint8_t first[100 + PORT_HPKE_EXTRA_BYTES] = { 0 }, second[sizeof first] = { 0 };

    (void)state;
    assert_int_equal(port_hpke_seal(recipient_public, &purpose, first, 100), PORT_OK);
    assert_int_equal(port_hpke_seal(recipient_public, &purpose, second, 100), PORT_OK);
    assert_memory_not_equal(first, second, 65);
    assert_memory_not_equal(first + 65, second + 65, 100);
    assert_int_equal(port_hpke_open(recipient_private, recipient_public, &purpose, first, sizeof first),
                     PORT_OK);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(first[65 + i], 0);
    }
}

static void an_empty_message_is_one(void **state)
{
    uint8_t message[PORT_HPKE_EXTRA_BYTES];
    const struct port_hpke_purpose nothing = { "", 0, "", 0 };

    (void)state;
    assert_int_equal(port_hpke_seal(recipient_public, &nothing, message, 0), PORT_OK);
    assert_int_equal(port_hpke_open(recipient_private, recipient_public, &nothing, message, sizeof message),
                     PORT_OK);
}

static void any_damaged_bit_is_found(void **state)
{
    uint8_t message[TEXT_BYTES + PORT_HPKE_EXTRA_BYTES];

    (void)state;
    for (unsigned bit = 0; bit < 8 * sizeof message; bit += bit < 8 ? 1 : 5) {
        memcpy(message, ephemeral_public, 65);
        memcpy(message + 65, ciphertext, sizeof ciphertext);
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            port_hpke_open(recipient_private, recipient_public, &purpose, message, sizeof message),
            PORT_EAUTH);
    }
    for (uint32_t len = 0; len < PORT_HPKE_EXTRA_BYTES; len++) {
        assert_int_equal(port_hpke_open(recipient_private, recipient_public, &purpose, message, len),
                         PORT_EAUTH);
    }
}

static void another_purpose_or_key_opens_nothing(void **state)
{
    const struct port_hpke_purpose others[] = { { info, sizeof info - 1, aad, sizeof aad },
                                                { info, sizeof info, aad, sizeof aad - 1 },
                                                { aad, sizeof aad, info, sizeof info } };
    uint8_t message[TEXT_BYTES + PORT_HPKE_EXTRA_BYTES], other_private[32], other_public[65];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        memcpy(message, ephemeral_public, 65);
        memcpy(message + 65, ciphertext, sizeof ciphertext);
        assert_int_equal(port_p256_generate(other_private, other_public), PORT_OK);
        assert_int_equal(
            i < 3 ? port_hpke_open(recipient_private, recipient_public, &others[i], message, sizeof message)
                  : port_hpke_open(other_private, other_public, &purpose, message, sizeof message),
            PORT_EAUTH);
    }
}

/* Whoever cannot seal leaves no plain text behind. */
static void a_recipient_that_is_no_point_is_refused(void **state)
{
    uint8_t message[TEXT_BYTES + PORT_HPKE_EXTRA_BYTES], bad[65];

    (void)state;
    memcpy(bad, recipient_public, sizeof bad);
    bad[64] ^= 1;
    memcpy(message + 65, text, TEXT_BYTES);
    assert_int_equal(port_hpke_seal(bad, &purpose, message, TEXT_BYTES), PORT_EINVAL);
    for (unsigned i = 0; i < TEXT_BYTES; i++) {
        assert_int_equal(message[65 + i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_as_the_rfc_does),
        cmocka_unit_test(opens_what_the_rfc_sealed),
        cmocka_unit_test(seals_each_message_with_a_new_key),
        cmocka_unit_test(an_empty_message_is_one),
        cmocka_unit_test(any_damaged_bit_is_found),
        cmocka_unit_test(another_purpose_or_key_opens_nothing),
        cmocka_unit_test(a_recipient_that_is_no_point_is_refused),
    };

    read_vector();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
