/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's TLS stream against OpenSSL: what it must accept, what it must refuse and with which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/port_clock.h"
#include "port/port_status.h"
#include "port/port_stream.h"
#include "unit/ports/server_fake.h"

#define SERVER_NAME "gateway.test"
#define DEVICE_NAME "UV00112233445566778899aabbccddeeff"
#define DEADLINE_US 10000000u

/* Identities that every test starts from. */
struct fleet {
    struct pki_entity server_ca;
    struct pki_entity other_ca;
    struct pki_entity fleet_ca;
    struct pki_entity server;
    struct pki_entity device;
    struct server gateway;
    struct port_stream_identity identity;
};

static const struct pki_wish good_server = { .common_name = SERVER_NAME,
                                             .alternative_name = "DNS:" SERVER_NAME,
                                             .extended_usage = "serverAuth" };

static int set_up(void **state)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    assert_non_null(fleet);
    pki_issue(&fleet->server_ca, NULL, &(struct pki_wish){ .common_name = "Server CA", .ca = true });
    pki_issue(&fleet->other_ca, NULL, &(struct pki_wish){ .common_name = "Other CA", .ca = true });
    pki_issue(&fleet->fleet_ca, NULL, &(struct pki_wish){ .common_name = "Fleet CA", .ca = true });
    pki_issue(&fleet->device, &fleet->fleet_ca,
              &(struct pki_wish){ .common_name = DEVICE_NAME, .extended_usage = "clientAuth" });
    *state = fleet;
    return 0;
}

static int tear_down(void **state)
{
    struct fleet *fleet = *state;

    port_stream_close();
    if (fleet->gateway.context != NULL) {
        server_clear(&fleet->gateway);
    }
    pki_clear(&fleet->server_ca);
    pki_clear(&fleet->other_ca);
    pki_clear(&fleet->fleet_ca);
    pki_clear(&fleet->server);
    pki_clear(&fleet->device);
    free(fleet);
    return 0;
}

static uint64_t now_s(void)
{
    return (uint64_t)time(NULL);
}

static void gateway_start(struct fleet *fleet, const struct pki_entity *issuer, const struct pki_wish *cert,
                          const struct server_wish *wish)
{
    pki_issue(&fleet->server, issuer, cert);
    server_start(&fleet->gateway, &fleet->server, &fleet->fleet_ca, wish);
    fleet->identity = (struct port_stream_identity){
        .device_cert = fleet->device.der,
        .device_cert_len = fleet->device.der_len,
        .private_key = fleet->device.scalar,
        .server_cas = { { fleet->server_ca.der, fleet->server_ca.der_len } },
        .server_name = SERVER_NAME,
        .host = "127.0.0.1",
        .port = fleet->gateway.port,
    };
}

/* Opens and drives both sides until the stream is up or has failed. */
static int connect_at(struct fleet *fleet, uint64_t unix_s)
{
    uint64_t deadline_us = port_clock_us() + DEADLINE_US;
    int ret;

    assert_int_equal(port_stream_open(&fleet->identity, unix_s), PORT_OK);
    while ((ret = port_stream_poll()) == PORT_AGAIN && port_clock_us() < deadline_us) {
        server_step(&fleet->gateway);
    }
    return ret;
}

static int connect_now(struct fleet *fleet)
{
    return connect_at(fleet, now_s());
}

/* Drives both sides until reading says something other than PORT_AGAIN. */
static int read_some(struct fleet *fleet, void *buf, uint32_t len)
{
    uint64_t deadline_us = port_clock_us() + DEADLINE_US;
    int ret;

    while ((ret = port_stream_read(buf, len)) == PORT_AGAIN && port_clock_us() < deadline_us) {
        server_step(&fleet->gateway);
    }
    return ret;
}

static void assert_refused(struct fleet *fleet, int status, const char *words)
{
    assert_int_equal(connect_now(fleet), status);
    assert_string_equal(port_stream_error(), words);
    assert_int_equal(port_stream_poll(), status);
    assert_int_equal(port_stream_write("x", 1), PORT_EIO);
}

static void echo_once(struct fleet *fleet)
{
    char back[16];

    assert_int_equal(port_stream_write("ahoy", 4), 4);
    assert_int_equal(read_some(fleet, back, sizeof back), 4);
    assert_memory_equal(back, "ahoy", 4);
}

static void goes_up_and_echoes(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
    assert_string_equal(fleet->gateway.client_name, DEVICE_NAME);
    assert_string_equal(SSL_get_version(fleet->gateway.ssl), "TLSv1.3");
    assert_string_equal(SSL_get_servername(fleet->gateway.ssl, TLSEXT_NAMETYPE_host_name), SERVER_NAME);
}

static void speaks_both_ciphers(void **state)
{
    struct fleet *fleet = *state;
    static const char *const ciphers[] = { "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256" };

    for (size_t i = 0; i < 2; i++) {
        gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ .cipher = ciphers[i] });
        assert_int_equal(connect_now(fleet), PORT_OK);
        echo_once(fleet);
        assert_string_equal(SSL_get_cipher_name(fleet->gateway.ssl), ciphers[i]);
        port_stream_close();
        server_clear(&fleet->gateway);
        pki_clear(&fleet->server);
        fleet->gateway.context = NULL;
    }
}

static void ignores_session_tickets(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ .tickets = true });
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
}

static void refuses_wrong_ca(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->other_ca, &good_server, &(struct server_wish){ 0 });
    assert_refused(fleet, PORT_EAUTH, "server certificate is not signed by the provisioned server CA");
}

static void refuses_wrong_name(void **state)
{
    struct fleet *fleet = *state;
    struct pki_wish wish = good_server;

    wish.alternative_name = "DNS:elsewhere.test"; /* the common name still is the right one */
    gateway_start(fleet, &fleet->server_ca, &wish, &(struct server_wish){ 0 });
    assert_refused(fleet, PORT_EAUTH, "server certificate does not carry the provisioned server name");
}

static void refuses_name_in_common_name_only(void **state)
{
    struct fleet *fleet = *state;
    struct pki_wish wish = good_server;

    wish.alternative_name = NULL;
    gateway_start(fleet, &fleet->server_ca, &wish, &(struct server_wish){ 0 });
    assert_refused(fleet, PORT_EAUTH, "server certificate does not carry the provisioned server name");
}

static void refuses_client_certificate_as_server(void **state)
{
    struct fleet *fleet = *state;
    struct pki_wish wish = good_server;

    wish.extended_usage = "clientAuth";
    gateway_start(fleet, &fleet->server_ca, &wish, &(struct server_wish){ 0 });
    assert_refused(fleet, PORT_EAUTH, "server certificate is not for servers");
}

static void refuses_expired(void **state)
{
    struct fleet *fleet = *state;
    struct pki_wish wish = good_server;

    wish.not_before_s = -7200;
    wish.not_after_s = -3600;
    gateway_start(fleet, &fleet->server_ca, &wish, &(struct server_wish){ 0 });
    assert_refused(fleet, PORT_EAUTH, "server certificate expired");
}

/* A device without a battery clock was switched off while the server's certificate was renewed. */
static void accepts_a_certificate_that_begins_after_the_earliest_time(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    assert_int_equal(connect_at(fleet, now_s() - 400 * 86400), PORT_OK);
}

static void tells_the_validity_of_the_certificate(void **state)
{
    struct fleet *fleet = *state;
    struct pki_wish wish = good_server;
    struct port_stream_validity validity;
    uint64_t now = now_s();

    wish.not_before_s = -7200;
    wish.not_after_s = 90 * 86400;
    gateway_start(fleet, &fleet->server_ca, &wish, &(struct server_wish){ 0 });
    assert_int_equal(connect_now(fleet), PORT_OK);
    port_stream_validity(&validity);
    assert_in_range(validity.from_s, now - 7200, now - 7200 + 10);
    assert_in_range(validity.until_s, now + 90 * 86400, now + 90 * 86400 + 10);
}

static void validity_follows_the_given_time(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    assert_int_equal(connect_at(fleet, now_s() + 2 * 86400), PORT_EAUTH);
    assert_string_equal(port_stream_error(), "server certificate expired");
    port_stream_close();
    server_cut(&fleet->gateway);
    assert_int_equal(connect_now(fleet), PORT_OK);
}

static void refuses_older_tls(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server,
                  &(struct server_wish){ .max_version = TLS1_2_VERSION });
    assert_refused(fleet, PORT_EIO, "server does not speak TLS 1.3");
}

static void refuses_server_without_alpn(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ .alpn = "" });
    assert_refused(fleet, PORT_EIO, "server does not speak outrigger/1");
}

static void refuses_server_of_other_protocol(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ .alpn = "outrigger/2" });
    assert_refused(fleet, PORT_EIO, "server does not speak outrigger/1");
}

static void says_when_the_server_refuses_us(void **state)
{
    struct fleet *fleet = *state;
    struct pki_entity stranger;
    char byte;

    pki_issue(&stranger, &fleet->other_ca, &(struct pki_wish){ .common_name = DEVICE_NAME });
    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    fleet->identity.device_cert = stranger.der;
    fleet->identity.device_cert_len = stranger.der_len;
    fleet->identity.private_key = stranger.scalar;
    assert_int_equal(connect_now(fleet), PORT_OK); /* TLS 1.3: the refusal comes after our last message */
    assert_int_equal(read_some(fleet, &byte, 1), PORT_EIO);
    assert_int_equal(port_stream_poll(), PORT_EAUTH);
    assert_string_equal(port_stream_error(), "server refused our certificate: unknown CA");
    pki_clear(&stranger);
}

static void sees_an_orderly_close(void **state)
{
    struct fleet *fleet = *state;
    char byte;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
    server_close_notify(&fleet->gateway);
    assert_int_equal(read_some(fleet, &byte, 1), PORT_CLOSED);
    assert_int_equal(port_stream_poll(), PORT_CLOSED);
}

static void sees_a_cut_connection(void **state)
{
    struct fleet *fleet = *state;
    char byte;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
    SSL_set_quiet_shutdown(fleet->gateway.ssl, 1);
    server_cut(&fleet->gateway);
    assert_int_equal(read_some(fleet, &byte, 1), PORT_EIO); /* cut short is not closed */
    assert_string_equal(port_stream_error(), "connection lost");
}

static void sees_nobody_listening(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    server_clear(&fleet->gateway);
    fleet->gateway.context = NULL;
    fleet->gateway.fd = -1;
    fleet->gateway.failed = true;
    assert_int_equal(port_stream_open(&fleet->identity, now_s()), PORT_OK);
    while (port_stream_poll() == PORT_AGAIN) {
    }
    assert_int_equal(port_stream_poll(), PORT_EIO);
    assert_string_equal(port_stream_error(), "server cannot be reached");
}

static void refuses_records_that_do_not_fit(void **state)
{
    struct fleet *fleet = *state;
    static uint8_t big[8192];
    uint8_t buf[512];
    int ret;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ .record_bytes = 8192 });
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
    assert_true(server_send(&fleet->gateway, big, sizeof big));
    while ((ret = read_some(fleet, buf, sizeof buf)) > 0) {
    }
    assert_int_equal(ret, PORT_EIO);
    assert_string_equal(port_stream_error(), "record from the server is malformed or too long");
}

static void opens_again_and_again(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(connect_now(fleet), PORT_OK); /* fails when the arena leaks: it is small */
        assert_int_equal(port_stream_open(&fleet->identity, now_s()), PORT_EINVAL);
        echo_once(fleet);
        port_stream_close();
        port_stream_close();
        server_cut(&fleet->gateway);
    }
    assert_int_equal(port_stream_poll(), PORT_CLOSED);
}

/* Either CA may vouch for the server, in either place, also when both have the same name; the stream says which it was. */
static void either_server_ca_vouches(void **state)
{
    struct fleet *fleet = *state;
    struct port_stream_validity valid;
    struct pki_entity twin;

    pki_issue(&twin, NULL, &(struct pki_wish){ .common_name = "Server CA", .ca = true });
    for (uint32_t place = 0; place < 2; place++) {
        gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
        fleet->identity.server_cas[1 - place].der = twin.der;
        fleet->identity.server_cas[1 - place].len = twin.der_len;
        fleet->identity.server_cas[place].der = fleet->server_ca.der;
        fleet->identity.server_cas[place].len = fleet->server_ca.der_len;
        assert_int_equal(connect_now(fleet), PORT_OK);
        port_stream_validity(&valid);
        assert_int_equal(valid.server_ca, place);
        port_stream_close();
        server_clear(&fleet->gateway);
        pki_clear(&fleet->server);
    }
    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    fleet->identity.server_cas[1] = fleet->identity.server_cas[0]; /* the first place may be empty */
    fleet->identity.server_cas[0].len = 0;
    assert_int_equal(connect_now(fleet), PORT_OK);
    port_stream_validity(&valid);
    assert_int_equal(valid.server_ca, 1);
    port_stream_close();
    server_clear(&fleet->gateway);
    pki_clear(&fleet->server);
    gateway_start(fleet, &fleet->other_ca, &good_server, &(struct server_wish){ 0 });
    fleet->identity.server_cas[1].der = twin.der;
    fleet->identity.server_cas[1].len = twin.der_len;
    assert_int_equal(connect_now(fleet), PORT_EAUTH);
    pki_clear(&twin);
}

/* What stands behind the protocol's name is for the server to look at, not to speak. */
static void names_in_the_alpn_list_are_no_protocols(void **state)
{
    struct fleet *fleet = *state;

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    fleet->identity.names[0] = "ca/0011223344556677";
    fleet->identity.names[1] = "ca/8899aabbccddeeff";
    assert_int_equal(connect_now(fleet), PORT_OK);
    echo_once(fleet);
    port_stream_close();
    server_clear(&fleet->gateway);
    pki_clear(&fleet->server);
    gateway_start(fleet, &fleet->server_ca, &good_server,
                  &(struct server_wish){ .alpn = "ca/8899aabbccddeeff" });
    fleet->identity.names[0] = "ca/8899aabbccddeeff";
    assert_refused(fleet, PORT_EIO, "server does not speak outrigger/1");
}

static void refuses_a_damaged_identity(void **state)
{
    struct fleet *fleet = *state;
    static const uint8_t zero_key[32];

    gateway_start(fleet, &fleet->server_ca, &good_server, &(struct server_wish){ 0 });
    fleet->identity.server_cas[0].len -= 1;
    assert_int_equal(port_stream_open(&fleet->identity, now_s()), PORT_EAUTH);
    assert_string_equal(port_stream_error(), "stored server CA cannot be read");
    fleet->identity.server_cas[0].len += 1;
    fleet->identity.device_cert_len = 0;
    assert_int_equal(port_stream_open(&fleet->identity, now_s()), PORT_EAUTH);
    assert_string_equal(port_stream_error(), "stored device certificate cannot be read");
    fleet->identity.device_cert_len = fleet->device.der_len;
    fleet->identity.private_key = zero_key;
    assert_int_equal(port_stream_open(&fleet->identity, now_s()), PORT_EAUTH);
    assert_string_equal(port_stream_error(), "stored identity key cannot be used");
    fleet->identity.private_key = fleet->device.scalar;
    assert_int_equal(connect_now(fleet), PORT_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(goes_up_and_echoes),
        CASE(speaks_both_ciphers),
        CASE(ignores_session_tickets),
        CASE(refuses_wrong_ca),
        CASE(refuses_wrong_name),
        CASE(refuses_name_in_common_name_only),
        CASE(refuses_client_certificate_as_server),
        CASE(refuses_expired),
        CASE(accepts_a_certificate_that_begins_after_the_earliest_time),
        CASE(tells_the_validity_of_the_certificate),
        CASE(validity_follows_the_given_time),
        CASE(refuses_older_tls),
        CASE(refuses_server_without_alpn),
        CASE(refuses_server_of_other_protocol),
        CASE(says_when_the_server_refuses_us),
        CASE(sees_an_orderly_close),
        CASE(sees_a_cut_connection),
        CASE(sees_nobody_listening),
        CASE(refuses_records_that_do_not_fit),
        CASE(opens_again_and_again),
        CASE(either_server_ca_vouches),
        CASE(names_in_the_alpn_list_are_no_protocols),
        CASE(refuses_a_damaged_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
