/* SPDX-License-Identifier: Apache-2.0 */
/* Devices from a factory image: the test application and what follows from its word, provisioning around it, whose word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/factory/factory.h"
#include "core/kv/kv.h"
#include "core/ota/ota_preinstall.h"
#include "core/sys/mv_abi.h"
#include "port/port_status.h"
#include "port/port_syscall.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/factory_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/provision_fake.h"
#include "tests/unit/device/server_fake.h"

#define BUFFER         NS_FAKE_RAM
#define TEXT           (NS_FAKE_RAM + 8192)
#define FOREIGN_SIGNER (BUNDLE_FAKE_SIGNER + 1)

static struct bundle_fake tested, production, other;

static int new_bundles(void **state)
{
    (void)state;
    bundle_fake_simple(&tested, 1, 3 * BLOCK_BYTES + 100, 0, true);
    bundle_fake_simple(&production, 2, 5 * BLOCK_BYTES + 9, BLOCK_BYTES + 10, true);
    bundle_fake_simple(&other, 3, 2 * BLOCK_BYTES, 50, true);
    factory_fake_new(&tested, &production);
    return 0;
}

static bool runs(const struct bundle_fake *bundle)
{
    return port_ns_state() == PORT_NS_RUNNING &&
           memcmp(ns_fake_code(), bundle->image, FLASH_FAKE_APP_BYTES) == 0;
}

static bool runs_tested(void)
{
    return runs(&tested);
}

static bool runs_production(void)
{
    return runs(&production);
}

static bool runs_other(void)
{
    return runs(&other);
}

static void boot_into_test(void)
{
    device_fake_boot();
    assert_true(device_fake_run(runs_tested, 1000));
}

static uint32_t call(uint32_t slot, uint32_t a, uint32_t b)
{
    const uint32_t args[4] = { a, b, 0, 0 };

    return port_syscall(slot, args, false);
}

static uint32_t complete(uint32_t status)
{
    return call(MV_SLOT_TESTING_COMPLETE, status, 0);
}

static uint32_t test_log(const char *text, uint32_t length)
{
    assert_int_equal(port_ns_write(TEXT, text, length), 0);
    return call(MV_SLOT_TEST_LOG, TEXT, length);
}

static bool said(const char *text)
{
    return strstr(board_fake_console(), text) != NULL;
}

static void assert_test_calls_are_unavailable(void)
{
    assert_int_equal(complete(0), MV_UNAVAILABLE);
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER, 512), MV_UNAVAILABLE);
    assert_int_equal(call(MV_SLOT_TEST_LOG, TEXT, 1), MV_UNAVAILABLE);
}

static void assert_test_is(const char *state)
{
    const char *answer = factory_fake_ask("OTR1 TEST\n", "OTR1 TEST ");

    assert_non_null(answer);
    assert_int_equal(strncmp(answer, state, strlen(state)), 0);
    assert_int_equal(answer[strlen(state)], '\n');
}

static void nothing_runs_for(uint32_t ms)
{
    uint32_t starts = ns_fake_starts();

    device_fake_run_ms(ms);
    assert_int_equal(port_ns_state(), PORT_NS_OFF);
    assert_int_equal(ns_fake_starts(), starts);
}

static void the_test_runs_first_and_production_after_it_for_good(void **state)
{
    (void)state;
    boot_into_test();
    assert_true(said("OTR1 TEST pending\n"));
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 5000));
    assert_true(said("OTR1 TEST passed\n"));
    assert_test_calls_are_unavailable();
    assert_int_equal(ns_fake_starts(), 2);
    device_fake_boot();
    assert_true(device_fake_run(runs_production, 1000));
    assert_int_equal(ns_fake_starts(), 3);
    assert_test_is("passed");
    assert_null(flash_fake_violation());
}

static void a_failed_test_holds_the_device_until_the_next_start(void **state)
{
    (void)state;
    boot_into_test();
    assert_int_equal(complete(4294967295u), MV_OKAY);
    assert_int_equal(complete(0), MV_OKAY); /* too late */
    device_fake_run_ms(10);
    assert_true(said("OTR1 TEST failed 4294967295\n"));
    nothing_runs_for(600000);
    assert_test_is("failed 4294967295");
    boot_into_test();
    assert_test_is("pending");
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 5000));
}

static void a_test_that_crashes_runs_again(void **state)
{
    (void)state;
    boot_into_test();
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER, 512), MV_OKAY);
    assert_int_equal(test_log("last words", 10), MV_OKAY);
    ns_fake_fault(otr_CrashCause_CRASH_BUS_FAULT, 0x200100);
    device_fake_run_ms(10);
    assert_true(said("test: last words\n"));
    assert_true(device_fake_run(runs_tested, 10000));
    assert_int_equal(call(MV_SLOT_TEST_LOG, TEXT, 1),
                     MV_UNAVAILABLE); /* the buffer went with the old start */
    assert_test_is("pending");
}

static void test_logs_are_lines_on_the_console(void **state)
{
    (void)state;
    boot_into_test();
    assert_int_equal(call(MV_SLOT_TEST_LOG, TEXT, 1), MV_UNAVAILABLE);
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, 0x10000000, 512), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER + 4, 512), MV_INVALIDBUFFERALIGNMENT);
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER, 513), MV_INVALIDBUFFERSIZE);
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER, 1024), MV_OKAY);
    assert_int_equal(call(MV_SLOT_TEST_LOG, 0x10000000, 1), MV_PARAMETERFAULT);
    assert_int_equal(call(MV_SLOT_TEST_LOG, TEXT, LOG_TEXT_MAX_BYTES + 1), MV_LOGMESSAGETOOLONG);
    assert_int_equal(call(MV_SLOT_TEST_LOG, TEXT, 1024), MV_INVALIDBUFFERSIZE); /* its end is one more byte */
    assert_int_equal(test_log("5 V: ok", 7), MV_OKAY);
    assert_int_equal(test_log("", 0), MV_OKAY);
    assert_int_equal(test_log("a\nOTR1 OK\r\x80", 11), MV_OKAY);
    device_fake_run_ms(10);
    assert_true(said("test: 5 V: ok\ntest: a\ntest: OTR1 OK\\x0d\\x80\n"));
    for (uint32_t i = 0; i < 200; i++) { /* more than once around the buffer */
        board_fake_console_clear();
        assert_int_equal(test_log("0123456789abcdef0123456789", 26), MV_OKAY);
        device_fake_run_ms(1);
        assert_true(said("test: 0123456789abcdef0123456789\n"));
    }
}

static void a_log_buffer_that_the_test_scribbles_on_harms_nobody(void **state)
{
    (void)state;
    boot_into_test();
    assert_int_equal(call(MV_SLOT_TEST_LOGGING_INIT, BUFFER, 4096), MV_OKAY);
    while (test_log("0123456789", 10) == MV_OKAY) {
    }
    memset(ns_fake_ram(), 'x', 4096);
    board_fake_console_clear();
    device_fake_run_ms(10);
    assert_true(said("test: xxx"));
    assert_int_equal(test_log("more", 4), MV_OKAY);
    device_fake_run_ms(10);
    assert_true(said("test: more\n"));
}

static void the_test_has_a_name_to_print(void **state)
{
    char sid[SID_CHARS + 1] = "";

    (void)state;
    boot_into_test();
    assert_int_equal(call(MV_SLOT_GET_DEVICE_ID, TEXT, SID_CHARS), MV_OKAY);
    assert_int_equal(port_ns_read(TEXT, sid, SID_CHARS), 0);
    assert_int_equal(strncmp(sid, "UV", 2), 0);
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    assert_non_null(factory_fake_ask("OTR1 HELLO\n", sid));
}

static void provisioning_does_not_disturb_the_test(void **state)
{
    (void)state;
    boot_into_test();
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    assert_true(device_fake_run(server_fake_connected, 5000));
    device_fake_run_ms(60000); /* nothing is targeted: the test goes on */
    assert_true(runs_tested());
    assert_int_equal(ns_fake_starts(), 1);
    assert_memory_equal(server_fake_status()->manifest_sha256.bytes, tested.manifest.sha256, SHA256_BYTES);
    boot_into_test();
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 10000));
    device_fake_run_ms(60000);
    assert_true(runs_production());
    assert_memory_equal(server_fake_status()->manifest_sha256.bytes, production.manifest.sha256,
                        SHA256_BYTES);
    assert_false(server_fake_broken());
}

static void the_servers_word_outweighs_the_test(void **state)
{
    (void)state;
    boot_into_test();
    assert_int_equal(complete(1), MV_OKAY);
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    server_fake_target(&other);
    assert_true(device_fake_run(runs_other, 20000));
    assert_test_is("none");
    assert_test_calls_are_unavailable();
    device_fake_boot();
    assert_true(device_fake_run(runs_other, 1000));
    assert_test_is("none");
    assert_true(device_fake_run(server_fake_connected, 5000));
    server_fake_target(&tested); /* an application like any other now */
    assert_true(device_fake_run(runs_tested, 20000));
    assert_test_calls_are_unavailable();
}

static void signers_that_the_fleet_does_not_have_end_with_provisioning(void **state)
{
    (void)state;
    boot_into_test();
    assert_true(factory_fake_provision(FOREIGN_SIGNER));
    nothing_runs_for(60000); /* neither the test nor, untested, what stands beside it */
    device_fake_boot();
    nothing_runs_for(60000);
    assert_test_is("pending");
    bundle_fake_finish(&other, FOREIGN_SIGNER);
    server_fake_target(&other);
    assert_true(device_fake_run(runs_other, 20000));
}

static void production_alone_runs_before_and_after_provisioning(void **state)
{
    (void)state;
    factory_fake_new(NULL, &production);
    device_fake_boot();
    assert_true(device_fake_run(runs_production, 1000));
    assert_test_is("none");
    assert_test_calls_are_unavailable();
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    device_fake_run_ms(10000);
    assert_true(runs_production());
    assert_int_equal(ns_fake_starts(), 1);
    assert_string_equal(server_fake_status()->app_sid, "");
    server_fake_target(&other);
    assert_true(device_fake_run(runs_other, 20000));
}

static void a_passed_test_never_runs_again_unless_the_server_wants_it(void **state)
{
    (void)state;
    factory_fake_new(&tested, NULL);
    boot_into_test();
    assert_int_equal(complete(0), MV_OKAY);
    device_fake_run_ms(10);
    nothing_runs_for(60000);
    device_fake_boot();
    nothing_runs_for(60000);
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    nothing_runs_for(60000);
    server_fake_target(&tested);
    assert_true(device_fake_run(runs_tested, 20000));
    assert_test_calls_are_unavailable();
    assert_test_is("none");
    device_fake_boot();
    assert_true(device_fake_run(runs_tested, 1000));
}

static void a_damaged_test_is_neither_started_nor_passed_over(void **state)
{
    (void)state;
    flash_fake_bytes(PORT_FLASH_APP)[BLOCK_BYTES] ^= 1;
    device_fake_boot();
    nothing_runs_for(60000);
    assert_test_is("pending");
}

/* "Keep what is installed" does not mean a test that has passed. */
static void a_damaged_staged_block_is_fetched_when_there_is_a_server(void **state)
{
    (void)state;
    flash_fake_bytes(PORT_FLASH_STAGING)[BLOCK_BYTES] ^= 1;
    boot_into_test();
    assert_int_equal(complete(0), MV_OKAY);
    device_fake_run_ms(10);
    nothing_runs_for(60000);
    assert_true(factory_fake_provision(BUNDLE_FAKE_SIGNER));
    server_fake_other(&production);
    assert_true(device_fake_run(runs_production, 60000));
}

/* Both need scratch memory: a SET line that has come half way, and the journal that is read again. */
static void a_test_may_pass_in_the_middle_of_provisioning(void **state)
{
    static char line[PROVISION_FAKE_LINE_BYTES];
    uint8_t request[PROVISION_FAKE_REQUEST_BYTES];
    char kept;

    (void)state;
    boot_into_test();
    assert_true(provision_fake_request(factory_fake_ask("OTR1 KEYGEN\n", "OTR1 CSR "), request));
    provision_fake_line(request, BUNDLE_FAKE_SIGNER, line);
    kept = line[200];
    line[200] = '\0';
    board_fake_type(line);
    device_fake_run_ms(10);
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 5000));
    line[200] = kept;
    assert_non_null(factory_fake_ask(line + 200, "OTR1 OK "));
    assert_true(device_fake_run(server_fake_connected, 5000));
    assert_true(runs_production());
}

static void a_pass_that_cannot_be_stored_is_none(void **state)
{
    (void)state;
    boot_into_test();
    flash_fake_fail(1);
    assert_int_equal(complete(0), MV_OKAY);
    device_fake_run_ms(10);
    assert_true(said("could not be stored"));
    assert_false(said("OTR1 TEST passed"));
    nothing_runs_for(60000);
    boot_into_test();
}

static void layers_without_block_list_are_preinstalled_too(void **state)
{
    (void)state;
    bundle_fake_simple(&tested, 1, 3 * BLOCK_BYTES + 100, 0, false);
    bundle_fake_simple(&production, 2, 5 * BLOCK_BYTES + 9, BLOCK_BYTES + 10, false);
    factory_fake_new(&tested, &production);
    boot_into_test();
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 5000));
}

static void add_external(struct bundle_fake *bundle, uint32_t seed)
{
    bundle_fake_external_layer(bundle, 2 * BLOCK_BYTES, 4 * BLOCK_BYTES, 3 * BLOCK_BYTES - 7, seed, 0);
    bundle_fake_finish(bundle, BUNDLE_FAKE_SIGNER);
}

/* Both have a layer in external flash: the one of the test is there, the other one waits. */
static void external_flash_is_preinstalled_too(void **state)
{
    (void)state;
    flash_fake_resize(PORT_FLASH_STAGING, FLASH_FAKE_STAGING_BYTES + FLASH_FAKE_EXTERNAL_BYTES);
    bundle_fake_simple(&tested, 1, 3 * BLOCK_BYTES + 100, 0, true);
    bundle_fake_simple(&production, 2, 5 * BLOCK_BYTES + 9, BLOCK_BYTES + 10, true);
    add_external(&tested, 6);
    add_external(&production, 7);
    factory_fake_new(&tested, &production);
    assert_true(bundle_fake_external_is(&tested, flash_fake_bytes(PORT_FLASH_EXTERNAL)));
    boot_into_test();
    assert_int_equal(complete(0), MV_OKAY);
    assert_true(device_fake_run(runs_production, 5000));
    assert_true(bundle_fake_external_is(&production, flash_fake_bytes(PORT_FLASH_EXTERNAL)));
    flash_fake_resize(PORT_FLASH_STAGING, FLASH_FAKE_STAGING_BYTES);
}

static void preinstalling_refuses_what_does_not_fit(void **state)
{
    struct manifest manifest = { .layer_count = 1, .layers = { { .blocks = 1, .has_list = true } } };
    struct ota_preinstall_layer layer = { tested.image, BLOCK_BYTES + 1 };
    struct ota_preinstall app = { 0, OTA_PREINSTALL_INSTALLED, &manifest, tested.manifest.bytes, 16, &layer };

    (void)state;
    flash_fake_reset(false);
    assert_int_equal(ota_preinstall_write(&app), PORT_EINVAL);
    layer.length = 0;
    assert_int_equal(ota_preinstall_write(&app), PORT_EINVAL);
    layer.length = BLOCK_BYTES;
    app.place = OTA_PREINSTALL_STAGED;
    assert_int_equal(ota_preinstall_write(&app), PORT_EINVAL);
    flash_fake_reset(true); /* the staging area holds a slot, and nothing beside it */
    manifest.layers[0].first = BLOCKS_EXTERNAL;
    assert_int_equal(ota_preinstall_write(&app), PORT_EINVAL);
    manifest.layers[0].first = 0;
    flash_fake_reset(false);
    app.place = OTA_PREINSTALL_INSTALLED;
    assert_int_equal(ota_preinstall_write(&app), 0);
    assert_int_equal(flash_fake_operations() > 0, 1);
    flash_fake_reset(false);
    flash_fake_fail(3);
    assert_int_equal(ota_preinstall_write(&app), PORT_EIO);
}

static void factory_data_of_another_form_counts_as_none(void **state)
{
    uint8_t points[FACTORY_SIGNERS_MAX + 1][P256_POINT_BYTES], loaded[FACTORY_SIGNERS_MAX][P256_POINT_BYTES];
    uint8_t raw[40] = { 7 };
    struct factory_test test;

    (void)state;
    for (uint32_t i = 0; i <= FACTORY_SIGNERS_MAX; i++)
        crypto_fake_point(i + 1, points[i]);
    assert_int_equal(factory_signers_store(points, 0), PORT_EINVAL);
    assert_int_equal(factory_signers_store(points, FACTORY_SIGNERS_MAX + 1), PORT_EINVAL);
    assert_int_equal(factory_signers_store(points, FACTORY_SIGNERS_MAX), 0);
    assert_int_equal(factory_signers_load(loaded), FACTORY_SIGNERS_MAX);
    assert_memory_equal(loaded, points, sizeof(loaded));
    points[1][0] = 2;
    assert_int_equal(factory_signers_store(points, 2), PORT_EINVAL);
    assert_int_equal(kv_put(KV_FACTORY_SIGNERS, points, 2 * P256_POINT_BYTES), 0);
    assert_int_equal(factory_signers_load(loaded), 0);
    assert_int_equal(kv_put(KV_FACTORY_SIGNERS, points, P256_POINT_BYTES - 1), 0);
    assert_int_equal(factory_signers_load(loaded), 0);
    assert_int_equal(kv_put(KV_FACTORY_SIGNERS, points, sizeof(points)), 0);
    assert_int_equal(factory_signers_load(loaded), 0);
    for (uint32_t length = 0; length <= sizeof(raw); length++) {
        assert_int_equal(kv_put(KV_FACTORY_TEST, raw, length), 0);
        factory_test_load(&test);
        assert_int_equal(test.state, FACTORY_TEST_NONE);
    }
    raw[0] = FACTORY_TEST_PASSED;
    assert_int_equal(kv_put(KV_FACTORY_TEST, raw, 33), 0);
    factory_test_load(&test);
    assert_int_equal(test.state, FACTORY_TEST_PASSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_test_runs_first_and_production_after_it_for_good, new_bundles),
        cmocka_unit_test_setup(a_failed_test_holds_the_device_until_the_next_start, new_bundles),
        cmocka_unit_test_setup(a_test_that_crashes_runs_again, new_bundles),
        cmocka_unit_test_setup(test_logs_are_lines_on_the_console, new_bundles),
        cmocka_unit_test_setup(a_log_buffer_that_the_test_scribbles_on_harms_nobody, new_bundles),
        cmocka_unit_test_setup(the_test_has_a_name_to_print, new_bundles),
        cmocka_unit_test_setup(provisioning_does_not_disturb_the_test, new_bundles),
        cmocka_unit_test_setup(the_servers_word_outweighs_the_test, new_bundles),
        cmocka_unit_test_setup(signers_that_the_fleet_does_not_have_end_with_provisioning, new_bundles),
        cmocka_unit_test_setup(production_alone_runs_before_and_after_provisioning, new_bundles),
        cmocka_unit_test_setup(a_passed_test_never_runs_again_unless_the_server_wants_it, new_bundles),
        cmocka_unit_test_setup(a_damaged_test_is_neither_started_nor_passed_over, new_bundles),
        cmocka_unit_test_setup(a_damaged_staged_block_is_fetched_when_there_is_a_server, new_bundles),
        cmocka_unit_test_setup(a_test_may_pass_in_the_middle_of_provisioning, new_bundles),
        cmocka_unit_test_setup(a_pass_that_cannot_be_stored_is_none, new_bundles),
        cmocka_unit_test_setup(layers_without_block_list_are_preinstalled_too, new_bundles),
        cmocka_unit_test_setup(external_flash_is_preinstalled_too, new_bundles),
        cmocka_unit_test_setup(preinstalling_refuses_what_does_not_fit, new_bundles),
        cmocka_unit_test_setup(factory_data_of_another_form_counts_as_none, new_bundles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
