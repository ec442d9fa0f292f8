/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the core's tests; see server_fake.h. */
#include "tests/unit/device/server_fake.h"

#include <stdlib.h>
#include <string.h>

#include "proto/frame/frame.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/stream_fake.h"

#define STREAMS_MAX  4u
#define WALL_TIME_US 1800000000000000ull

struct stream {
    uint32_t id;
    const struct bundle_fake_blob *blob;
    uint32_t offset, end, credit;
    bool flip;
};

static struct {
    struct server_fake_faults faults;
    const struct bundle_fake *target;
    const struct bundle_fake *other;
    const struct kernel_fake *microvisor;
    bool microvisor_now;
    bool logging;
    bool acknowledge;
    uint32_t restart_seq;
    uint32_t opens_seen;
    bool connected, broken;
    uint32_t sent; /* bytes of this connection */
    uint64_t blob_bytes;
    uint32_t hellos, streams_opened, served, pings;
    struct frame_parser parser;
    uint8_t control[CONTROL_MESSAGE_MAX_BYTES];
    struct stream streams[STREAMS_MAX];
    otr_Hello hello;
    otr_AppStatus status;
    const struct keys_fake *keys;
    uint32_t keys_count, keys_requests;
    otr_KeysStatus keys_status;
    otr_MicrovisorStatus microvisor_status;
    uint64_t session_id;
    uint64_t log_boot_id;
    uint32_t log_seq;
    uint32_t log_count;
    struct server_fake_log logs[SERVER_FAKE_LOGS_MAX];
    bool take_reports;
    uint32_t report_count;
    otr_CrashReport reports[SERVER_FAKE_REPORTS_MAX];
    struct bundle_fake_blob altered;
} server;

void server_fake_reset(void)
{
    memset(&server, 0, sizeof(server));
    server.logging = true;
    server.acknowledge = true;
    server.take_reports = true;
    server.restart_seq = 5;
    stream_fake_reset();
}

struct server_fake_faults *server_fake_faults(void)
{
    return &server.faults;
}

static void write_bytes(const void *bytes, uint32_t length)
{
    uint32_t limit = server.faults.cut_after;

    if (server.faults.mute || stream_fake.gone)
        return;
    if (limit != 0 && server.sent + length >= limit) {
        length = limit > server.sent ? limit - server.sent : 0;
        stream_fake.gone = true;
        server.faults.cut_after = 0;
    }
    stream_fake_push(&stream_fake.to_device, bytes, length);
    server.sent += length;
}

static void write_frame(uint16_t stream_id, const uint8_t *payload, uint32_t length)
{
    uint8_t header[FRAME_HEADER_BYTES];

    frame_header_encode((struct frame_header){ stream_id, (uint16_t)length }, header);
    write_bytes(header, sizeof(header));
    write_bytes(payload, length);
}

void server_fake_send(const otr_ServerMessage *message)
{
    uint8_t bytes[CONTROL_MESSAGE_MAX_BYTES];
    int length = codec_server_encode(message, bytes, sizeof(bytes));

    if (length < 0)
        abort();
    write_frame(FRAME_STREAM_CONTROL, bytes, (uint32_t)length);
}

void server_fake_send_raw(const void *bytes, uint32_t length)
{
    write_bytes(bytes, length);
}

static void fill_desired(otr_Desired *desired)
{
    memset(desired, 0, sizeof(*desired));
    desired->logging_enabled = server.logging;
    desired->restart_seq = server.restart_seq;
    desired->keys_sequence = server.keys_count;
    if (server.microvisor != NULL) {
        desired->microvisor_sha256.size = SHA256_BYTES;
        memcpy(desired->microvisor_sha256.bytes, server.microvisor->manifest.sha256, SHA256_BYTES);
        desired->microvisor_manifest_bytes = server.microvisor->manifest.length;
        desired->microvisor_now = server.microvisor_now;
    }
    if (server.target == NULL)
        return;
    strcpy(desired->app_sid, server.target->app_sid);
    desired->manifest_sha256.size = SHA256_BYTES;
    memcpy(desired->manifest_sha256.bytes, server.target->manifest.sha256, SHA256_BYTES);
    desired->manifest_bytes = server.target->manifest.length;
}

static void send_desired(void)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_desired_tag };

    if (!server.connected)
        return;
    fill_desired(&message.body.desired);
    server_fake_send(&message);
}

void server_fake_target(const struct bundle_fake *bundle)
{
    server.target = bundle;
    send_desired();
}

void server_fake_keys(const struct keys_fake *messages, uint32_t count)
{
    server.keys = messages;
    server.keys_count = count;
    send_desired();
}

void server_fake_microvisor(const struct kernel_fake *kernel, bool now)
{
    server.microvisor = kernel;
    server.microvisor_now = now;
    send_desired();
}

void server_fake_other(const struct bundle_fake *bundle)
{
    server.other = bundle;
}

void server_fake_logging(bool enabled)
{
    server.logging = enabled;
    send_desired();
}

void server_fake_restart_app(void)
{
    server.restart_seq++;
    send_desired();
}

void server_fake_acknowledge(bool acknowledge)
{
    server.acknowledge = acknowledge;
}

static void take_hello(const otr_Hello *hello)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_welcome_tag };
    otr_Welcome *welcome = &message.body.welcome;

    if (server.connected)
        server.broken = true;
    server.connected = true;
    server.hellos++;
    server.hello = *hello;
    server.status = hello->app;
    server.keys_status = hello->keys;
    server.microvisor_status = hello->microvisor;
    if (hello->boot_id != server.log_boot_id) {
        server.log_boot_id = hello->boot_id;
        server.log_seq = 0;
    }
    welcome->session_id = ++server.session_id;
    welcome->wall_time_us = server.faults.wall_time_us != 0 ? server.faults.wall_time_us : WALL_TIME_US;
    welcome->heartbeat_ms = SERVER_FAKE_HEARTBEAT_MS;
    welcome->has_desired = true;
    fill_desired(&welcome->desired);
    server_fake_send(&message);
}

static void keep_log(const otr_Log *log)
{
    struct server_fake_log *kept;

    if (log->seq != server.log_seq + 1) { /* a repeated line is fine, a gap is not */
        server.broken = server.broken || log->seq > server.log_seq + 1;
        return;
    }
    server.log_seq = log->seq;
    if (server.log_count == SERVER_FAKE_LOGS_MAX)
        return;
    kept = &server.logs[server.log_count++];
    kept->seq = log->seq;
    kept->dropped = log->dropped;
    kept->kind = log->kind;
    memcpy(kept->text, log->text.bytes, log->text.size);
    kept->text[log->text.size] = '\0';
    kept->has_crash = log->has_crash;
    kept->crash = log->crash;
}

static void take_log(const otr_Log *log)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_log_ack_tag };

    keep_log(log);
    message.body.log_ack.seq = server.log_seq;
    if (server.acknowledge)
        server_fake_send(&message);
}

static void take_report(const otr_CrashReport *report)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_crash_ack_tag };

    if (report->report_id == 0)
        server.broken = true;
    if (server.report_count < SERVER_FAKE_REPORTS_MAX)
        server.reports[server.report_count++] = *report;
    message.body.crash_ack.report_id = report->report_id;
    if (server.take_reports)
        server_fake_send(&message);
}

static void take_keys_request(uint32_t sequence)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_keys_update_tag };

    server.keys_requests++;
    message.body.keys_update.sequence = sequence;
    if (sequence <= server.keys_count)
        message.body.keys_update.message =
            (struct codec_view){ server.keys[sequence - 1].bytes, server.keys[sequence - 1].length };
    server_fake_send(&message);
}

static struct stream *find_stream(uint32_t id)
{
    for (uint32_t i = 0; i < STREAMS_MAX; i++)
        if (server.streams[i].id == id)
            return &server.streams[i];
    return NULL;
}

static const struct bundle_fake_blob *find_blob(const uint8_t sha256[SHA256_BYTES])
{
    const struct bundle_fake_blob *blob = NULL;

    if (server.faults.refuse_blobs)
        return NULL;
    if (server.target != NULL)
        blob = bundle_fake_find(server.target, sha256);
    if (blob != NULL && blob == &server.target->manifest && server.faults.swap_manifest)
        blob = &server.other->manifest;
    if (blob == NULL && server.microvisor != NULL)
        blob = kernel_fake_find(server.microvisor, sha256);
    if (blob == NULL && server.other != NULL)
        blob = bundle_fake_find(server.other, sha256);
    return blob;
}

/* Lists are the blobs whose length is a multiple of 32 and small; good enough for this server. */
static const struct bundle_fake_blob *alter(const struct bundle_fake_blob *blob)
{
    bool list = blob->length % SHA256_BYTES == 0 && blob->length <= 1024;

    if (server.faults.extra_list_hashes == 0 || !list)
        return blob;
    server.altered = *blob;
    memset(server.altered.bytes + blob->length, 0x11, server.faults.extra_list_hashes * SHA256_BYTES);
    server.altered.length += server.faults.extra_list_hashes * SHA256_BYTES;
    return &server.altered;
}

static void take_open(const otr_StreamOpen *open)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_stream_opened_tag };
    const struct bundle_fake_blob *blob = find_blob(open->what.blob.sha256.bytes);
    struct stream *stream = find_stream(0);
    uint32_t length = open->what.blob.length;

    if (find_stream(open->stream_id) != NULL || stream == NULL || open->credit > length)
        server.broken = true;
    server.streams_opened++;
    message.body.stream_opened.stream_id = open->stream_id;
    if (blob == NULL || stream == NULL) {
        message.body.stream_opened.status = otr_StreamStatus_STREAM_NOT_FOUND;
        server_fake_send(&message);
        return;
    }
    blob = alter(blob);
    *stream =
        (struct stream){ open->stream_id, blob, open->what.blob.offset, blob->length, open->credit, false };
    if (stream->offset > blob->length)
        server.broken = true;
    if (length < blob->length - stream->offset)
        stream->end = stream->offset + length;
    stream->flip = ++server.served == server.faults.flip_blob;
    message.body.stream_opened.total_bytes = blob->length;
    server_fake_send(&message);
}

static void take_message(const otr_DeviceMessage *message)
{
    otr_ServerMessage answer = { .which_body = otr_ServerMessage_pong_tag };
    struct stream *stream;

    if (!server.connected && message->which_body != otr_DeviceMessage_hello_tag)
        server.broken = true;
    switch (message->which_body) {
    case otr_DeviceMessage_hello_tag:
        take_hello(&message->body.hello);
        break;
    case otr_DeviceMessage_app_status_tag:
        server.status = message->body.app_status;
        break;
    case otr_DeviceMessage_keys_status_tag:
        server.keys_status = message->body.keys_status;
        break;
    case otr_DeviceMessage_keys_request_tag:
        take_keys_request(message->body.keys_request.sequence);
        break;
    case otr_DeviceMessage_microvisor_status_tag:
        server.microvisor_status = message->body.microvisor_status;
        break;
    case otr_DeviceMessage_log_tag:
        take_log(&message->body.log);
        break;
    case otr_DeviceMessage_stream_open_tag:
        take_open(&message->body.stream_open);
        break;
    case otr_DeviceMessage_stream_credit_tag:
        stream = find_stream(message->body.stream_credit.stream_id);
        if (stream != NULL)
            stream->credit += message->body.stream_credit.bytes;
        break;
    case otr_DeviceMessage_stream_close_tag:
        stream = find_stream(message->body.stream_close.stream_id);
        if (stream != NULL)
            memset(stream, 0, sizeof(*stream));
        break;
    case otr_DeviceMessage_crash_report_tag:
        take_report(&message->body.crash_report);
        break;
    case otr_DeviceMessage_ping_tag:
        server.pings++;
        answer.body.pong.nonce = message->body.ping.nonce;
        server_fake_send(&answer);
        break;
    default:
        break;
    }
}

static void take_bytes(const uint8_t *bytes, size_t length)
{
    static otr_DeviceMessage message;
    struct frame_item item;
    enum frame_kind kind;

    while ((kind = frame_parser_next(&server.parser, &bytes, &length, &item)) != FRAME_MORE) {
        if (kind != FRAME_CONTROL || codec_device_decode(item.data, item.length, &message) != CODEC_OK) {
            server.broken = true;
            return;
        }
        take_message(&message);
    }
}

static bool serve(struct stream *stream)
{
    otr_ServerMessage close = { .which_body = otr_ServerMessage_stream_close_tag };
    uint32_t count = stream->end - stream->offset;
    uint8_t frame[1024];

    if (stream->id == 0 || (server.faults.hold_layers && stream->blob->length > BLOCK_BYTES))
        return false;
    count = count < stream->credit ? count : stream->credit;
    count = count < sizeof(frame) ? count : (uint32_t)sizeof(frame);
    if (count > 0) {
        memcpy(frame, stream->blob->bytes + stream->offset, count);
        if (stream->flip)
            frame[0] ^= 1;
        stream->flip = false;
        stream->offset += count;
        stream->credit -= count;
        server.blob_bytes += count;
        write_frame((uint16_t)stream->id, frame, count);
    }
    if (stream->offset < stream->end)
        return count > 0;
    close.body.stream_close.stream_id = stream->id;
    memset(stream, 0, sizeof(*stream));
    server_fake_send(&close);
    return true;
}

/* A new connection of the device forgets the old one. */
static void follow_connection(void)
{
    if (stream_fake.opens == server.opens_seen)
        return;
    server.opens_seen = stream_fake.opens;
    server.connected = false;
    server.sent = 0;
    memset(server.streams, 0, sizeof(server.streams));
    frame_parser_init(&server.parser, server.control);
}

bool server_fake_step(void)
{
    uint8_t bytes[700];
    uint32_t count;
    bool moved = false;

    stream_fake.refuse = server.faults.unreachable || boot_fake_life() == KERNEL_FAKE_MUTE;
    stream_fake.read_chunk = server.faults.chunk;
    follow_connection();
    if (!stream_fake.open || stream_fake.gone)
        return false;
    while ((count = stream_fake_pull(&stream_fake.to_server, bytes, sizeof(bytes))) > 0) {
        take_bytes(bytes, count);
        moved = true;
    }
    for (uint32_t i = 0; i < STREAMS_MAX; i++)
        moved = serve(&server.streams[i]) || moved;
    return moved || stream_fake.to_device.length > 0;
}

void server_fake_disconnect(void)
{
    stream_fake.gone = true;
    server.connected = false;
}

void server_fake_bye(otr_ByeReason reason, uint32_t retry_after_ms)
{
    otr_ServerMessage message = { .which_body = otr_ServerMessage_bye_tag };

    message.body.bye.reason = reason;
    message.body.bye.retry_after_ms = retry_after_ms;
    server_fake_send(&message);
}

bool server_fake_connected(void)
{
    return server.connected && stream_fake.open && !stream_fake.gone;
}

uint32_t server_fake_hellos(void)
{
    return server.hellos;
}

uint32_t server_fake_streams(void)
{
    return server.streams_opened;
}

uint32_t server_fake_pings(void)
{
    return server.pings;
}

uint64_t server_fake_blob_bytes(void)
{
    return server.blob_bytes;
}

bool server_fake_broken(void)
{
    return server.broken;
}

const otr_Hello *server_fake_hello(void)
{
    return &server.hello;
}

const otr_AppStatus *server_fake_status(void)
{
    return &server.status;
}

const otr_KeysStatus *server_fake_keys_status(void)
{
    return &server.keys_status;
}

uint32_t server_fake_keys_requests(void)
{
    return server.keys_requests;
}

const otr_MicrovisorStatus *server_fake_microvisor_status(void)
{
    return &server.microvisor_status;
}

uint32_t server_fake_log_count(void)
{
    return server.log_count;
}

const struct server_fake_log *server_fake_log(uint32_t index)
{
    return &server.logs[index];
}

uint32_t server_fake_report_count(void)
{
    return server.report_count;
}

const otr_CrashReport *server_fake_report(uint32_t index)
{
    return &server.reports[index];
}

void server_fake_take_reports(bool take)
{
    server.take_reports = take;
}

uint32_t server_fake_count_logs(otr_LogKind kind, const char *text)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < server.log_count; i++)
        count += server.logs[i].kind == kind && strcmp(server.logs[i].text, text) == 0;
    return count;
}
