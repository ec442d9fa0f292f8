/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: round trips, unknown bodies and fields, and every range rule of PROTOCOL.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/codec/codec.h"
#include "proto/limits.h"

#define SID "UV0123456789abcdef0123456789abcdef"

static uint8_t bytes[2048];

static int device(otr_DeviceMessage *message)
{
    static otr_DeviceMessage out;
    int length = codec_device_encode(message, bytes, sizeof(bytes));

    assert_true(length >= 0);
    return codec_device_decode(bytes, (size_t)length, &out);
}

static int server(otr_ServerMessage *message)
{
    static otr_ServerMessage out;
    int length = codec_server_encode(message, bytes, sizeof(bytes));

    assert_true(length >= 0);
    return codec_server_decode(bytes, (size_t)length, &out);
}

static void sids(void **state)
{
    (void)state;
    assert_true(codec_sid_valid(SID));
    assert_false(codec_sid_valid("UV0123456789abcdef0123456789abcde"));
    assert_false(codec_sid_valid("UV0123456789abcdef0123456789abcdeF"));
    assert_false(codec_sid_valid("uv0123456789abcdef0123456789abcdef"));
    assert_false(codec_sid_valid(SID "0"));
    assert_false(codec_sid_valid(""));
}

static void hello(void **state)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_hello_tag };

    (void)state;
    assert_int_equal(device(&message), CODEC_ERANGE); /* boot_id 0 */
    message.body.hello.boot_id = 1;
    assert_int_equal(device(&message), CODEC_OK);
    strcpy(message.body.hello.board, "evil\nline");
    assert_int_equal(device(&message), CODEC_ERANGE);
    strcpy(message.body.hello.board, "board");
    message.body.hello.has_app = true;
    message.body.hello.app.manifest_sha256.size = 31;
    assert_int_equal(device(&message), CODEC_ERANGE);
    message.body.hello.app.manifest_sha256.size = 32;
    strcpy(message.body.hello.app.app_sid, "KA");
    assert_int_equal(device(&message), CODEC_ERANGE);
    strcpy(message.body.hello.app.app_sid, SID);
    assert_int_equal(device(&message), CODEC_OK);
    message.body.hello.has_microvisor = true;
    message.body.hello.microvisor.manifest_sha256.size = 31;
    assert_int_equal(device(&message), CODEC_ERANGE);
    message.body.hello.microvisor.manifest_sha256.size = 0;
    assert_int_equal(device(&message), CODEC_OK);
}

static void microvisor_status(void **state)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_microvisor_status_tag };
    otr_MicrovisorStatus *status = &message.body.microvisor_status;

    (void)state;
    assert_int_equal(device(&message), CODEC_OK);
    status->target_sha256.size = 1;
    assert_int_equal(device(&message), CODEC_ERANGE);
    status->target_sha256.size = 32;
    assert_int_equal(device(&message), CODEC_OK);
    status->manifest_sha256.size = 31;
    assert_int_equal(device(&message), CODEC_ERANGE);
}

static void streams(void **state)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_stream_open_tag };
    otr_StreamOpen *open = &message.body.stream_open;

    (void)state;
    open->which_what = otr_StreamOpen_blob_tag;
    open->what.blob.sha256.size = 32;
    open->stream_id = 2;
    assert_int_equal(device(&message), CODEC_ERANGE);
    open->stream_id = 65537;
    assert_int_equal(device(&message), CODEC_ERANGE);
    open->stream_id = 65535;
    assert_int_equal(device(&message), CODEC_OK);
    open->what.blob.sha256.size = 20;
    assert_int_equal(device(&message), CODEC_ERANGE);
}

static void the_longest_log_line_fits_a_control_message(void **state)
{
    static otr_DeviceMessage message;
    otr_Log *log = &message.body.log;
    int length;

    (void)state;
    message.which_body = otr_DeviceMessage_log_tag;
    *log = (otr_Log){ .seq = UINT32_MAX, .device_us = UINT64_MAX, .dropped = UINT32_MAX, .has_crash = true };
    memset(&log->crash, 0xff, sizeof(log->crash));
    log->text.size = LOG_TEXT_MAX_BYTES;
    length = codec_device_encode(&message, bytes, CONTROL_MESSAGE_MAX_BYTES);
    assert_true(length > (int)LOG_TEXT_MAX_BYTES);
    assert_int_equal(codec_device_encode(&message, bytes, 1000), CODEC_ENOSPC);
    log->seq = 0;
    assert_int_equal(device(&message), CODEC_ERANGE);
}

static void crash_reports(void **state)
{
    otr_DeviceMessage message = { .which_body = otr_DeviceMessage_crash_report_tag };
    otr_CrashReport *report = &message.body.crash_report;

    (void)state;
    assert_int_equal(device(&message), CODEC_ERANGE); /* no id */
    report->report_id = UINT64_MAX;
    assert_int_equal(device(&message), CODEC_OK); /* nothing is known but that it happened */
    report->registers.size = 4 * CRASH_REGISTER_WORDS - 4;
    assert_int_equal(device(&message), CODEC_ERANGE);
    report->registers.size = 4 * CRASH_REGISTER_WORDS;
    report->stack.size = CRASH_STACK_MAX_BYTES;
    strcpy(report->app_sid, SID);
    assert_int_equal(device(&message), CODEC_OK);
    report->sealed.size = CRASH_SEALED_MAX_BYTES;
    assert_int_equal(device(&message), CODEC_ERANGE); /* and in the clear */
    report->registers.size = report->stack.size = 0;
    assert_int_equal(device(&message), CODEC_OK);
    report->sealed.size = P256_POINT_BYTES + 16;
    assert_int_equal(device(&message), CODEC_ERANGE); /* around nothing */
    report->sealed.size = 0;
    report->app_sid[5] = 'x';
    assert_int_equal(device(&message), CODEC_ERANGE);
}

static void welcome_and_desired(void **state)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_welcome_tag };
    otr_Welcome *welcome = &message.body.welcome;

    (void)state;
    welcome->session_id = 1;
    welcome->heartbeat_ms = HEARTBEAT_MIN_MS - 1;
    assert_int_equal(server(&message), CODEC_ERANGE);
    welcome->heartbeat_ms = HEARTBEAT_MIN_MS;
    assert_int_equal(server(&message), CODEC_OK);
    welcome->has_desired = true;
    assert_int_equal(server(&message), CODEC_OK); /* nothing targeted */
    strcpy(welcome->desired.app_sid, SID);
    assert_int_equal(server(&message), CODEC_ERANGE);
    welcome->desired.manifest_sha256.size = 32;
    welcome->desired.manifest_bytes = MANIFEST_MAX_BYTES + 1;
    assert_int_equal(server(&message), CODEC_ERANGE);
    welcome->desired.manifest_bytes = MANIFEST_MAX_BYTES;
    assert_int_equal(server(&message), CODEC_OK);
    welcome->desired.app_sid[0] = '\0';
    assert_int_equal(server(&message), CODEC_ERANGE); /* half a target */
    welcome->session_id = 0;
    assert_int_equal(server(&message), CODEC_ERANGE);
}

static void desired_microvisor(void **state)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_desired_tag };
    otr_Desired *desired = &message.body.desired;

    (void)state;
    desired->microvisor_now = true;
    assert_int_equal(server(&message), CODEC_OK); /* keep what runs */
    desired->microvisor_sha256.size = 32;
    assert_int_equal(server(&message), CODEC_ERANGE); /* half a target */
    desired->microvisor_manifest_bytes = MANIFEST_MAX_BYTES + 1;
    assert_int_equal(server(&message), CODEC_ERANGE);
    desired->microvisor_manifest_bytes = MANIFEST_MAX_BYTES;
    assert_int_equal(server(&message), CODEC_OK);
    desired->microvisor_sha256.size = 20;
    assert_int_equal(server(&message), CODEC_ERANGE);
}

static void unknown_is_skipped_and_garbage_refused(void **state)
{
    static const uint8_t unknown_body[] = { 0xfa, 0x01, 0x02, 0x08, 0x01 }; /* field 31 */
    static const uint8_t pong_with_more[] = { 0x2a, 0x05, 0x08, 0x07, 0xf8, 0x07, 0x01 };
    static const uint8_t cut[] = { 0x2a, 0x05, 0x08 };
    otr_ServerMessage message;

    (void)state;
    assert_int_equal(codec_server_decode(unknown_body, sizeof(unknown_body), &message), CODEC_UNKNOWN);
    assert_int_equal(codec_server_decode(unknown_body, 0, &message), CODEC_UNKNOWN);
    assert_int_equal(codec_server_decode(pong_with_more, sizeof(pong_with_more), &message), CODEC_OK);
    assert_int_equal(message.body.pong.nonce, 7);
    assert_int_equal(codec_server_decode(cut, sizeof(cut), &message), CODEC_EFORMAT);
}

static int provision(const otr_Provision *in)
{
    static otr_Provision out;
    int length = codec_provision_encode(in, bytes, sizeof(bytes));

    assert_true(length >= 0);
    return codec_provision_decode(bytes, (size_t)length, &out);
}

static void provisioning(void **state)
{
    static otr_Provision in;

    (void)state;
    assert_int_equal(provision(&in), CODEC_ERANGE);
    strcpy(in.device_sid, SID);
    in.device_cert.size = in.server_ca.size = 768;
    strcpy(in.gateway_host, "gateway.example");
    strcpy(in.server_name, "gateway");
    in.gateway_port = 65536;
    assert_int_equal(provision(&in), CODEC_ERANGE);
    in.gateway_port = 65535;
    assert_int_equal(provision(&in), CODEC_OK);
    in.app_signers_count = 1;
    in.app_signers[0].size = 64;
    assert_int_equal(provision(&in), CODEC_ERANGE);
    in.app_signers[0].size = 65;
    assert_int_equal(provision(&in), CODEC_ERANGE); /* does not begin with 04 */
    in.app_signers[0].bytes[0] = 4;
    assert_int_equal(provision(&in), CODEC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sids),
        cmocka_unit_test(hello),
        cmocka_unit_test(microvisor_status),
        cmocka_unit_test(streams),
        cmocka_unit_test(the_longest_log_line_fits_a_control_message),
        cmocka_unit_test(crash_reports),
        cmocka_unit_test(welcome_and_desired),
        cmocka_unit_test(desired_microvisor),
        cmocka_unit_test(unknown_is_skipped_and_garbage_refused),
        cmocka_unit_test(provisioning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
