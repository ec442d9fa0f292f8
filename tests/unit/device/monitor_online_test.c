/* SPDX-License-Identifier: Apache-2.0 */
/* Connectivity policy (N1 to N3): the whole core against a small server, with applications that do and do not need the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sys/mv_abi.h"
#include "port/port_syscall.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/server_fake.h"

#define AT           NS_FAKE_RAM
#define OUT          (NS_FAKE_RAM + 64)
#define CHECK_IN_SEC 600u
#define GRACE_SEC    20u

static struct bundle_fake v1, v2;
static const struct bundle_fake *expected;
static uint32_t network;

static uint32_t call(uint32_t slot, uint32_t a, uint32_t b)
{
    const uint32_t args[4] = { a, b };

    return port_syscall(slot, args, false);
}

static uint32_t out_word(void)
{
    uint32_t value;

    memcpy(&value, ns_fake_ram() + 64, sizeof(value));
    return value;
}

static uint32_t reasons(void)
{
    assert_int_equal(call(MV_SLOT_GET_NETWORK_REASONS, OUT, OUT + 4), MV_OKAY);
    return out_word();
}

static void ask_for_network(void)
{
    const struct mv_request_network request = { 1, 0, 0 };

    memcpy(ns_fake_ram(), &request, sizeof(request));
    assert_int_equal(call(MV_SLOT_REQUEST_NETWORK, AT, OUT), MV_OKAY);
    network = out_word();
}

static void release_network(void)
{
    memcpy(ns_fake_ram() + 64, &network, sizeof(network));
    assert_int_equal(call(MV_SLOT_RELEASE_NETWORK, OUT, 0), MV_OKAY);
}

static uint32_t network_status(void)
{
    assert_int_equal(call(MV_SLOT_GET_NETWORK_STATUS, network, OUT), MV_OKAY);
    return out_word();
}

static bool runs_expected(void)
{
    const otr_AppStatus *status = server_fake_status();

    return status->state == otr_AppState_APP_RUNNING &&
           memcmp(status->manifest_sha256.bytes, expected->manifest.sha256, SHA256_BYTES) == 0 &&
           status->phase == otr_UpdatePhase_UPDATE_IDLE;
}

static bool connected(void)
{
    return server_fake_connected();
}

static bool offline(void)
{
    return !server_fake_connected();
}

static bool told_that_connected(void)
{
    return network_status() == MV_NETWORK_CONNECTED;
}

static void make(struct bundle_fake *bundle, uint32_t n, uint32_t check_in_sec)
{
    bundle_fake_start(bundle, n);
    bundle->body.has_connectivity = true;
    bundle->body.connectivity.minimum_check_in_time_sec = check_in_sec;
    bundle->body.connectivity.connection_grace_time_sec = GRACE_SEC;
    bundle_fake_layer(bundle, 0, FLASH_FAKE_APP_BYTES, 3 * BLOCK_BYTES, n, 0, true);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

static void install(uint32_t check_in_sec)
{
    device_fake_new(true, 1);
    make(&v1, 1, check_in_sec);
    make(&v2, 2, check_in_sec);
    device_fake_boot();
    expected = &v1;
    server_fake_target(&v1);
    assert_true(device_fake_run(runs_expected, 20000));
}

static void stays_connected_without_a_policy(void **state)
{
    (void)state;
    install(0);
    ask_for_network();
    release_network();
    device_fake_run_ms(3600000);
    assert_true(server_fake_connected());
    assert_int_equal(server_fake_hellos(), 1);
    assert_int_equal(reasons(), MV_REASON_CHECK_IN_EXPIRED);
}

static void stays_connected_for_an_application_that_never_used_the_network_calls(void **state)
{
    (void)state;
    install(CHECK_IN_SEC);
    device_fake_run_ms(3600000);
    assert_true(server_fake_connected());
    assert_int_equal(server_fake_hellos(), 1);
    assert_int_equal(reasons(), MV_REASON_NEVER_USED_API);
}

static void rests_after_the_grace_time_and_checks_in(void **state)
{
    (void)state;
    install(CHECK_IN_SEC);
    ask_for_network();
    device_fake_run_ms(3600000);
    assert_true(server_fake_connected());
    assert_true((reasons() & MV_REASON_USING_NETWORK) != 0);
    release_network();
    device_fake_run_ms(GRACE_SEC * 1000 - 2000);
    assert_true(server_fake_connected());
    assert_true(device_fake_run(offline, 4000));
    assert_int_equal(reasons(), 0);
    device_fake_run_ms(CHECK_IN_SEC * 1000 - 5000);
    assert_false(server_fake_connected());
    assert_true(device_fake_run(connected, 10000)); /* N3 */
    assert_int_equal(server_fake_hellos(), 2);
    assert_false(server_fake_broken());
}

/* Offline on purpose, from which something must bring it back. */
static void go_offline(void)
{
    install(CHECK_IN_SEC);
    ask_for_network();
    release_network();
    assert_true(device_fake_run(offline, (GRACE_SEC + 5) * 1000));
}

static void asking_for_the_network_ends_the_rest_at_once(void **state)
{
    (void)state;
    go_offline();
    ask_for_network();
    assert_int_equal(network_status(), MV_NETWORK_DELIBERATELY_OFFLINE);
    assert_true(device_fake_run(told_that_connected, 1000));
}

static void a_check_in_brings_the_update(void **state)
{
    (void)state;
    go_offline();
    server_fake_target(&v2);
    expected = &v2;
    device_fake_run_ms(60000);
    assert_false(runs_expected());
    assert_true(device_fake_run(runs_expected, CHECK_IN_SEC * 1000));
    assert_true(server_fake_connected()); /* v2 has not used the network calls yet */
}

static void lines_are_delivered_before_the_rest(void **state)
{
    (void)state;
    install(CHECK_IN_SEC);
    ask_for_network();
    release_network();
    server_fake_acknowledge(false);
    memcpy(ns_fake_ram() + 512, "last words", 10);
    assert_int_equal(call(MV_SLOT_SERVER_LOGGING_INIT, NS_FAKE_RAM + 2048, 512), MV_OKAY);
    assert_int_equal(call(MV_SLOT_SERVER_LOG, NS_FAKE_RAM + 512, 10), MV_OKAY);
    device_fake_run_ms((GRACE_SEC + 30) * 1000);
    assert_true(server_fake_connected()); /* N2: not acknowledged */
    server_fake_acknowledge(true);
    server_fake_disconnect();
    assert_true(device_fake_run(connected, 10000));
    assert_true(device_fake_run(offline, (GRACE_SEC + 5) * 1000));
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_APP, "last words") > 0, true);
}

static void a_start_meets_the_server_first(void **state)
{
    (void)state;
    go_offline();
    device_fake_boot();
    assert_true(device_fake_run(connected, 10000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_connected_without_a_policy),
        cmocka_unit_test(stays_connected_for_an_application_that_never_used_the_network_calls),
        cmocka_unit_test(rests_after_the_grace_time_and_checks_in),
        cmocka_unit_test(asking_for_the_network_ends_the_rest_at_once),
        cmocka_unit_test(a_check_in_brings_the_update),
        cmocka_unit_test(lines_are_delivered_before_the_rest),
        cmocka_unit_test(a_start_meets_the_server_first),
    };

    return cmocka_run_group_tests_name("monitor_online", tests, NULL, NULL);
}
