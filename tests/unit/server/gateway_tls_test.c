/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the gateway against an OpenSSL client in memory: identity, data, key updates, ends, and life without the peer's key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_tls.h"
#include "unit/server/folder_fake.h"
#include "unit/server/gateway_pki_fake.h"

#define WIRE_BYTES 65536

static struct gw_tls_context *context;
static struct pki_fake_device identity;
static struct gw_tls server;
static struct gw_tls_peer peer;
static SSL *client;
static unsigned char to_server[WIRE_BYTES];
static size_t to_server_len;

static size_t take(void *owner, void *buf, size_t cap)
{
    const size_t n = to_server_len < cap ? to_server_len : cap;

    (void)owner;
    memcpy(buf, to_server, n);
    to_server_len -= n;
    memmove(to_server, to_server + n, to_server_len);
    return n;
}

static void put(void *owner, const void *data, size_t len)
{
    (void)owner;
    assert_int_equal(BIO_write(SSL_get_rbio(client), data, (int)len), len);
}

static const struct gw_tls_io io = { .take = take, .put = put };

/* What the client has written goes on its way. */
static void carry(void)
{
    const int n =
        BIO_read(SSL_get_wbio(client), to_server + to_server_len, (int)(WIRE_BYTES - to_server_len));

    if (n > 0)
        to_server_len += (size_t)n;
}

static int set_up(void **state)
{
    char err[256];

    (void)state;
    folder_make();
    pki_fake_make();
    pki_fake_device_make(&identity, PKI_GOOD);
    to_server_len = 0;
    if (gw_tls_context_new(folder_path("pki/gateway.pem"), folder_path("pki/gateway.key"),
                           folder_path("pki/fleet_ca.pem"), &context, err, sizeof err) != ST_OK)
        fail_msg("%s", err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gw_tls_clear(&server);
    SSL_free(client);
    client = NULL;
    gw_tls_context_release(context);
    pki_fake_device_free(&identity);
    pki_fake_free();
    folder_remove();
    return 0;
}

static const char *cipher = "TLS_AES_128_GCM_SHA256", *group = "X25519"; /* all that the client offers */

static void new_client(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    assert_true(SSL_CTX_set_ciphersuites(ctx, cipher) && SSL_CTX_set1_groups_list(ctx, group));

    assert_true(SSL_CTX_use_certificate(ctx, identity.certificate) &&
                SSL_CTX_use_PrivateKey(ctx, identity.key));
    assert_int_equal(SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x0boutrigger/1", 12), 0);
    client = SSL_new(ctx);
    SSL_CTX_free(ctx);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client);
}

static void shake_hands(void)
{
    char why[128] = "";
    int rc = ST_TIMEOUT;

    new_client();
    assert_int_equal(gw_tls_init(&server, context, &io, NULL), ST_OK);
    for (unsigned i = 0; i < 4 && rc == ST_TIMEOUT; i++) {
        (void)SSL_do_handshake(client);
        carry();
        rc = gw_tls_handshake(&server, &peer, why);
    }
    assert_string_equal(why, "");
    assert_int_equal(rc, ST_OK);
}

static void assert_talk(void)
{
    char buf[64];

    assert_int_equal(SSL_write(client, "ping", 4), 4);
    carry();
    assert_int_equal(gw_tls_read(&server, buf, sizeof buf), 4);
    assert_memory_equal(buf, "ping", 4);
    assert_int_equal(gw_tls_read(&server, buf, sizeof buf), 0);
    assert_int_equal(gw_tls_write(&server, "pong", 4), ST_OK);
    assert_int_equal(SSL_read(client, buf, sizeof buf), 4);
    assert_memory_equal(buf, "pong", 4);
}

static void test_peer_is_named_by_its_key(void **state)
{
    (void)state;
    shake_hands();
    assert_string_equal(peer.sid, identity.sid);
    assert_memory_equal(peer.key_sha256, identity.key_sha256, 32);
    assert_talk();
}

/* What devices of other makes may offer works with the narrow provider, too (L2). */
static void test_every_cipher_suite_and_group(void **state)
{
    static const char *const ciphers[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                           "TLS_CHACHA20_POLY1305_SHA256" };
    static const char *const groups[] = { "X25519", "P-256" };

    for (unsigned i = 0; i < 6; i++) {
        if (i > 0) {
            (void)tear_down(state);
            (void)set_up(state);
        }
        cipher = ciphers[i % 3];
        group = groups[i / 3];
        shake_hands();
        assert_string_equal(SSL_get_cipher_name(client), cipher);
        assert_talk();
    }
    cipher = ciphers[0];
    group = groups[0];
}

/* RSA is not among the protocol's keys: said at start, not by every handshake. */
static void test_key_of_another_kind_is_refused(void **state)
{
    struct gw_tls_context *refused = NULL;
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    FILE *f = fopen(folder_path("rsa.key"), "w");
    char err[256] = "";

    (void)state;
    assert_true(rsa != NULL && f != NULL && PEM_write_PrivateKey(f, rsa, NULL, NULL, 0, NULL, NULL) == 1);
    assert_int_equal(fclose(f), 0);
    EVP_PKEY_free(rsa);
    assert_int_equal(gw_tls_context_new(folder_path("pki/gateway.pem"), folder_path("rsa.key"),
                                        folder_path("pki/fleet_ca.pem"), &refused, err, sizeof err),
                     ST_INVALID);
    assert_non_null(strstr(err, "rsa.key: expected a readable PEM file with an EC key"));
}

static void test_no_tickets_are_sent(void **state)
{
    char byte;

    (void)state;
    shake_hands();
    assert_int_equal(SSL_read(client, &byte, 1), -1);
    assert_false(SSL_SESSION_is_resumable(SSL_get0_session(client)));
}

static void test_records_to_devices_are_small(void **state)
{
    static unsigned char data[3 * TLS_RECORD_TO_DEVICE_MAX_BYTES];
    unsigned char *wire;
    long left;

    (void)state;
    shake_hands();
    assert_int_equal(BIO_pending(SSL_get_rbio(client)), 0);
    assert_int_equal(gw_tls_write(&server, data, sizeof data), ST_OK);
    left = BIO_get_mem_data(SSL_get_rbio(client), &wire);
    while (left > 0) {
        const long record = 5 + (wire[3] << 8 | wire[4]);

        assert_in_range(record, 6, 5 + TLS_RECORD_TO_DEVICE_MAX_BYTES + 17);
        wire += record;
        left -= record;
    }
    assert_int_equal(left, 0);
}

static void test_session_goes_on_without_the_peers_key(void **state)
{
    (void)state;
    shake_hands();
    gw_tls_forget_peer(&server);
    assert_talk();
    gw_tls_forget_peer(&server);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_talk();
    }
}

static void test_ends_are_told_apart(void **state)
{
    char buf[16];

    (void)state;
    shake_hands();
    (void)SSL_shutdown(client);
    carry();
    assert_int_equal(gw_tls_read(&server, buf, sizeof buf), ST_CLOSED);
    gw_tls_end(&server);
    assert_int_equal(SSL_read(client, buf, sizeof buf), 0);
    assert_int_equal(SSL_get_error(client, 0), SSL_ERROR_ZERO_RETURN);
}

static void test_broken_record_is_told(void **state)
{
    char buf[16];

    (void)state;
    shake_hands();
    assert_int_equal(SSL_write(client, "ping", 4), 4);
    carry();
    to_server[to_server_len - 1] ^= 1;
    assert_int_equal(gw_tls_read(&server, buf, sizeof buf), ST_INVALID);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_peer_is_named_by_its_key),     T(test_no_tickets_are_sent),
        T(test_records_to_devices_are_small), T(test_session_goes_on_without_the_peers_key),
        T(test_ends_are_told_apart),          T(test_broken_record_is_told),
        T(test_every_cipher_suite_and_group), T(test_key_of_another_kind_is_refused),
    };

    return cmocka_run_group_tests_name("gateway_tls", tests, NULL, NULL);
}
