/* SPDX-License-Identifier: Apache-2.0 */
/* The session machine and crash reports: stored, then acknowledged, and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "unit/server/gateway_owner_fake.h"

static struct owner_fake owner;

static int set_up(void **state)
{
    (void)state;
    owner_fake_init(&owner);
    owner_fake_open(&owner);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    owner_fake_clear(&owner);
    return 0;
}

static otr_DeviceMessage crash_of(uint64_t report_id)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;
    otr_CrashReport *r = &m.body.crash_report;

    m.which_body = otr_DeviceMessage_crash_report_tag;
    r->report_id = report_id;
    r->origin = otr_CrashOrigin_CRASH_OF_APP;
    r->boot_id = 0x1234;
    r->device_us = 99;
    strcpy(r->app_sid, OWNER_APP_SID);
    r->microvisor_number = 100;
    r->has_crash = true;
    r->crash.cause = otr_CrashCause_CRASH_BUS_FAULT;
    r->crash.pc = 0x200100;
    r->crash.address_known = true;
    r->crash.address = 0x60000000;
    r->registers.size = 68;
    memset(r->registers.bytes, 0x11, 68);
    r->stack.size = 512;
    memset(r->stack.bytes, 0x22, 512);
    return m;
}

static void send_crash(uint64_t report_id)
{
    const otr_DeviceMessage m = crash_of(report_id);

    owner_fake_input(&owner, &m);
}

static void test_report_is_stored_then_acknowledged(void **state)
{
    (void)state;
    send_crash(7);
    assert_int_equal(owner.crashes, 1);
    assert_string_equal(owner.crash.device_sid, OWNER_SID);
    assert_int_equal(owner.crash.report_id, 7);
    assert_string_equal(owner.crash.app_sid, OWNER_APP_SID);
    assert_int_equal(owner.crash.cause, otr_CrashCause_CRASH_BUS_FAULT);
    assert_int_equal(owner.crash.pc, 0x200100);
    assert_int_equal(owner.crash.address, 0x60000000);
    assert_true(owner.crash.address_known);
    assert_int_equal(owner.crash.received_us, owner.at.wall_us);
    assert_int_equal(owner.crash.registers_len, 68);
    assert_int_equal(owner.crash.stack_len, 512);
    assert_int_equal(owner.crash.stack[511], 0x22);
    assert_int_equal(owner.crash.sealed_len, 0);
    assert_int_equal(owner.sent_count, 1); /* only Welcome */
    gw_session_crash_stored(&owner.session, 7);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_crash_ack_tag);
    assert_int_equal(owner_fake_last(&owner)->body.crash_ack.report_id, 7);
}

static void test_repeated_report_is_acknowledged_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        send_crash(7);
        gw_session_crash_stored(&owner.session, 7);
    }
    assert_int_equal(owner.crashes, 2); /* the store has it once */
    assert_int_equal(owner.sent_count, 3);
}

static void test_sealed_report(void **state)
{
    otr_DeviceMessage m = crash_of(8);
    otr_CrashReport *r = &m.body.crash_report;

    (void)state;
    r->registers.size = 0;
    r->stack.size = 0;
    r->sealed.size = CRASH_SEALED_MAX_BYTES;
    memset(r->sealed.bytes, 0x33, CRASH_SEALED_MAX_BYTES);
    owner_fake_input(&owner, &m);
    assert_int_equal(owner.crashes, 1);
    assert_int_equal(owner.crash.sealed_len, CRASH_SEALED_MAX_BYTES);
    assert_int_equal(owner.crash.registers_len, 0);
}

static void test_stored_after_the_end(void **state)
{
    (void)state;
    send_crash(7);
    gw_session_lost(&owner.session, "gone");
    gw_session_crash_stored(&owner.session, 7);
    assert_int_equal(owner.sent_count, 1);
}

/* Nothing is acknowledged that is not stored: what is passed over comes again in the next session. */
static void test_device_that_does_not_wait(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 10; id++)
        send_crash(id);
    assert_int_equal(owner.crashes, GW_CRASHES_WAITING_MAX);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    for (uint64_t id = 1; id <= GW_CRASHES_WAITING_MAX; id++)
        gw_session_crash_stored(&owner.session, id);
    send_crash(11);
    assert_int_equal(owner.crashes, GW_CRASHES_WAITING_MAX + 1);
}

static void test_store_that_is_behind(void **state)
{
    (void)state;
    owner.no_room = true;
    send_crash(1);
    assert_int_equal(owner.crashes, 0);
    owner.no_room = false;
    send_crash(1);
    assert_int_equal(owner.crashes, 1);
}

static void test_flood_is_held_back(void **state)
{
    uint64_t id = 0;

    (void)state;
    while (gw_session_wants_input(&owner.session) && id < 10000) {
        send_crash(++id);
        if (owner.session.crashes_waiting > 0)
            gw_session_crash_stored(&owner.session, id);
    }
    assert_true(id <= GW_LOG_BURST_LINES / GW_CRASH_LINES + 1);
    owner_fake_advance_ms(&owner, 1000);
    owner_fake_tick(&owner);
    assert_true(gw_session_wants_input(&owner.session));
}

static void refused(const otr_DeviceMessage *m)
{
    owner_fake_input(&owner, m);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
    assert_int_equal(owner.crashes, 0);
    owner_fake_clear(&owner);
    (void)set_up(NULL);
}

static void test_bad_reports_end_the_session(void **state)
{
    otr_DeviceMessage m = crash_of(0);

    (void)state;
    refused(&m); /* ids are never 0 */
    m = crash_of(1);
    m.body.crash_report.registers.size = 64;
    refused(&m);
    m = crash_of(1);
    strcpy(m.body.crash_report.app_sid, "KA1");
    refused(&m);
    m = crash_of(1);
    m.body.crash_report.sealed.size = 100; /* and in the clear beside it */
    refused(&m);
    m = crash_of(1);
    m.body.crash_report.registers.size = m.body.crash_report.stack.size = 0;
    m.body.crash_report.sealed.size = 81; /* key and tag around nothing */
    refused(&m);
    m = crash_of(1);
    m.body.crash_report.origin = (otr_CrashOrigin)2;
    refused(&m);
    m = crash_of(1);
    m.body.crash_report.crash.cause = (otr_CrashCause)77;
    refused(&m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_report_is_stored_then_acknowledged),
        TEST(test_repeated_report_is_acknowledged_again),
        TEST(test_sealed_report),
        TEST(test_stored_after_the_end),
        TEST(test_device_that_does_not_wait),
        TEST(test_store_that_is_behind),
        TEST(test_flood_is_held_back),
        TEST(test_bad_reports_end_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
