/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates over HTTP: signed by the keeper, signed offline, and everything that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "bus/bus.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "keeper/key.h"
#include "proto/codec/codec.h"
#include "unit/server/api_server_fake.h"
#include "unit/server/folder_fake.h"
#include "unit/server/zip_fake.h"

static struct api_server server;
static struct api_answer a;
static struct keeper_key *offline; /* a developer's own key */
static unsigned char offline_point[P256_POINT_BYTES];
static bundle_NewKeysBody body;

static int setup(void **state)
{
    (void)state;
    api_server_start(&server);
    assert_int_equal(keeper_key_generate(&offline), ST_OK);
    keeper_key_point(offline, offline_point);
    memset(&body, 0, sizeof(body));
    body.sequence = 1;
    strcpy(body.account_sid, API_ACCOUNT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keeper_key_free(offline);
    api_server_stop(&server);
    return 0;
}

/* Percent-encodes what base64 has beside letters and digits. */
static const char *escaped(const char *text)
{
    static char out[8192];
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += (size_t)snprintf(out + n, sizeof(out) - n, strchr("+/=", *text) ? "%%%02X" : "%c", *text);
    }
    return out;
}

static const char *point_text(const unsigned char point[P256_POINT_BYTES])
{
    static char text[CRYPTO_BASE64_CHARS(P256_POINT_BYTES) + 1];
    crypto_base64_encode(point, P256_POINT_BYTES, text);
    return escaped(text);
}

static const char *id_text(const unsigned char point[P256_POINT_BYTES])
{
    static char text[17];
    (void)snprintf(text, sizeof(text), "%016llx", (unsigned long long)crypto_signer_id(point));
    return text;
}

static void post(int status, const char *format, const char *value)
{
    static char form[8192];
    (void)snprintf(form, sizeof(form), format, value);
    api_expect(&server, status, "POST", "/v1/KeyUpdates", form, &a);
}

/* The body as a message that the offline key signed over a prefix. */
static const char *message_by(const struct keeper_key *key, const char *prefix, size_t prefix_len)
{
    static char text[CRYPTO_BASE64_CHARS(NEW_KEYS_MAX_BYTES) + 1];
    unsigned char message[NEW_KEYS_MAX_BYTES];
    bundle_OpaqueManifest opaque = { 0 };
    int len = codec_new_keys_encode(&body, opaque.body.bytes, sizeof(opaque.body.bytes));
    assert_true(len > 0);
    opaque.body.size = (pb_size_t)len;
    opaque.signer_id = keeper_key_signer_id(key);
    opaque.signature.size = P256_SIG_BYTES;
    assert_int_equal(
        keeper_key_sign(key, prefix, prefix_len, opaque.body.bytes, (size_t)len, opaque.signature.bytes),
        ST_OK);
    len = codec_manifest_encode(&opaque, message, sizeof(message));
    assert_true(len > 0);
    crypto_base64_encode(message, (size_t)len, text);
    return escaped(text);
}

static const char *message(void)
{
    return message_by(offline, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES);
}

static void add_to_body(const unsigned char *point)
{
    body.add_manifest_signers[body.add_manifest_signers_count].size = P256_POINT_BYTES;
    memcpy(body.add_manifest_signers[body.add_manifest_signers_count++].bytes, point, P256_POINT_BYTES);
}

static void test_the_managed_key_signs(void **state)
{
    char said[64], managed[17];
    (void)state;
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_non_null(strstr(a.body, "\"sequence\":0"));
    assert_non_null(strstr(a.body, "\"managed\":true"));
    assert_non_null(strstr(a.body, "\"server_cas\":[\""));
    (void)snprintf(managed, sizeof(managed), "%s", api_value(&a, "id"));
    api_expect(&server, 200, "GET", "/v1/KeyUpdates", NULL, &a);
    assert_non_null(strstr(a.body, "\"key_updates\":[]"));
    post(201, "AddSigner=%s&Sequence=1", point_text(offline_point));
    assert_string_equal(api_value(&a, "signer_id"), managed);
    assert_string_equal(api_value(&a, "id"), id_text(offline_point));
    assert_int_equal(api_server_gateway_message(&server, said), BUS_ACCOUNT_CHANGED);
    assert_string_equal(said, API_ACCOUNT);
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_non_null(strstr(a.body, "\"sequence\":1"));
    assert_non_null(strstr(a.body, id_text(offline_point)));
    post(201, "DeleteSigner=%s", id_text(offline_point));
    api_expect(&server, 200, "GET", "/v1/KeyUpdates/2", NULL, &a);
    assert_non_null(strstr(a.body, "\"deleted_signers\":[\""));
    api_expect(&server, 200, "GET", "/v1/KeyUpdates?PageSize=1", NULL, &a);
    assert_non_null(strstr(a.body, "\"sequence\":2"));
    assert_null(strstr(a.body, "\"sequence\":1,"));
    api_expect(&server, 404, "GET", "/v1/KeyUpdates/3", NULL, &a);
    api_expect(&server, 404, "GET", "/v1/KeyUpdates/x", NULL, &a);
}

/* The managed key is withdrawn by an offline one; from then on the keeper's signature is worth nothing here. */
static void test_an_offline_key_takes_over(void **state)
{
    char managed[17];
    (void)state;
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    (void)snprintf(managed, sizeof(managed), "%s", api_value(&a, "id"));
    post(201, "AddSigner=%s", point_text(offline_point));
    body.sequence = 2;
    body.delete_manifest_signers[body.delete_manifest_signers_count++] = strtoull(managed, NULL, 16);
    post(201, "Message=%s", message());
    assert_string_equal(api_value(&a, "signer_id"), id_text(offline_point));
    post(400, "DeleteSigner=%s", id_text(offline_point));
    assert_non_null(strstr(a.body, "do not accept"));
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_null(strstr(a.body, "\"managed\":true"));
}

/* The server cannot open what it delivers; it shows which keys came and went. */
static void test_layer_decrypters(void **state)
{
    bundle_HpkeCiphertext *added = &body.add_layer_decrypters[0];
    (void)state;
    post(201, "AddSigner=%s", point_text(offline_point));
    body.sequence = 2;
    body.add_layer_decrypters_count = 1;
    added->receiver_id = 7;
    added->key_id = 0x1122334455667788u;
    added->sender_pub.size = P256_POINT_BYTES;
    memcpy(added->sender_pub.bytes, offline_point, P256_POINT_BYTES);
    added->ciphertext.size = DECRYPTER_SEALED_BYTES;
    post(201, "Message=%s", message());
    assert_non_null(strstr(a.body, "\"added_layer_decrypters\":[\"1122334455667788\"]"));
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_non_null(strstr(a.body, "\"layer_decrypters\":[\"1122334455667788\"]"));
    body.sequence = 3;
    body.add_layer_decrypters_count = 0;
    body.delete_layer_decrypters_count = 1;
    body.delete_layer_decrypters[0] = 0x1122334455667788u;
    post(201, "Message=%s", message());
    assert_non_null(strstr(a.body, "\"deleted_layer_decrypters\":[\"1122334455667788\"]"));
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_non_null(strstr(a.body, "\"layer_decrypters\":[]"));
}

static void test_messages_that_devices_would_refuse(void **state)
{
    static const unsigned char nowhere[P256_POINT_BYTES] = { 4, 1 };
    (void)state;
    post(201, "AddSigner=%s", point_text(offline_point));
    post(409, "Message=%s", message()); /* sequence 1 again */
    assert_non_null(strstr(a.body, "next one is 2"));
    body.sequence = 3;
    post(409, "Message=%s", message());
    body.sequence = 2;
    strcpy(body.account_sid, "AC00000000000000000000000000000003");
    post(400, "Message=%s", message());
    assert_non_null(strstr(a.body, "another account"));
    strcpy(body.account_sid, API_ACCOUNT);
    post(400, "Message=%s", message_by(offline, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES));
    assert_non_null(strstr(a.body, "signature is not one of"));
    add_to_body(nowhere);
    post(400, "Message=%s", message());
    assert_non_null(strstr(a.body, "no point on P-256"));
    body.add_manifest_signers_count = 0;
    body.add_layer_decrypters_count = 1;
    post(400, "Message=%s", message());
    assert_non_null(strstr(a.body, "is not a private key sealed to another key"));
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    assert_non_null(strstr(a.body, "\"sequence\":1"));
}

static void test_the_last_signer_stays(void **state)
{
    (void)state;
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    post(400, "DeleteSigner=%s", api_value(&a, "id"));
    assert_non_null(strstr(a.body, "no signer would be left"));
    body.account_sid[0] = 'A';
    post(400, "Message=%s", message()); /* by nobody whom devices know */
    assert_non_null(strstr(a.body, "do not accept"));
}

/* An app that the managed key signed, and a device that is to run it. */
static void target_app(const char *zip, struct store_device *dev, char app_sid[SID_BYTES])
{
    static const unsigned char rom[5000] = { 1, 2, 3 };
    static const struct bundle_fake_layer layer = { rom, sizeof(rom), 0, 0x2000, true, false };
    const struct bundle_fake b = { .layers = &layer, .count = 1 };
    struct store_device existing;
    struct store_device_change change = { .target_sid = app_sid };
    bundle_fake_write(zip, &b);
    api_upload(&server, zip, NULL, &a);
    assert_int_equal(a.status, 201);
    (void)snprintf(app_sid, SID_BYTES, "%s", api_value(&a, "sid"));
    memset(dev->key_sha256, 9, 32);
    sid_from_digest("UV", dev->key_sha256, dev->sid);
    strcpy(dev->account_sid, API_ACCOUNT);
    assert_int_equal(store_device_create(server.store, dev, &existing), ST_OK);
    assert_int_equal(store_device_update(server.store, API_ACCOUNT, dev->sid, &change, dev), ST_OK);
}

static void test_a_signer_in_use_stays(void **state)
{
    struct store_device dev = { .created_us = 1 };
    char managed[17], app[SID_BYTES];
    (void)state;
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    (void)snprintf(managed, sizeof(managed), "%s", api_value(&a, "id"));
    target_app(folder_path("b.zip"), &dev, app);
    post(201, "AddSigner=%s", point_text(offline_point));
    post(409, "DeleteSigner=%s", managed);
    assert_string_equal(api_value(&a, "reason"), "signer_in_use");
    assert_non_null(strstr(a.body, app));
    assert_non_null(strstr(a.body, "1 devices"));
    post(400, "Force=yes&DeleteSigner=%s", managed);
    body.sequence = 2;
    body.delete_manifest_signers[body.delete_manifest_signers_count++] = strtoull(managed, NULL, 16);
    post(409, "Message=%s", message());
    post(201, "Force=true&DeleteSigner=%s", managed);
    api_upload(&server, folder_path("b.zip"), NULL,
               &a); /* unsigned, and the keeper's signature is worth nothing */
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(a.body, "managed signer was withdrawn"));
}

/* Nor does one that a revoked device, or none, is to run keep it. */
static void test_a_signer_of_revoked_devices_goes(void **state)
{
    struct store_device dev = { .created_us = 1 };
    struct store_device_change change = { .set_revoked = true, .revoked = true };
    char app[SID_BYTES];
    (void)state;
    target_app(folder_path("b.zip"), &dev, app);
    assert_int_equal(store_device_update(server.store, API_ACCOUNT, dev.sid, &change, &dev), ST_OK);
    api_expect(&server, 200, "GET", "/v1/KeyRing", NULL, &a);
    const char *managed = api_value(&a, "id");
    post(201, "AddSigner=%s", point_text(offline_point));
    post(201, "DeleteSigner=%s", managed);
}

static void test_bad_parameters(void **state)
{
    static const char *const bad[][2] = {
        { "", "Nothing is to be changed" },
        { "AddSigner=AAAA", "\"parameter\":\"AddSigner\"" },
        { "DeleteSigner=12", "\"parameter\":\"DeleteSigner\"" },
        { "DeleteSigner=0123456789abcdef", "\"parameter\":\"DeleteSigner\"" },
        { "Sequence=x&DeleteSigner=0123456789abcdef", "\"parameter\":\"Sequence\"" },
        { "Message=AAAA", "\"parameter\":\"Message\"" },
        { "Message=AAAA&AddSigner=AAAA", "cannot be given with it" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        api_expect(&server, 400, "POST", "/v1/KeyUpdates", bad[i][0], &a);
        if (strstr(a.body, bad[i][1]) == NULL) {
            fail_msg("%s: %s", bad[i][0], a.body);
        }
    }
    post(409, "Sequence=7&AddSigner=%s", point_text(offline_point));
    api_server_keeper(false);
    post(503, "AddSigner=%s", point_text(offline_point));
    api_expect(&server, 503, "GET", "/v1/KeyRing", NULL, &a);
    api_server_keeper(true);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_managed_key_signs),
        TEST(test_an_offline_key_takes_over),
        TEST(test_layer_decrypters),
        TEST(test_messages_that_devices_would_refuse),
        TEST(test_the_last_signer_stays),
        TEST(test_a_signer_in_use_stays),
        TEST(test_a_signer_of_revoked_devices_goes),
        TEST(test_bad_parameters),
    };

    return cmocka_run_group_tests_name("api_keys", tests, NULL, NULL);
}
