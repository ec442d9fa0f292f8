/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of the microvisor with the whole core, the product's boot decision and a small server: there and back, politeness, what a
 * cut costs, beside an application's. Bad ones: self_trial_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/core_limits.h"
#include "core/sys/mv_abi.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/device_fake.h"
#include "tests/unit/device/ns_fake.h"
#include "tests/unit/device/self_device_fake.h"
#include "tests/unit/device/server_fake.h"

static struct bundle_fake app2;

static bool both_run(void)
{
    return self_device_runs_wanted() && self_device_app_runs() &&
           memcmp(server_fake_status()->manifest_sha256.bytes, app2.manifest.sha256, SHA256_BYTES) == 0;
}

static bool both_wait(void)
{
    return self_device_ready() && server_fake_status()->phase == otr_UpdatePhase_UPDATE_READY;
}

static void the_factory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(self_device_status()->slot, otr_ImageSlot_SLOT_A);
    assert_true(self_device_status()->confirmed);
    assert_int_equal(self_device_status()->ratchet, 0);
    assert_int_equal(self_device_status()->manifest_sha256.size, 0);
    assert_int_equal(self_device_status()->target_sha256.size, 0);
    self_device_sound();
}

static void updates_there_and_back(void **state)
{
    (void)state;
    self_device_update_to(&self_device_next);
    assert_int_equal(self_device_status()->slot, otr_ImageSlot_SLOT_B);
    assert_int_equal(server_fake_hello()->reset_reason, otr_ResetReason_RESET_MICROVISOR_UPDATE);
    self_device_update_to(&self_device_other);
    assert_int_equal(self_device_status()->slot, otr_ImageSlot_SLOT_A);
    self_device_update_to(&self_device_next);
    assert_int_equal(self_device_status()->slot, otr_ImageSlot_SLOT_B);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 2);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_OTHER), 1);
}

static void people_are_told(void **state)
{
    (void)state;
    self_device_update_to(&self_device_next);
    assert_int_equal(
        server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "microvisor 2.0.0 is fetched into slot B"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR,
                                            "microvisor 2.0.0 is verified and waits to be started in slot B"),
                     1);
    assert_int_equal(
        server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "microvisor 2.0.0 is started on trial in slot B"),
        1);
    device_fake_run_ms(1000);
    assert_int_equal(
        server_fake_count_logs(otr_LogKind_LOG_MICROVISOR, "microvisor 2.0.0 runs on trial in slot B"), 1);
    assert_int_equal(server_fake_count_logs(otr_LogKind_LOG_MICROVISOR,
                                            "microvisor 2.0.0 has checked in and is confirmed in slot B"),
                     1);
}

static void a_device_without_slots_keeps_what_it_has(void **state)
{
    (void)state;
    boot_fake_slots(0);
    device_fake_new(true, 1);
    assert_true(device_fake_boot());
    server_fake_microvisor(&self_device_next, true);
    device_fake_run_ms(60000);
    assert_true(server_fake_connected());
    assert_int_equal(self_device_status()->slot, otr_ImageSlot_SLOT_UNKNOWN);
    assert_int_equal(self_device_status()->phase, otr_UpdatePhase_UPDATE_IDLE);
    assert_int_equal(server_fake_streams(), 0);
    self_device_sound();
}

/* What the application was told of last. */
static uint32_t told(void)
{
    struct mv_notification record;

    memcpy(&record, ns_fake_ram() + 1024, sizeof(record));
    return record.event_type;
}

static void waits_for_an_application_that_asked_to_be_asked(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    device_fake_run_ms(60000);
    assert_int_equal(told(), MV_EVENT_UPDATE_DOWNLOADED);
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
    assert_true(self_device_app_runs());
    assert_memory_equal(self_device_status()->target_sha256.bytes, self_device_next.manifest.sha256,
                        SHA256_BYTES);
    ns_fake_fault(otr_CrashCause_CRASH_BUS_FAULT, NS_FAKE_PLACE);
    self_device_wanted = &self_device_next;
    self_device_reach(self_device_runs_wanted, 60000);
    self_device_reach(self_device_app_runs, 60000);
    assert_string_equal(server_fake_status()->app_sid, self_device_app.app_sid);
    assert_memory_equal(ns_fake_code(), self_device_app.image, FLASH_FAKE_APP_BYTES);
}

static void waits_no_longer_than_politeness(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    self_device_wanted = &self_device_next;
    assert_false(device_fake_run(self_device_runs_wanted, POLITENESS_DEFAULT_SEC * 1000 - 60000));
    self_device_reach(self_device_runs_wanted, 120000);
}

static void does_not_wait_when_told(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    self_device_wanted = &self_device_next;
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_runs_wanted, 10000);
}

static void does_not_wait_for_an_application_that_did_not_ask(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_wanted = &self_device_next;
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_runs_wanted, 20000);
    self_device_reach(self_device_app_runs, 20000);
}

static void does_not_wait_without_an_application(void **state)
{
    (void)state;
    self_device_wanted = &self_device_next;
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_runs_wanted, 20000);
}

/* S3: what is not wanted any more is not started at the next reset. */
static void one_that_waits_is_withdrawn(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    server_fake_microvisor(NULL, false);
    self_device_reach(self_device_idle, 10000);
    assert_true(device_fake_boot());
    assert_int_equal(boot_fake_number(), BOOT_FAKE_NUMBER);
    device_fake_run_ms(2000);
    assert_true(self_device_app_runs());
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    server_fake_microvisor(&self_device_other, false); /* another one takes its place */
    device_fake_run_ms(20000);
    assert_memory_equal(self_device_status()->target_sha256.bytes, self_device_other.manifest.sha256,
                        SHA256_BYTES);
    assert_true(device_fake_boot());
    assert_int_equal(boot_fake_number(), SELF_DEVICE_OTHER);
    assert_int_equal(boot_fake_starts(SELF_DEVICE_NEXT), 0);
}

static void one_that_waits_is_started_by_a_power_cut(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_listen();
    server_fake_microvisor(&self_device_next, false);
    self_device_reach(self_device_ready, 60000);
    assert_true(device_fake_boot());
    assert_int_equal(boot_fake_number(), SELF_DEVICE_NEXT);
    self_device_wanted = &self_device_next;
    self_device_reach(self_device_runs_wanted, 20000);
}

static void a_broken_connection_costs_one_block(void **state)
{
    uint64_t bytes;

    (void)state;
    server_fake_faults()->cut_after = 6000; /* in the middle of the second block */
    self_device_update_to(&self_device_next);
    bytes = self_device_next.image.length + 2 * self_device_next.manifest.length;
    assert_in_range(server_fake_blob_bytes(), bytes, bytes + BLOCK_BYTES);
}

/* Trailer: erase and mark twice; a block: erase and four pieces. */
static bool in_the_second_block(void)
{
    return self_device_slot_writes == 3 + 5 + 3;
}

static void a_power_cut_costs_one_block(void **state)
{
    uint64_t bytes;

    (void)state;
    self_device_slot_writes = 0;
    flash_fake_watch(self_device_count_slot_writes);
    server_fake_faults()->chunk = 100;
    server_fake_microvisor(&self_device_next, true);
    assert_true(device_fake_run(in_the_second_block, 20000));
    assert_true(device_fake_boot());
    self_device_update_to(&self_device_next);
    bytes = self_device_next.image.length + 2 * self_device_next.manifest.length;
    assert_in_range(server_fake_blob_bytes(), bytes, bytes + BLOCK_BYTES);
}

static void what_is_there_is_not_fetched(void **state)
{
    uint64_t before;

    (void)state;
    self_device_update_to(&self_device_next);
    before = server_fake_blob_bytes();
    self_device_update_to(boot_fake_factory_kernel()); /* still in slot A */
    assert_int_equal(server_fake_blob_bytes() - before, boot_fake_factory_kernel()->manifest.length);
}

static void both_updates_come_to_their_end(void **state)
{
    (void)state;
    self_device_run_app();
    self_device_wanted = &self_device_next;
    bundle_fake_simple(&app2, 2, 5 * BLOCK_BYTES, 3 * BLOCK_BYTES, true);
    server_fake_target(&app2);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(both_run, 60000);
    self_device_listen(); /* both wait for the same leave */
    self_device_wanted = &self_device_other;
    bundle_fake_simple(&app2, 3, 6 * BLOCK_BYTES, 6 * BLOCK_BYTES, true);
    server_fake_microvisor(&self_device_other, false);
    server_fake_target(&app2);
    self_device_reach(both_wait, 60000);
    device_fake_run_ms(60000);
    assert_true(both_wait());
    ns_fake_fault(otr_CrashCause_CRASH_BUS_FAULT, NS_FAKE_PLACE);
    self_device_reach(both_run, 60000);
}

static void both_updates_come_to_their_end_without_staging(void **state)
{
    (void)state;
    device_fake_new(false, 1);
    assert_true(device_fake_boot());
    self_device_run_app();
    self_device_wanted = &self_device_next;
    server_fake_faults()->chunk = 64; /* both take long */
    bundle_fake_simple(&app2, 2, 5 * BLOCK_BYTES, 3 * BLOCK_BYTES, true);
    server_fake_target(&app2);
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(both_run, 60000);
}

/* The application's is held back by a stalled one no longer than the stall. */
static void a_microvisor_that_does_not_come_holds_nobody(void **state)
{
    (void)state;
    server_fake_faults()->refuse_blobs = true;
    server_fake_microvisor(&self_device_next, true);
    self_device_reach(self_device_failed, 10000);
    server_fake_faults()->refuse_blobs = false;
    self_device_next.manifest.sha256[0] ^= 1; /* the server has what was asked for no more */
    server_fake_target(&self_device_app);
    self_device_reach(self_device_app_runs, 120000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_factory_is_reported, self_device_new),
        cmocka_unit_test_setup(updates_there_and_back, self_device_new),
        cmocka_unit_test_setup(people_are_told, self_device_new),
        cmocka_unit_test_setup(a_device_without_slots_keeps_what_it_has, self_device_new),
        cmocka_unit_test_setup(waits_for_an_application_that_asked_to_be_asked, self_device_new),
        cmocka_unit_test_setup(waits_no_longer_than_politeness, self_device_new),
        cmocka_unit_test_setup(does_not_wait_when_told, self_device_new),
        cmocka_unit_test_setup(does_not_wait_for_an_application_that_did_not_ask, self_device_new),
        cmocka_unit_test_setup(does_not_wait_without_an_application, self_device_new),
        cmocka_unit_test_setup(one_that_waits_is_withdrawn, self_device_new),
        cmocka_unit_test_setup(one_that_waits_is_started_by_a_power_cut, self_device_new),
        cmocka_unit_test_setup(a_broken_connection_costs_one_block, self_device_new),
        cmocka_unit_test_setup(a_power_cut_costs_one_block, self_device_new),
        cmocka_unit_test_setup(what_is_there_is_not_fetched, self_device_new),
        cmocka_unit_test_setup(both_updates_come_to_their_end, self_device_new),
        cmocka_unit_test_setup(both_updates_come_to_their_end_without_staging, self_device_new),
        cmocka_unit_test_setup(a_microvisor_that_does_not_come_holds_nobody, self_device_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
