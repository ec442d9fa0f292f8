/* SPDX-License-Identifier: Apache-2.0 */
/* The session machine alone: admission, Desired, deadlines, reports, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "proto/codec/codec.h"
#include "unit/server/gateway_owner_fake.h"

static struct owner_fake owner;

static int set_up(void **state)
{
    (void)state;
    owner_fake_init(&owner);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    owner_fake_clear(&owner);
    return 0;
}

static void assert_bye(otr_ByeReason reason, enum gw_session_end why)
{
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_bye_tag);
    assert_int_equal(owner_fake_last(&owner)->body.bye.reason, reason);
    assert_int_equal(owner.why, why);
    assert_int_equal(owner.closes, 1);
    assert_int_equal(owner.session.state, GW_SESSION_CLOSED);
}

static void test_hello_is_welcomed_with_the_whole_desired_state(void **state)
{
    const otr_Welcome *w;

    (void)state;
    owner_fake_open(&owner);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    assert_int_equal(owner.sent_count, 1);
    assert_int_equal(owner.sent[0].which_body, otr_ServerMessage_welcome_tag);
    w = &owner.sent[0].body.welcome;
    assert_int_equal(w->session_id, 77);
    assert_int_equal(w->heartbeat_ms, 10000);
    assert_int_equal(w->wall_time_us, owner.at.wall_us);
    assert_true(w->has_desired);
    assert_string_equal(w->desired.app_sid, OWNER_APP_SID);
    assert_int_equal(w->desired.manifest_sha256.size, 32);
    assert_int_equal(w->desired.manifest_bytes, 300);
    assert_int_equal(w->desired.restart_seq, 3);
    assert_true(w->desired.logging_enabled);
    assert_int_equal(owner.reports, 1);
    assert_true(owner.report.hello);
    assert_string_equal(owner.report.board, "mps2_an505");
    assert_int_equal(owner.report.boot_count, 9);
}

static void test_nothing_happens_before_the_row_is_known(void **state)
{
    const otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    owner_fake_input(&owner, &hello);
    assert_int_equal(owner.session.state, GW_SESSION_LOOK_UP);
    assert_int_equal(owner.look_ups, 1);
    assert_int_equal(owner.opens, 0);
    assert_int_equal(owner.sent_count, 0);
    assert_int_equal(owner.reports, 0);
}

static void test_unknown_device_is_refused(void **state)
{
    const otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_NOT_FOUND, NULL, owner.at);
    assert_bye(otr_ByeReason_BYE_UNKNOWN_DEVICE, GW_END_REFUSED);
    assert_int_equal(owner.opens, 0);
}

static void test_revoked_device_is_refused(void **state)
{
    (void)state;
    owner.row.device.revoked = true;
    owner_fake_open(&owner);
    assert_bye(otr_ByeReason_BYE_REVOKED, GW_END_REFUSED);
    assert_int_equal(owner.opens, 0);
}

static void test_another_key_under_the_same_sid_is_refused(void **state)
{
    (void)state;
    owner.row.device.key_sha256[31] ^= 1;
    owner_fake_open(&owner);
    assert_bye(otr_ByeReason_BYE_UNKNOWN_DEVICE, GW_END_REFUSED);
    assert_int_equal(owner.opens, 0);
}

static void test_store_failure_at_hello_tells_to_come_back(void **state)
{
    const otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_STORE, NULL, owner.at);
    assert_bye(otr_ByeReason_BYE_BUSY, GW_END_BUSY);
    assert_true(owner_fake_last(&owner)->body.bye.retry_after_ms > 0);
}

static void test_full_process_refuses(void **state)
{
    (void)state;
    owner.opened = GW_OPEN_FULL;
    owner_fake_open(&owner);
    assert_bye(otr_ByeReason_BYE_BUSY, GW_END_BUSY);
}

static void test_older_hello_does_not_replace_a_newer_session(void **state)
{
    (void)state;
    owner.opened = GW_OPEN_STALE;
    owner_fake_open(&owner);
    assert_bye(otr_ByeReason_BYE_REPLACED, GW_END_REPLACED);
    assert_int_equal(owner.reports, 0);
}

static void test_first_message_must_be_hello(void **state)
{
    const otr_DeviceMessage log = owner_fake_log(1, otr_LogKind_LOG_APP, "early");

    (void)state;
    owner_fake_input(&owner, &log);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
    assert_int_equal(owner.look_ups, 0);
}

static void test_second_hello_is_an_error(void **state)
{
    const otr_DeviceMessage hello = owner_fake_hello();

    (void)state;
    owner_fake_open(&owner);
    owner_fake_input(&owner, &hello);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

/* The device that asks for keys of a server that has none to send goes on as it is. */
static void test_messages_that_are_not_taken_are_skipped(void **state)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_keys_request_tag };

    (void)state;
    owner_fake_open(&owner);
    message.body.keys_request.sequence = 1;
    owner_fake_input(&owner, &message);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_welcome_tag);
}

static void test_no_hello_in_time_closes(void **state)
{
    (void)state;
    owner_fake_advance_ms(&owner, HANDSHAKE_TIMEOUT_MS - 1);
    owner_fake_tick(&owner);
    assert_int_equal(owner.closes, 0);
    owner_fake_advance_ms(&owner, 1);
    assert_true(gw_session_deadline_us(&owner.session, owner.at) <= owner.at.now_us);
    owner_fake_tick(&owner);
    assert_int_equal(owner.why, GW_END_LATE);
}

static void test_dripping_bytes_do_not_move_the_hello_deadline(void **state)
{
    static const unsigned char drip[] = { 0, 0, 0 };

    (void)state;
    for (unsigned i = 0; i < sizeof drip; i++) {
        owner_fake_advance_ms(&owner, HANDSHAKE_TIMEOUT_MS / 3);
        gw_session_input(&owner.session, &drip[i], 1, owner.at);
        owner_fake_tick(&owner);
    }
    owner_fake_advance_ms(&owner, 1);
    owner_fake_tick(&owner);
    assert_int_equal(owner.why, GW_END_LATE);
}

static void test_silence_of_two_and_a_half_heartbeats_closes(void **state)
{
    otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };

    (void)state;
    owner_fake_open(&owner);
    owner_fake_advance_ms(&owner, 24999);
    owner_fake_tick(&owner);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    ping.body.ping.nonce = 5;
    owner_fake_input(&owner, &ping);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_pong_tag);
    assert_int_equal(owner_fake_last(&owner)->body.pong.nonce, 5);
    owner_fake_advance_ms(&owner, 24999);
    owner_fake_tick(&owner);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    owner_fake_advance_ms(&owner, 1);
    owner_fake_tick(&owner);
    assert_int_equal(owner.why, GW_END_SILENT);
}

static void test_change_sends_desired_once(void **state)
{
    (void)state;
    owner_fake_open(&owner);
    gw_session_changed(&owner.session);
    assert_int_equal(owner.look_ups, 2);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.sent_count, 1); /* nothing differs */
    owner.row.device.restart_seq++;
    gw_session_changed(&owner.session);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.sent_count, 2);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_desired_tag);
    assert_int_equal(owner_fake_last(&owner)->body.desired.restart_seq, 4);
    assert_string_equal(owner_fake_last(&owner)->body.desired.app_sid, OWNER_APP_SID);
}

static void test_change_during_a_look_up_looks_again(void **state)
{
    (void)state;
    owner_fake_open(&owner);
    gw_session_changed(&owner.session);
    gw_session_changed(&owner.session); /* the row may have been read before this change */
    assert_int_equal(owner.look_ups, 2);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.look_ups, 3);
    owner.row.has_target = false;
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_desired_tag);
    assert_string_equal(owner_fake_last(&owner)->body.desired.app_sid, "");
    assert_int_equal(owner_fake_last(&owner)->body.desired.manifest_sha256.size, 0);
}

static void test_row_is_read_again_by_itself(void **state)
{
    otr_DeviceMessage ping = { .which_body = otr_DeviceMessage_ping_tag };

    (void)state;
    owner_fake_open(&owner);
    for (unsigned ms = 0; ms < GW_ROW_REFRESH_MS; ms += 10000) {
        owner_fake_advance_ms(&owner, 10000);
        owner_fake_input(&owner, &ping);
        owner_fake_tick(&owner);
    }
    assert_int_equal(owner.look_ups, 2);
}

static void test_store_failure_keeps_an_open_session(void **state)
{
    (void)state;
    owner_fake_open(&owner);
    gw_session_changed(&owner.session);
    gw_session_row(&owner.session, ST_STORE, NULL, owner.at);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    gw_session_changed(&owner.session);
    assert_int_equal(owner.look_ups, 3);
}

static void test_revocation_ends_an_open_session(void **state)
{
    (void)state;
    owner_fake_open(&owner);
    gw_session_changed(&owner.session);
    owner.row.device.revoked = true;
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_bye(otr_ByeReason_BYE_REVOKED, GW_END_REFUSED);
}

static void test_logging_window_expires_with_a_new_desired(void **state)
{
    (void)state;
    owner.row.device.logging_until_us = owner.at.wall_us + 5000000;
    owner_fake_open(&owner);
    assert_true(gw_session_deadline_us(&owner.session, owner.at) <= owner.at.now_us + 5000000);
    owner_fake_advance_ms(&owner, 5000);
    owner_fake_tick(&owner);
    assert_int_equal(owner.sent_count, 2);
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_desired_tag);
    assert_false(owner_fake_last(&owner)->body.desired.logging_enabled);
    assert_string_equal(owner_fake_last(&owner)->body.desired.app_sid, OWNER_APP_SID);
}

static void test_repeated_status_is_reported_once(void **state)
{
    otr_DeviceMessage m = { .which_body = otr_DeviceMessage_app_status_tag };

    (void)state;
    owner_fake_open(&owner);
    m.body.app_status.state = otr_AppState_APP_RUNNING; /* as in the Hello */
    owner_fake_input(&owner, &m);
    assert_int_equal(owner.reports, 1);
    m.body.app_status.phase = otr_UpdatePhase_UPDATE_STAGING;
    m.body.app_status.bytes_done = 4096;
    owner_fake_input(&owner, &m);
    owner_fake_input(&owner, &m);
    assert_int_equal(owner.reports, 2);
    assert_false(owner.report.hello);
    assert_int_equal(owner.report.bytes_done, 4096);
}

static void test_frames_cut_anywhere_give_the_same(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < 40; cut++) {
        static const unsigned char pings[] = { 0,   0, 0, 4, 0x3a, 2, 8, 1, 0, 7,    0, 3, 'x', 'y',
                                               'z', 0, 0, 0, 0,    0, 0, 0, 4, 0x3a, 2, 8, 2 };
        unsigned before;

        owner_fake_clear(&owner);
        owner_fake_init(&owner);
        owner_fake_open(&owner);
        before = owner.sent_count;
        for (size_t at = 0; at < sizeof pings; at += cut)
            gw_session_input(&owner.session, pings + at, sizeof pings - at < cut ? sizeof pings - at : cut,
                             owner.at);
        assert_int_equal(owner.sent_count, before + 2);
        assert_int_equal(owner_fake_last(&owner)->body.pong.nonce, 2);
        assert_null(owner.session.frames.buffer); /* nothing is held between frames */
    }
}

static void test_frame_above_its_limit_is_refused_at_its_header(void **state)
{
    static const unsigned char control[] = { 0, 0, 5, 1 };

    (void)state;
    owner_fake_open(&owner);
    gw_session_input(&owner.session, control, sizeof control, owner.at);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

static void test_undecodable_message_is_refused(void **state)
{
    static const unsigned char junk[] = { 0, 0, 0, 3, 0x0a, 0x7f, 0x01 };

    (void)state;
    gw_session_input(&owner.session, junk, sizeof junk, owner.at);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

static void test_unknown_message_is_skipped(void **state)
{
    static const unsigned char newer[] = { 0, 0, 0, 5, 0xf2, 0x06, 2, 8, 1 }; /* field 110 */

    (void)state;
    owner_fake_open(&owner);
    gw_session_input(&owner.session, newer, sizeof newer, owner.at);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    assert_int_equal(owner.sent_count, 1);
}

static void test_hello_values_are_checked(void **state)
{
    otr_DeviceMessage m = owner_fake_hello();

    (void)state;
    m.body.hello.boot_id = 0;
    owner_fake_input(&owner, &m);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

static void test_hello_text_must_be_printable(void **state)
{
    otr_DeviceMessage m = owner_fake_hello();

    (void)state;
    strcpy(m.body.hello.board, "bad\nboard");
    owner_fake_input(&owner, &m);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

/* ---- key updates --------------------------------------------------------------------------------- */

static otr_DeviceMessage keys_request(uint32_t sequence)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_keys_request_tag;
    m.body.keys_request.sequence = sequence;
    return m;
}

/* S10: what is asked for is sent, whole, once. */
static void test_a_key_update_is_sent_when_asked_for(void **state)
{
    static unsigned char message[NEW_KEYS_MAX_BYTES];
    const otr_DeviceMessage ask = keys_request(3);
    const otr_KeysUpdate *update = &owner_fake_last(&owner)->body.keys_update;

    (void)state;
    owner.row.keys_sequence = 3;
    owner_fake_open(&owner);
    assert_int_equal(owner_fake_last(&owner)->body.welcome.desired.keys_sequence, 3);
    owner_fake_input(&owner, &ask);
    assert_int_equal(owner.keys_fetches, 1);
    assert_int_equal(owner.keys_sequence, 3);
    gw_session_keys(&owner.session, ST_OK, 3, message, sizeof message);
    update = &owner_fake_last(&owner)->body.keys_update;
    assert_int_equal(owner_fake_last(&owner)->which_body, otr_ServerMessage_keys_update_tag);
    assert_int_equal(update->sequence, 3);
    assert_int_equal(update->message.size, sizeof message);
    owner_fake_input(&owner, &ask);
    gw_session_keys(&owner.session, ST_NOT_FOUND, 3, message, 0);
    assert_int_equal(owner_fake_last(&owner)->body.keys_update.message.size, 0);
    owner_fake_input(&owner, &ask);
    owner_fake_input(&owner, &ask);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
    gw_session_keys(&owner.session, ST_OK, 3, message, 5); /* after the end: nobody is there */
    assert_int_equal(owner.closes, 1);
}

/* A check-in that brings no news of keys writes nothing. */
static void test_keys_are_reported_when_they_are_news(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello(), status = otr_DeviceMessage_init_zero;

    (void)state;
    hello.body.hello.has_keys = true;
    hello.body.hello.keys.sequence = 2;
    hello.body.hello.keys.signers_count = 1;
    hello.body.hello.keys.signers[0] = 77;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.keys_reports, 1);
    assert_int_equal(owner.keys.sequence, 2);
    owner.row.keys_status_len = owner.keys.status_len;
    memcpy(owner.row.keys_status, owner.keys.status, owner.keys.status_len);
    status.which_body = otr_DeviceMessage_keys_status_tag;
    status.body.keys_status.sequence = 2;
    status.body.keys_status.error = otr_UpdateError_UPDATE_KEYS_SET;
    owner_fake_input(&owner, &status);
    assert_int_equal(owner.keys_reports, 2);
    assert_int_equal(owner.keys.error, otr_UpdateError_UPDATE_KEYS_SET);
    status.body.keys_status.error = (otr_UpdateError)99;
    owner_fake_input(&owner, &status);
    assert_bye(otr_ByeReason_BYE_PROTOCOL_ERROR, GW_END_PROTOCOL);
}

/* PROTOCOL.md section 13: who could see the new certificate and did not comes again; nobody else is troubled. */
static void test_another_authority(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello();
    otr_KeysStatus *keys = &hello.body.hello.keys;

    (void)state;
    hello.body.hello.has_keys = true;
    keys->server_cas_count = 2;
    keys->server_cas[0] = keys->server_ca_in_use = 5;
    keys->server_cas[1] = 6;
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_true(owner.keys.server_cas[1] == 6 && owner.keys.server_ca_in_use == 5);
    gw_session_authority(&owner.session, 7); /* does not have it */
    gw_session_authority(&owner.session, 5); /* has seen it */
    gw_session_authority(&owner.session, 0); /* is not known */
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    gw_session_authority(&owner.session, 6);
    assert_bye(otr_ByeReason_BYE_SHUTDOWN, GW_END_SHUTDOWN);
}

static void test_known_keys_are_not_reported_again(void **state)
{
    otr_DeviceMessage hello = owner_fake_hello();
    otr_KeysStatus *keys = &hello.body.hello.keys;

    (void)state;
    hello.body.hello.has_keys = true;
    keys->sequence = 2;
    owner.row.keys_status_len =
        (size_t)codec_keys_status_encode(keys, owner.row.keys_status, sizeof owner.row.keys_status);
    owner_fake_input(&owner, &hello);
    gw_session_row(&owner.session, ST_OK, &owner.row, owner.at);
    assert_int_equal(owner.session.state, GW_SESSION_OPEN);
    assert_int_equal(owner.keys_reports, 0);
}

static void test_after_the_end_nothing_is_asked(void **state)
{
    const otr_DeviceMessage log = owner_fake_log(1, otr_LogKind_LOG_OTA, "COMPLETE");

    (void)state;
    owner_fake_open(&owner);
    gw_session_replaced(&owner.session);
    assert_bye(otr_ByeReason_BYE_REPLACED, GW_END_REPLACED);
    owner_fake_input(&owner, &log);
    owner_fake_tick(&owner);
    gw_session_changed(&owner.session);
    gw_session_revoked(&owner.session);
    gw_session_lost(&owner.session, "again");
    assert_int_equal(owner.sent_count, 2);
    assert_int_equal(owner.look_ups, 1);
    assert_int_equal(owner.closes, 1);
    assert_int_equal(gw_session_deadline_us(&owner.session, owner.at), INT64_MAX);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_hello_is_welcomed_with_the_whole_desired_state),
        T(test_nothing_happens_before_the_row_is_known),
        T(test_unknown_device_is_refused),
        T(test_revoked_device_is_refused),
        T(test_another_key_under_the_same_sid_is_refused),
        T(test_store_failure_at_hello_tells_to_come_back),
        T(test_full_process_refuses),
        T(test_older_hello_does_not_replace_a_newer_session),
        T(test_first_message_must_be_hello),
        T(test_second_hello_is_an_error),
        T(test_messages_that_are_not_taken_are_skipped),
        T(test_no_hello_in_time_closes),
        T(test_dripping_bytes_do_not_move_the_hello_deadline),
        T(test_silence_of_two_and_a_half_heartbeats_closes),
        T(test_change_sends_desired_once),
        T(test_change_during_a_look_up_looks_again),
        T(test_row_is_read_again_by_itself),
        T(test_store_failure_keeps_an_open_session),
        T(test_revocation_ends_an_open_session),
        T(test_logging_window_expires_with_a_new_desired),
        T(test_repeated_status_is_reported_once),
        T(test_frames_cut_anywhere_give_the_same),
        T(test_frame_above_its_limit_is_refused_at_its_header),
        T(test_undecodable_message_is_refused),
        T(test_unknown_message_is_skipped),
        T(test_hello_values_are_checked),
        T(test_hello_text_must_be_printable),
        T(test_a_key_update_is_sent_when_asked_for),
        T(test_keys_are_reported_when_they_are_news),
        T(test_known_keys_are_not_reported_again),
        T(test_another_authority),
        T(test_after_the_end_nothing_is_asked),
    };

    return cmocka_run_group_tests_name("gateway_session", tests, NULL, NULL);
}
