/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioning: the whole exchange, each refusal, lines of any length; base64. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/kv/kv.h"
#include "core/prov/prov.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/flash_fake.h"

static struct identity identity;
static struct factory_test test;
static struct prov prov;
static struct identity_work work;
static otr_Provision provision;

static int fresh(void **state)
{
    (void)state;
    board_fake_reset(1);
    flash_fake_reset(true);
    assert_int_equal(kv_mount(), 0);
    identity_load(&identity, &work);
    prov_init(&prov, &identity, &test, &work);
    return 0;
}

static bool type(const char *text)
{
    board_fake_console_clear();
    return prov_take(&prov, text, (uint32_t)strlen(text));
}

static void assert_answer(const char *line, const char *answer)
{
    (void)type(line);
    assert_int_equal(strncmp(board_fake_console(), answer, strlen(answer)), 0);
}

static void good_provision(void)
{
    memset(&provision, 0, sizeof(provision));
    strcpy(provision.device_sid, identity.sid);
    provision.device_cert.size =
        (pb_size_t)crypto_fake_certificate(identity.public_key, identity.sid, provision.device_cert.bytes);
    provision.server_ca.size = 700;
    provision.server_ca.bytes[0] = 'A';
    strcpy(provision.gateway_host, "10.0.2.2");
    provision.gateway_port = 8883;
    strcpy(provision.server_name, "gateway");
    provision.app_signers_count = 1;
    provision.app_signers[0].size = 65;
    provision.app_signers[0].bytes[0] = 4;
}

static bool type_set(void)
{
    static uint8_t bytes[KV_VALUE_MAX_BYTES];
    static char line[4096];
    int length = codec_provision_encode(&provision, bytes, sizeof(bytes));
    uint32_t chars;

    assert_true(length > 0);
    strcpy(line, "OTR1 SET ");
    chars = base64_encode(bytes, (uint32_t)length, line + 9);
    strcpy(line + 9 + chars, "\r\n");
    return type(line);
}

static void the_whole_exchange(void **state)
{
    char expected[100];

    (void)state;
    assert_answer("OTR1 HELLO\n", "OTR1 STATE fake " BOOT_FAKE_VERSION " blank\n");
    assert_answer("OTR1 KEYGEN\r\n", "OTR1 CSR ");
    assert_true(identity.has_key);
    good_provision();
    assert_true(type_set());
    snprintf(expected, sizeof(expected), "OTR1 OK %s\n", identity.sid);
    assert_string_equal(board_fake_console(), expected);
    snprintf(expected, sizeof(expected), "OTR1 STATE fake " BOOT_FAKE_VERSION " provisioned %s\n",
             identity.sid);
    assert_answer("OTR1 HELLO\n", expected);
    assert_false(type_set());
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR locked ", 16), 0);
    assert_answer("OTR1 KEYGEN\n", "OTR1 ERR locked ");
}

static void it_survives_a_restart(void **state)
{
    char sid[SID_CHARS + 1];

    (void)state;
    type("OTR1 KEYGEN\n");
    strcpy(sid, identity.sid);
    assert_int_equal(kv_mount(), 0);
    identity_load(&identity, &work);
    assert_string_equal(identity.sid, sid);
    assert_false(identity.provisioned);
    good_provision();
    assert_true(type_set());
    identity_load(&identity, &work);
    assert_true(identity.provisioned);
    assert_string_equal(identity.gateway_host, "10.0.2.2");
    assert_int_equal(work.provision.app_signers[0].bytes[0], 4);
}

static void keygen_is_idempotent(void **state)
{
    char first[200];

    (void)state;
    type("OTR1 KEYGEN\n");
    strncpy(first, board_fake_console(), sizeof(first) - 1);
    type("OTR1 KEYGEN\n");
    assert_int_equal(strncmp(first, board_fake_console(), 150), 0);
}

static void refusals_change_nothing(void **state)
{
    (void)state;
    good_provision();
    strcpy(provision.device_sid, "UV0123456789abcdef0123456789abcdef");
    provision.device_cert.size = 1;
    assert_false(type_set());
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR key ", 13), 0);
    type("OTR1 KEYGEN\n");
    assert_false(type_set()); /* still another device's SID */
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR key ", 13), 0);
    good_provision();
    provision.device_cert.bytes[5] ^= 1;
    assert_false(type_set());
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR certificate ", 21), 0);
    good_provision();
    provision.server_ca.bytes[0] = 'B';
    assert_false(type_set());
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR certificate ", 21), 0);
    assert_answer("OTR1 SET !!!!\n", "OTR1 ERR format ");
    assert_answer("OTR1 SET AAAA\n", "OTR1 ERR format ");
    assert_answer("OTR1 SET \n", "OTR1 ERR format ");
    assert_answer("OTR1 FROB\n", "OTR1 ERR unknown ");
    assert_answer("OTR1 HELLOO\n", "OTR1 ERR unknown ");
    assert_answer("OTR1 \n", "OTR1 ERR unknown ");
    board_fake_entropy_dead(true);
    fresh(NULL);
    board_fake_entropy_dead(true);
    assert_answer("OTR1 KEYGEN\n", "OTR1 ERR entropy ");
    assert_false(identity.has_key);
}

static void flash_that_fails_is_told(void **state)
{
    (void)state;
    flash_fake_fail(1);
    assert_answer("OTR1 KEYGEN\n", "OTR1 ERR flash ");
    assert_false(identity.has_key);
    assert_answer("OTR1 KEYGEN\n", "OTR1 CSR ");
    good_provision();
    flash_fake_fail(1);
    assert_false(type_set());
    assert_int_equal(strncmp(board_fake_console(), "OTR1 ERR flash ", 15), 0);
    assert_false(identity.provisioned);
    assert_true(type_set());
}

static void other_lines_are_ignored_and_long_ones_refused(void **state)
{
    static char line[PROV_LINE_MAX_CHARS + 100];

    (void)state;
    assert_answer("hello\n\n\nOTR1\nOTR2 HELLO\n", "");
    assert_int_equal(strlen(board_fake_console()), 0);
    memset(line, 'A', sizeof(line) - 2);
    line[sizeof(line) - 2] = '\n';
    assert_answer(line, "");
    assert_int_equal(strlen(board_fake_console()), 0);
    memcpy(line, "OTR1 SET ", 9);
    assert_answer(line, "OTR1 ERR line-too-long ");
    assert_answer("OTR1 HELLO\n", "OTR1 STATE ");
}

static bool decode(const char *text, uint8_t *out, uint32_t room, uint32_t *length)
{
    struct base64_decoder decoder;

    base64_decoder_start(&decoder, out, room);
    while (*text != '\0')
        base64_decoder_take(&decoder, *text++);
    *length = decoder.length;
    return base64_decoder_finish(&decoder);
}

static void base64_vectors(void **state)
{
    static const char *const vectors[][2] = { { "", "" },
                                              { "f", "Zg==" },
                                              { "fo", "Zm8=" },
                                              { "foo", "Zm9v" },
                                              { "foob", "Zm9vYg==" },
                                              { "fooba", "Zm9vYmE=" },
                                              { "foobar", "Zm9vYmFy" } };
    static const char *const bad[] = { "Z",        "Zg",   "Zg=",  "Zg===", "Zh==", "Zm9=",
                                       "Zg==Zg==", "Z===", "====", "Zm 9",  "=g==", "Zm9v=" };
    uint8_t out[16];
    char text[16];
    uint32_t length;

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        uint32_t count = (uint32_t)strlen(vectors[i][0]);

        text[base64_encode((const uint8_t *)vectors[i][0], count, text)] = '\0';
        assert_string_equal(text, vectors[i][1]);
        assert_true(decode(text, out, sizeof(out), &length));
        assert_int_equal(length, count);
        assert_memory_equal(out, vectors[i][0], count);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(decode(bad[i], out, sizeof(out), &length));
    assert_false(decode("Zm9vYmFy", out, 5, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_whole_exchange, fresh),
        cmocka_unit_test_setup(it_survives_a_restart, fresh),
        cmocka_unit_test_setup(keygen_is_idempotent, fresh),
        cmocka_unit_test_setup(refusals_change_nothing, fresh),
        cmocka_unit_test_setup(flash_that_fails_is_told, fresh),
        cmocka_unit_test_setup(other_lines_are_ignored_and_long_ones_refused, fresh),
        cmocka_unit_test_setup(base64_vectors, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
