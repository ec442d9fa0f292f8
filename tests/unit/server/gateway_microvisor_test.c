/* SPDX-License-Identifier: Apache-2.0 */
/* The session machine and a device's microvisor: what is wished, what may be fetched, what is reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "unit/server/gateway_owner_fake.h"

#define MANIFEST 0xd4 /* bytes of hashes */
#define IMAGE    0xe5

static struct owner_fake owner;
static unsigned char hash[SHA256_BYTES];

static void want(const char *board, uint32_t ratchet)
{
    struct store_microvisor *m = &owner.row.device.wanted;

    m->position = 5;
    m->manifest_bytes = 180;
    m->ratchet = ratchet;
    strcpy(m->board, board);
    memset(m->manifest_sha256, MANIFEST, SHA256_BYTES);
    memset(m->image_sha256, IMAGE, SHA256_BYTES);
}

static int set_up(void **state)
{
    (void)state;
    owner_fake_init(&owner);
    want("mps2_an505", 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    owner_fake_clear(&owner);
    return 0;
}

static otr_MicrovisorStatus status_of(uint32_t ratchet, unsigned char runs, otr_UpdatePhase phase)
{
    otr_MicrovisorStatus m = otr_MicrovisorStatus_init_zero;

    m.slot = otr_ImageSlot_SLOT_A;
    m.confirmed = true;
    m.ratchet = ratchet;
    m.phase = phase;
    if (runs != 0) {
        m.manifest_sha256.size = SHA256_BYTES;
        memset(m.manifest_sha256.bytes, runs, SHA256_BYTES);
    }
    return m;
}

/* Checks in with this status and answers with the row. */
static void open_with(const otr_MicrovisorStatus *status)
{
    otr_DeviceMessage hello = owner_fake_hello();

    hello.body.hello.microvisor_number = 100;
    hello.body.hello.has_microvisor = status != NULL;
    if (status != NULL)
        hello.body.hello.microvisor = *status;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
}

static void send_status(const otr_MicrovisorStatus *status)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_microvisor_status_tag;
    m.body.microvisor_status = *status;
    owner_fake_input(&owner, &m);
}

static const otr_Desired *welcomed(void)
{
    assert_int_equal(owner.sent[0].which_body, otr_ServerMessage_welcome_tag);
    return &owner.sent[0].body.welcome.desired;
}

static bool may_fetch(unsigned char byte)
{
    const unsigned opens = owner.blob_opens;
    otr_DeviceMessage m;

    memset(hash, byte, sizeof hash);
    m = owner_fake_stream_open(1, 100, hash, 0, 100);
    owner_fake_input(&owner, &m);
    if (owner.blob_opens == opens)
        return false;
    gw_session_blob_opened(&owner.session, owner.blob_slot, ST_NOT_FOUND, 0); /* the stream is gone again */
    return true;
}

static void test_what_is_wanted_is_wished_and_served(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    owner.row.device.urgent_position = 5;
    open_with(&runs);
    assert_int_equal(welcomed()->microvisor_sha256.size, SHA256_BYTES);
    assert_int_equal(welcomed()->microvisor_sha256.bytes[31], MANIFEST);
    assert_int_equal(welcomed()->microvisor_manifest_bytes, 180);
    assert_true(welcomed()->microvisor_now);
    assert_string_equal(welcomed()->app_sid, OWNER_APP_SID);
    assert_true(may_fetch(MANIFEST));
    assert_true(may_fetch(IMAGE));
    assert_true(may_fetch(0xb2)); /* the application's layer */
    assert_false(may_fetch(0x77));
}

static void test_without_an_application(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    owner.row.has_target = false;
    open_with(&runs);
    assert_string_equal(welcomed()->app_sid, "");
    assert_false(welcomed()->microvisor_now);
    assert_true(may_fetch(IMAGE));
    assert_false(may_fetch(0xb2));
}

static void expect_no_wish(void)
{
    assert_int_equal(welcomed()->microvisor_sha256.size, 0);
    assert_int_equal(welcomed()->microvisor_manifest_bytes, 0);
    assert_false(welcomed()->microvisor_now);
    assert_false(may_fetch(MANIFEST));
    assert_false(may_fetch(IMAGE));
    assert_true(may_fetch(0xb2));
}

static void test_not_the_one_that_runs(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, MANIFEST, otr_UpdatePhase_UPDATE_TRIAL);

    (void)state;
    open_with(&runs);
    expect_no_wish();
}

static void test_not_one_for_another_board(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    want("stm32u585", 2);
    open_with(&runs);
    expect_no_wish();
}

static void test_not_one_below_the_ratchet(void **state)
{
    const otr_MicrovisorStatus runs = status_of(3, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    open_with(&runs);
    expect_no_wish();
}

static void test_not_to_a_device_that_cannot(void **state)
{
    (void)state;
    open_with(NULL);
    expect_no_wish();
    assert_true(owner.report.hello);
    assert_false(owner.report.has_microvisor);
}

static void test_nothing_wanted(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    owner.row.device.wanted.position = 0;
    open_with(&runs);
    expect_no_wish();
}

static void test_changes_of_the_row_are_told(void **state)
{
    const otr_MicrovisorStatus runs = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);
    const struct store_microvisor wanted = owner.row.device.wanted;

    (void)state;
    owner.row.device.wanted.position = 0;
    open_with(&runs);
    owner.row.device.wanted = wanted;
    gw_session_changed(&owner.session);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_desired_tag);
    assert_int_equal(owner_fake_last(&owner)->body.desired.microvisor_sha256.size, SHA256_BYTES);
    assert_false(owner_fake_last(&owner)->body.desired.microvisor_now);
    assert_true(may_fetch(IMAGE));
    owner.row.device.urgent_position = wanted.position; /* MicrovisorNow=true */
    gw_session_changed(&owner.session);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_true(owner_fake_last(&owner)->body.desired.microvisor_now);
}

static void test_not_to_a_device_without_a_board(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    hello.body.hello.board[0] = '\0';
    hello.body.hello.has_microvisor = true;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    expect_no_wish();
}

/* The row is read for the board of this session: the store may know another one, or none. */
static void test_board_of_this_session_counts(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    strcpy(hello.body.hello.board, "stm32u585");
    hello.body.hello.has_microvisor = true;
    owner_fake_input(&owner, &hello);
    assert_string_equal(owner.session.board, "stm32u585");
    strcpy(owner.row.device.board, "mps2_an505"); /* what it said last year */
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    expect_no_wish();
}

static void test_status_is_reported_when_it_changes(void **state)
{
    otr_MicrovisorStatus m = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    open_with(&m);
    assert_int_equal(owner.reports, 1);
    assert_true(owner.report.has_microvisor);
    assert_true(owner.report.has_app);
    assert_int_equal(owner.report.microvisor_number, 100);
    assert_int_equal(owner.report.microvisor.slot, otr_ImageSlot_SLOT_A);
    assert_int_equal(owner.report.microvisor.ratchet, 2);
    assert_true(owner.report.microvisor.confirmed);
    send_status(&m);
    assert_int_equal(owner.reports, 1); /* nothing new */
    m.phase = otr_UpdatePhase_UPDATE_STAGING;
    m.target_sha256.size = SHA256_BYTES;
    memset(m.target_sha256.bytes, MANIFEST, SHA256_BYTES);
    m.bytes_done = 7;
    m.bytes_total = 9;
    send_status(&m);
    assert_int_equal(owner.reports, 2);
    assert_false(owner.report.hello);
    assert_false(owner.report.has_app);
    assert_int_equal(owner.report.microvisor.update_phase, otr_UpdatePhase_UPDATE_STAGING);
    assert_int_equal(owner.report.microvisor.update_sha256[0], MANIFEST);
    assert_int_equal(owner.report.microvisor.bytes_done, 7);
    assert_int_equal(owner.report.microvisor.bytes_total, 9);
    assert_int_equal(owner.look_ups, 1); /* progress alone changes no wish */
}

static void test_another_ratchet_or_image_changes_the_wish(void **state)
{
    otr_MicrovisorStatus m = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    open_with(&m);
    assert_int_equal(welcomed()->microvisor_sha256.size, SHA256_BYTES);
    m.ratchet = 3;
    send_status(&m);
    assert_int_equal(owner.look_ups, 2);
    assert_false(may_fetch(IMAGE)); /* at once */
    assert_true(may_fetch(0xb2));
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_false(may_fetch(IMAGE));
}

/* Whatever is told before the row is read again does not wish it either. */
static void test_ruled_out_wish_is_not_repeated(void **state)
{
    otr_MicrovisorStatus m = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    owner.row.device.logging_until_us = owner.at.wall_us + 1000000;
    open_with(&m);
    assert_int_equal(welcomed()->microvisor_sha256.size, SHA256_BYTES);
    m = status_of(2, MANIFEST, otr_UpdatePhase_UPDATE_TRIAL);
    send_status(&m);
    owner_fake_advance_ms(&owner, 1001); /* logging ends: a Desired is due */
    owner_fake_tick(&owner);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_desired_tag);
    assert_int_equal(owner_fake_last(&owner)->body.desired.microvisor_sha256.size, 0);
    assert_string_equal(owner_fake_last(&owner)->body.desired.app_sid, OWNER_APP_SID);
}

static void expect_fault(void)
{
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_bye_tag);
    assert_int_equal(owner_fake_last(&owner)->body.bye.reason, otr_ByeReason_BYE_PROTOCOL_ERROR);
    assert_int_equal(owner.why, GW_END_PROTOCOL);
}

static void test_unknown_phase_is_an_error(void **state)
{
    otr_MicrovisorStatus m = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    open_with(&m);
    m.phase = (otr_UpdatePhase)(_otr_UpdatePhase_MAX + 1);
    send_status(&m);
    expect_fault();
}

static void test_unknown_slot_in_hello_is_an_error(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    hello.body.hello.has_microvisor = true;
    hello.body.hello.microvisor.slot = (otr_ImageSlot)9;
    owner_fake_input(&owner, &hello);
    expect_fault();
    assert_int_equal(owner.look_ups, 0);
}

static void test_half_a_hash_is_an_error(void **state)
{
    otr_MicrovisorStatus m = status_of(2, MANIFEST, otr_UpdatePhase_UPDATE_IDLE);

    (void)state;
    open_with(NULL);
    m.manifest_sha256.size = 16;
    send_status(&m);
    expect_fault();
}

/* Each phase is a line of the server's log: a device that flickers is read later. */
static void test_flood_of_phases_is_held_back(void **state)
{
    otr_MicrovisorStatus m = status_of(2, 0, otr_UpdatePhase_UPDATE_IDLE);
    unsigned sent = 0;

    (void)state;
    open_with(&m);
    while (gw_session_wants_input(&owner.session) && sent < 10000) {
        m.phase = sent++ % 2 ? otr_UpdatePhase_UPDATE_IDLE : otr_UpdatePhase_UPDATE_MANIFEST;
        send_status(&m);
    }
    assert_true(sent <= GW_LOG_BURST_LINES / GW_PHASE_LINES + 1);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    owner_fake_advance_ms(&owner, 1000);
    owner_fake_tick(&owner);
    assert_true(gw_session_wants_input(&owner.session));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_wanted_is_wished_and_served),
        TEST(test_without_an_application),
        TEST(test_not_the_one_that_runs),
        TEST(test_not_one_for_another_board),
        TEST(test_not_one_below_the_ratchet),
        TEST(test_not_to_a_device_that_cannot),
        TEST(test_not_to_a_device_without_a_board),
        TEST(test_nothing_wanted),
        TEST(test_changes_of_the_row_are_told),
        TEST(test_board_of_this_session_counts),
        TEST(test_status_is_reported_when_it_changes),
        TEST(test_another_ratchet_or_image_changes_the_wish),
        TEST(test_ruled_out_wish_is_not_repeated),
        TEST(test_unknown_phase_is_an_error),
        TEST(test_unknown_slot_in_hello_is_an_error),
        TEST(test_half_a_hash_is_an_error),
        TEST(test_flood_of_phases_is_held_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
