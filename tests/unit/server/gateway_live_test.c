/* SPDX-License-Identifier: Apache-2.0 */
/* A real gateway process against synthetic devices: check-in, changes, replacement, stop. */
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

static int set_up_impatient(void **state)
{
    (void)state;
    return start(200, 1);
}

static int set_up_two(void **state)
{
    (void)state;
    return start(10000, 2);
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

/* ---- check-in ------------------------------------------------------------------------------------ */

static void test_check_in_is_welcomed_and_stored(void **state)
{
    struct store_device row;

    (void)state;
    check_in();
    assert_true(item.m.body.welcome.session_id != 0);
    assert_int_equal(item.m.body.welcome.heartbeat_ms, 10000);
    assert_true(item.m.body.welcome.has_desired);
    assert_string_equal(item.m.body.welcome.desired.app_sid, "");
    process_fake_await_presence(&gateway, identity.sid, 1);
    assert_int_equal(store_device_get(gateway.store, TEST_ACCOUNT, identity.sid, &row), ST_OK);
    assert_string_equal(row.board, "synthetic");
    assert_int_equal(row.boot_count, 2);
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_ping_is_answered(void **state)
{
    otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };

    (void)state;
    check_in();
    ping.body.ping.nonce = 99;
    device_fake_send(&device, &ping);
    assert_true(device_fake_await(&device, otr_ServerMessage_pong_tag, &item));
    assert_int_equal(item.m.body.pong.nonce, 99);
    device_fake_close(&device);
}

static void test_silent_device_is_given_up(void **state)
{
    (void)state;
    check_in();
    device_fake_await_end(&device);
    process_fake_await_log("reason=silent");
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_change_reaches_the_device(void **state)
{
    struct store_layer layer;
    struct store_app app;
    struct store_device_change change;

    (void)state;
    app = process_fake_app(&gateway, 5000, &layer);
    check_in();
    change = (struct store_device_change){ .target_sid = app.sid };
    process_fake_update(&gateway, identity.sid, &change);
    assert_true(device_fake_await(&device, otr_ServerMessage_desired_tag, &item));
    assert_string_equal(item.m.body.desired.app_sid, app.sid);
    assert_memory_equal(item.m.body.desired.manifest_sha256.bytes, app.manifest_sha256, 32);
    change = (struct store_device_change){ .restart = true };
    process_fake_update(&gateway, identity.sid, &change);
    assert_true(device_fake_await(&device, otr_ServerMessage_desired_tag, &item));
    assert_int_equal(item.m.body.desired.restart_seq, 1);
    device_fake_close(&device);
}

static void test_revoked_while_open_is_told_and_closed(void **state)
{
    const struct store_device_change change = { .set_revoked = true, .revoked = true };
    struct store_device row;

    (void)state;
    check_in();
    assert_int_equal(store_device_update(gateway.store, TEST_ACCOUNT, identity.sid, &change, &row), ST_OK);
    process_fake_tell(&gateway, BUS_DEVICE_REVOKED, identity.sid);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_REVOKED);
    device_fake_await_end(&device);
    device_fake_close(&device);
}

/* The api answers its client after this confirmation: what the device sends from then on is not served, whatever was under way. */
static void test_no_frame_is_served_after_a_revocation_was_confirmed(void **state)
{
    const struct store_device_change change = { .set_revoked = true, .revoked = true };
    otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };
    unsigned char buf[BUS_MESSAGE_MAX_BYTES + 8];
    struct bus_message reply;
    struct store_device row;

    (void)state;
    check_in();
    for (uint32_t nonce = 1; nonce <= 50; nonce++) {
        ping.body.ping.nonce = nonce;
        device_fake_send(&device, &ping);
    }
    assert_int_equal(store_device_update(gateway.store, TEST_ACCOUNT, identity.sid, &change, &row), ST_OK);
    for (unsigned i = 0; i < gateway.count; i++)
        assert_int_equal(bus_call(gateway.api_bus[i], BUS_DEVICE_REVOKED, identity.sid, SID_BYTES - 1, 10000,
                                  buf, sizeof buf, &reply),
                         ST_OK);
    ping.body.ping.nonce = 1000;
    device_fake_send(&device, &ping);
    do {
        assert_true(device_fake_recv(&device, &item));
        if (item.m.which_body == otr_ServerMessage_pong_tag)
            assert_in_range(item.m.body.pong.nonce, 1, 50);
    } while (item.m.which_body != otr_ServerMessage_bye_tag);
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_REVOKED);
    assert_false(device_fake_recv(&device, &item));
    device_fake_close(&device);
}

/* ---- one session per device ---------------------------------------------------------------------- */

static void assert_replaced(struct device_fake *older)
{
    assert_true(device_fake_await(older, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_REPLACED);
    device_fake_await_end(older);
    device_fake_close(older);
}

static void test_second_connection_replaces_the_first(void **state)
{
    struct device_fake second;
    struct store_device row;

    (void)state;
    check_in();
    device_fake_check_in(&second, gateway.port[0], &identity, &item);
    assert_replaced(&device);
    process_fake_await_log("reason=replaced");
    process_fake_await_presence(&gateway, identity.sid, 1);
    device_fake_close(&second);
    process_fake_await_presence(&gateway, identity.sid, 0);
    assert_int_equal(store_device_get(gateway.store, TEST_ACCOUNT, identity.sid, &row), ST_OK);
    process_fake_await_lines(&gateway, identity.sid, "connection", 4);
}

static void test_connection_to_another_process_replaces_too(void **state)
{
    struct device_fake second;

    (void)state;
    check_in();
    device_fake_check_in(&second, gateway.port[1], &identity, &item);
    assert_replaced(&device);
    process_fake_await_presence(&gateway, identity.sid, 1);
    device_fake_close(&second);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

static void test_power_cut_and_return(void **state)
{
    (void)state;
    check_in();
    for (unsigned i = 0; i < 20; i++) {
        struct device_fake second;

        device_fake_check_in(&second, gateway.port[0], &identity, &item);
        device_fake_reset(&device);
        device = second;
    }
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
}

/* ---- certificates -------------------------------------------------------------------------------- */

static void test_certificates_are_read_again_and_bad_ones_are_not_taken(void **state)
{
    FILE *f;

    (void)state;
    check_in();
    process_fake_reload(&gateway);
    process_fake_await_log("certificates_loaded");
    device_fake_close(&device);
    check_in(); /* with the new context; the first session's one is gone */
    f = fopen(folder_path("pki/gateway.pem"), "w");
    assert_non_null(f);
    assert_true(fputs("not a certificate\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    process_fake_reload(&gateway);
    process_fake_await_log("certificates_not_loaded");
    device_fake_close(&device);
    check_in();
    device_fake_close(&device);
}

/* ---- stop ---------------------------------------------------------------------------------------- */

static void test_stop_says_goodbye_and_writes_what_it_has(void **state)
{
    otr_DeviceMessage m;

    (void)state;
    process_fake_enable_logging(&gateway, identity.sid);
    check_in();
    m = device_fake_log(1, otr_LogKind_LOG_APP, "last words");
    device_fake_send(&device, &m);
    assert_true(device_fake_await(&device, otr_ServerMessage_log_ack_tag, &item));
    /* tear_down stops the gateway and demands exit status 0; the goodbye is read before */
    process_fake_terminate(&gateway);
    assert_true(device_fake_await(&device, otr_ServerMessage_bye_tag, &item));
    assert_int_equal(item.m.body.bye.reason, otr_ByeReason_BYE_SHUTDOWN);
    device_fake_await_end(&device);
    device_fake_close(&device);
    process_fake_await_presence(&gateway, identity.sid, 0);
    assert_int_equal(process_fake_count_lines(&gateway, identity.sid, "app_logging"), 1);
    process_fake_await_lines(&gateway, identity.sid, "connection", 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_check_in_is_welcomed_and_stored),
        T(test_ping_is_answered),
        cmocka_unit_test_setup_teardown(test_silent_device_is_given_up, set_up_impatient, tear_down),
        cmocka_unit_test_setup_teardown(test_connection_to_another_process_replaces_too, set_up_two,
                                        tear_down),
        T(test_change_reaches_the_device),
        T(test_revoked_while_open_is_told_and_closed),
        cmocka_unit_test_setup_teardown(test_no_frame_is_served_after_a_revocation_was_confirmed, set_up_two,
                                        tear_down),
        T(test_second_connection_replaces_the_first),
        T(test_power_cut_and_return),
        T(test_certificates_are_read_again_and_bad_ones_are_not_taken),
        T(test_stop_says_goodbye_and_writes_what_it_has),
    };

    return cmocka_run_group_tests_name("gateway_live", tests, NULL, NULL);
}
