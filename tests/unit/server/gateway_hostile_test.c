/* SPDX-License-Identifier: Apache-2.0 */
/* A real gateway process against who should not be let in: wrong certificates, garbage at each stage, floods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "bus/bus.h"
#include "unit/server/folder_fake.h"
#include "unit/server/gateway_device_fake.h"
#include "unit/server/gateway_process_fake.h"

static struct process_fake gateway;
static struct pki_fake_device identity;
static struct device_fake device;
static struct device_fake_item item;

static int start(uint32_t heartbeat_ms, unsigned count)
{
    const struct process_fake_options options = { .count = count,
                                                  .heartbeat_ms = heartbeat_ms,
                                                  .sessions_max = 8 };

    process_fake_start(&gateway, &options);
    pki_fake_device_make(&identity, PKI_GOOD);
    process_fake_enrol(&gateway, &identity);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return start(10000, 1);
}

static int tear_down(void **state)
{
    (void)state;
    pki_fake_device_free(&identity);
    process_fake_stop(&gateway);
    return 0;
}

static void check_in(void)
{
    device_fake_check_in(&device, gateway.port[0], &identity, &item);
}

/* ---- refusals ------------------------------------------------------------------------------------ */

/* Whatever happens in the handshake or right after it, the connection ends and no Welcome came. */
static void assert_not_let_in(const struct pki_fake_device *who, const char *alpn)
{
    device_fake_dial(&device, gateway.port[0], who);
    if (device_fake_handshake(&device, alpn)) {
        const otr_DeviceMessage hello = device_fake_hello(&device);

        device_fake_send(&device, &hello);
        while (device_fake_recv(&device, &item))
            assert_int_not_equal(item.m.which_body, otr_ServerMessage_welcome_tag);
    }
    device_fake_close(&device);
}

static void test_wrong_certificates_are_refused(void **state)
{
    static const struct {
        enum pki_fake_fault fault;
        const char *words;
    } cases[] = {
        { PKI_OTHER_CA, "unable to get local issuer certificate" },
        { PKI_OTHER_SID, "common name does not belong to its key" },
        { PKI_NOT_A_SID, "common name is not a device SID" },
        { PKI_SERVER_USAGE, "client certificate: " },
        { PKI_NO_USAGE, "is not for TLS clients" },
        { PKI_EXPIRED, "certificate has expired" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pki_fake_device bad;

        pki_fake_device_make(&bad, cases[i].fault);
        process_fake_enrol(&gateway, &bad);
        assert_not_let_in(&bad, PROTO_ALPN);
        process_fake_await_log(cases[i].words);
        pki_fake_device_free(&bad);
    }
}

static void test_no_certificate_and_no_alpn_are_refused(void **state)
{
    (void)state;
    assert_not_let_in(NULL, PROTO_ALPN);
    process_fake_await_log("peer did not return a certificate");
    assert_not_let_in(&identity, NULL);
    process_fake_await_log("does not offer ALPN");
    assert_not_let_in(&identity, "http/1.1");
    process_fake_await_log("no application protocol");
}

static void test_unknown_device_gets_bye(void **state)
{
    struct pki_fake_device stranger;
    otr_DeviceMessage hello;

    (void)state;
    pki_fake_device_make(&stranger, PKI_GOOD);
    device_fake_dial(&device, gateway.port[0], &stranger);
    assert_true(device_fake_handshake(&device, PROTO_ALPN));
    hello = device_fake_hello(&device);
    device_fake_send(&device, &hello);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_UNKNOWN_DEVICE);
    assert_true(item.m.body.bye.retry_after_ms > 0);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_log(stranger.sid);
    pki_fake_device_free(&stranger);
}

static void test_more_sessions_than_allowed_are_told_to_wait(void **state)
{
    enum { MAX = 8 };
    struct pki_fake_device ids[MAX + 1];
    struct device_fake devices[MAX];
    otr_DeviceMessage hello;

    (void)state;
    for (unsigned i = 0; i <= MAX; i++) {
        pki_fake_device_make(&ids[i], PKI_GOOD);
        process_fake_enrol(&gateway, &ids[i]);
    }
    for (unsigned i = 0; i < MAX; i++)
        device_fake_check_in(&devices[i], gateway.port[0], &ids[i], &item);
    device_fake_dial(&device, gateway.port[0], &ids[MAX]);
    assert_true(device_fake_handshake(&device, PROTO_ALPN));
    hello = device_fake_hello(&device);
    device_fake_send(&device, &hello);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_BUSY);
    device_fake_close(&device);
    device_fake_check_in(&device, gateway.port[0], &ids[0], &item); /* one of them may come back */
    device_fake_close(&device);
    for (unsigned i = 0; i < MAX; i++)
        device_fake_close(&devices[i]);
    for (unsigned i = 0; i <= MAX; i++)
        pki_fake_device_free(&ids[i]);
}

/* ---- garbage ------------------------------------------------------------------------------------- */

static void fill_with_noise(unsigned char *buf, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        buf[i] = (unsigned char)(seed >> 24);
    }
}

static void test_garbage_before_the_handshake(void **state)
{
    unsigned char noise[8192];

    (void)state;
    for (uint32_t i = 0; i < 30; i++) {
        fill_with_noise(noise, sizeof noise, i);
        device_fake_dial(&device, gateway.port[0], &identity);
        device_fake_send_tcp(&device, noise, 1 + i * 250);
        if (i % 3 != 0)
            device_fake_reset(&device);
        else {
            if (i > 5)
                device_fake_await_end(&device);
            device_fake_close(&device);
        }
    }
    check_in();
    device_fake_close(&device);
}

static void test_garbage_inside_the_handshake(void **state)
{
    static const unsigned char hello_start[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc };
    unsigned char noise[2048];

    (void)state;
    fill_with_noise(noise, sizeof noise, 7);
    device_fake_dial(&device, gateway.port[0], &identity);
    device_fake_send_tcp(&device, hello_start, sizeof hello_start);
    device_fake_send_tcp(&device, noise, sizeof noise);
    device_fake_await_end(&device);
    device_fake_close(&device);
    check_in();
    device_fake_close(&device);
}

static void test_garbage_beside_tls_after_the_handshake(void **state)
{
    unsigned char noise[300];

    (void)state;
    check_in();
    fill_with_noise(noise, sizeof noise, 3);
    noise[0] = 0x17; /* looks like a record */
    noise[1] = noise[2] = 3;
    noise[3] = 0;
    noise[4] = 100;
    device_fake_send_tcp(&device, noise, sizeof noise);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_log("broken TLS record");
}

static void test_garbage_inside_tls(void **state)
{
    unsigned char noise[700];

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        check_in();
        fill_with_noise(noise, sizeof noise, i);
        noise[0] = noise[1] = 0; /* control */
        noise[2] = (unsigned char)(i % 4);
        device_fake_send_raw(&device, noise, sizeof noise);
        if (i % 2 == 0 && noise[2] < 2)
            device_fake_await_end(&device);
        device_fake_close(&device);
    }
    process_fake_await_log("reason=protocol");
}

static void test_ping_flood_without_reading_is_cut(void **state)
{
    unsigned char pings[8000];
    otr_DeviceMessage ping;

    (void)state;
    check_in();
    for (size_t i = 0; i < sizeof pings; i += 8)
        memcpy(pings + i, "\0\0\0\4\x3a\2\x08\1", 8);
    for (unsigned i = 0; i < 4000 && !process_fake_has_logged("does not read"); i++)
        device_fake_send_raw(&device, pings, sizeof pings);
    process_fake_await_log("does not read");
    device_fake_reset(&device);
    check_in();
    ping = (otr_DeviceMessage){ .which_body = otr_DeviceMessage_ping_tag };
    device_fake_send(&device, &ping);
    assert_true(device_fake_await(&device, otr_ServerMessage_pong_tag, &item));
    device_fake_close(&device);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_wrong_certificates_are_refused),
        T(test_no_certificate_and_no_alpn_are_refused),
        T(test_unknown_device_gets_bye),
        T(test_more_sessions_than_allowed_are_told_to_wait),
        T(test_garbage_before_the_handshake),
        T(test_garbage_inside_the_handshake),
        T(test_garbage_beside_tls_after_the_handshake),
        T(test_garbage_inside_tls),
        T(test_ping_flood_without_reading_is_cut),
    };

    return cmocka_run_group_tests_name("gateway_hostile", tests, NULL, NULL);
}
