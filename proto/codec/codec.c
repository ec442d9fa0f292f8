/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of messages over nanopb, with the range rules of PROTOCOL.md; codec.h states the invariants. */
#include "proto/codec/codec.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include "proto/limits.h"

#define AEAD_TAG_BYTES 16u /* behind the ciphertext of a sealed crash report */

static int decode(const pb_msgdesc_t *fields, const uint8_t *bytes, size_t length, void *out)
{
    pb_istream_t stream = pb_istream_from_buffer(bytes, length);

    return pb_decode(&stream, fields, out) ? CODEC_OK : CODEC_EFORMAT;
}

static int encode(const pb_msgdesc_t *fields, const void *message, uint8_t *out, size_t room)
{
    pb_ostream_t stream = pb_ostream_from_buffer(out, room);

    return pb_encode(&stream, fields, message) ? (int)stream.bytes_written : CODEC_ENOSPC;
}

/* nanopb's own hook for fields that it does not copy: the state of a stream over a buffer is its place in the buffer. */
bool codec_view_field(pb_istream_t *in, pb_ostream_t *out, const pb_field_t *field)
{
    struct codec_view *view = field->pData;

    if (in != NULL) {
        view->bytes = in->state;
        view->size = in->bytes_left;
        return pb_read(in, NULL, in->bytes_left);
    }
    return view->size == 0 ||
           (pb_encode_tag_for_field(out, field) && pb_encode_string(out, view->bytes, view->size));
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool codec_sid_valid(const char *sid)
{
    if (!upper(sid[0]) || !upper(sid[1]))
        return false;
    for (unsigned i = 2; i < SID_CHARS; i++)
        if (!hex_digit(sid[i]))
            return false;
    return sid[SID_CHARS] == '\0';
}

static bool hash_or_nothing(size_t size)
{
    return size == 0 || size == SHA256_BYTES;
}

static bool sid_or_nothing(const char *sid)
{
    return sid[0] == '\0' || codec_sid_valid(sid);
}

/* Ids of streams that a device opens are odd and fit the frame header. */
static bool stream_id_valid(uint32_t id)
{
    return (id & 1u) != 0 && id <= UINT16_MAX;
}

/* Texts go into logs: only printable ASCII. */
static bool printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static bool status_valid(const otr_AppStatus *status)
{
    return hash_or_nothing(status->manifest_sha256.size) && hash_or_nothing(status->target_sha256.size) &&
           sid_or_nothing(status->app_sid);
}

static bool microvisor_status_valid(const otr_MicrovisorStatus *status)
{
    return hash_or_nothing(status->manifest_sha256.size) && hash_or_nothing(status->target_sha256.size);
}

static bool hello_valid(const otr_Hello *hello)
{
    return hello->boot_id != 0 && printable(hello->microvisor_version) && printable(hello->board) &&
           (!hello->has_app || status_valid(&hello->app)) &&
           (!hello->has_microvisor || microvisor_status_valid(&hello->microvisor));
}

static bool open_valid(const otr_StreamOpen *open)
{
    if (!stream_id_valid(open->stream_id) || open->which_what == 0)
        return stream_id_valid(open->stream_id); /* unknown kind of stream: answered, not punished */
    return open->what.blob.sha256.size == SHA256_BYTES;
}

/* Sealed, or in the clear, or neither; never both. */
static bool crash_valid(const otr_CrashReport *report)
{
    const bool clear = report->registers.size != 0 || report->stack.size != 0;

    if (report->report_id == 0 || !sid_or_nothing(report->app_sid))
        return false;
    if (report->registers.size != 0 && report->registers.size != 4u * CRASH_REGISTER_WORDS)
        return false;
    return report->sealed.size == 0 || (!clear && report->sealed.size > P256_POINT_BYTES + AEAD_TAG_BYTES);
}

static bool device_body_valid(const otr_DeviceMessage *message)
{
    switch (message->which_body) {
    case otr_DeviceMessage_hello_tag:
        return hello_valid(&message->body.hello);
    case otr_DeviceMessage_app_status_tag:
        return status_valid(&message->body.app_status);
    case otr_DeviceMessage_log_tag:
        return message->body.log.seq != 0;
    case otr_DeviceMessage_stream_open_tag:
        return open_valid(&message->body.stream_open);
    case otr_DeviceMessage_stream_credit_tag:
        return stream_id_valid(message->body.stream_credit.stream_id);
    case otr_DeviceMessage_stream_close_tag:
        return stream_id_valid(message->body.stream_close.stream_id);
    case otr_DeviceMessage_microvisor_status_tag:
        return microvisor_status_valid(&message->body.microvisor_status);
    case otr_DeviceMessage_keys_request_tag:
        return message->body.keys_request.sequence != 0;
    case otr_DeviceMessage_crash_report_tag:
        return crash_valid(&message->body.crash_report);
    default:
        return true;
    }
}

int codec_device_decode(const uint8_t *bytes, size_t length, otr_DeviceMessage *out)
{
    int status = decode(otr_DeviceMessage_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    if (out->which_body == 0)
        return CODEC_UNKNOWN;
    return device_body_valid(out) ? CODEC_OK : CODEC_ERANGE;
}

static bool manifest_bytes_valid(uint32_t bytes)
{
    return bytes > 0 && bytes <= MANIFEST_MAX_BYTES;
}

/* A target is named completely or not at all. */
static bool app_target_valid(const otr_Desired *desired)
{
    if (desired->app_sid[0] == '\0')
        return desired->manifest_sha256.size == 0;
    return codec_sid_valid(desired->app_sid) && desired->manifest_sha256.size == SHA256_BYTES &&
           manifest_bytes_valid(desired->manifest_bytes);
}

static bool desired_valid(const otr_Desired *desired)
{
    if (!app_target_valid(desired))
        return false;
    return desired->microvisor_sha256.size == 0 || (desired->microvisor_sha256.size == SHA256_BYTES &&
                                                    manifest_bytes_valid(desired->microvisor_manifest_bytes));
}

static bool welcome_valid(const otr_Welcome *welcome)
{
    return welcome->session_id != 0 && welcome->heartbeat_ms >= HEARTBEAT_MIN_MS &&
           welcome->heartbeat_ms <= HEARTBEAT_MAX_MS &&
           (!welcome->has_desired || desired_valid(&welcome->desired));
}

static bool server_body_valid(const otr_ServerMessage *message)
{
    switch (message->which_body) {
    case otr_ServerMessage_welcome_tag:
        return welcome_valid(&message->body.welcome);
    case otr_ServerMessage_desired_tag:
        return desired_valid(&message->body.desired);
    case otr_ServerMessage_stream_opened_tag:
        return stream_id_valid(message->body.stream_opened.stream_id);
    case otr_ServerMessage_stream_close_tag:
        return stream_id_valid(message->body.stream_close.stream_id);
    case otr_ServerMessage_keys_update_tag:
        return message->body.keys_update.sequence != 0 &&
               message->body.keys_update.message.size <= NEW_KEYS_MAX_BYTES;
    case otr_ServerMessage_bye_tag:
        return printable(message->body.bye.text);
    default:
        return true;
    }
}

int codec_server_decode(const uint8_t *bytes, size_t length, otr_ServerMessage *out)
{
    int status = decode(otr_ServerMessage_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    if (out->which_body == 0)
        return CODEC_UNKNOWN;
    return server_body_valid(out) ? CODEC_OK : CODEC_ERANGE;
}

int codec_device_encode(const otr_DeviceMessage *message, uint8_t *out, size_t room)
{
    return encode(otr_DeviceMessage_fields, message, out, room);
}

int codec_server_encode(const otr_ServerMessage *message, uint8_t *out, size_t room)
{
    return encode(otr_ServerMessage_fields, message, out, room);
}

int codec_crash_decode(const uint8_t *bytes, size_t length, otr_CrashReport *out)
{
    return decode(otr_CrashReport_fields, bytes, length, out);
}

int codec_crash_encode(const otr_CrashReport *report, uint8_t *out, size_t room)
{
    return encode(otr_CrashReport_fields, report, out, room);
}

static bool provision_valid(const otr_Provision *provision)
{
    if (!codec_sid_valid(provision->device_sid) || provision->device_cert.size == 0 ||
        provision->server_ca.size == 0 || !sid_or_nothing(provision->account_sid))
        return false;
    if (provision->gateway_host[0] == '\0' || !printable(provision->gateway_host) ||
        provision->server_name[0] == '\0' || !printable(provision->server_name))
        return false;
    if (provision->gateway_port == 0 || provision->gateway_port > UINT16_MAX)
        return false;
    for (unsigned i = 0; i < provision->app_signers_count; i++)
        if (provision->app_signers[i].size != P256_POINT_BYTES || provision->app_signers[i].bytes[0] != 0x04)
            return false;
    return true;
}

int codec_provision_decode(const uint8_t *bytes, size_t length, otr_Provision *out)
{
    int status = decode(otr_Provision_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    return provision_valid(out) ? CODEC_OK : CODEC_ERANGE;
}

int codec_provision_encode(const otr_Provision *provision, uint8_t *out, size_t room)
{
    return encode(otr_Provision_fields, provision, out, room);
}

int codec_manifest_decode(const uint8_t *bytes, size_t length, bundle_OpaqueManifest *out)
{
    int status = decode(bundle_OpaqueManifest_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    return out->signature.size == 0 || out->signature.size == P256_SIG_BYTES ? CODEC_OK : CODEC_ERANGE;
}

int codec_manifest_encode(const bundle_OpaqueManifest *manifest, uint8_t *out, size_t room)
{
    return encode(bundle_OpaqueManifest_fields, manifest, out, room);
}

int codec_body_decode(const uint8_t *bytes, size_t length, bundle_AppBody *out)
{
    return decode(bundle_AppBody_fields, bytes, length, out);
}

int codec_body_encode(const bundle_AppBody *body, uint8_t *out, size_t room)
{
    return encode(bundle_AppBody_fields, body, out, room);
}

int codec_kernel_body_decode(const uint8_t *bytes, size_t length, bundle_KernelBody *out)
{
    return decode(bundle_KernelBody_fields, bytes, length, out);
}

int codec_kernel_body_encode(const bundle_KernelBody *body, uint8_t *out, size_t room)
{
    return encode(bundle_KernelBody_fields, body, out, room);
}

int codec_new_keys_decode(const uint8_t *bytes, size_t length, bundle_NewKeysBody *out)
{
    int status = decode(bundle_NewKeysBody_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    return out->sequence != 0 && codec_sid_valid(out->account_sid) ? CODEC_OK : CODEC_ERANGE;
}

int codec_new_keys_encode(const bundle_NewKeysBody *body, uint8_t *out, size_t room)
{
    return encode(bundle_NewKeysBody_fields, body, out, room);
}

static bool key_ring_valid(const otr_KeyRing *ring)
{
    return sid_or_nothing(ring->account_sid) && ring->accepted <= APP_SIGNERS_MAX &&
           ring->accepted <= ring->signers_count;
}

int codec_key_ring_decode(const uint8_t *bytes, size_t length, otr_KeyRing *out)
{
    int status = decode(otr_KeyRing_fields, bytes, length, out);

    if (status != CODEC_OK)
        return status;
    return key_ring_valid(out) ? CODEC_OK : CODEC_ERANGE;
}

int codec_key_ring_encode(const otr_KeyRing *ring, uint8_t *out, size_t room)
{
    return encode(otr_KeyRing_fields, ring, out, room);
}

int codec_keys_status_decode(const uint8_t *bytes, size_t length, otr_KeysStatus *out)
{
    return decode(otr_KeysStatus_fields, bytes, length, out);
}

int codec_keys_status_encode(const otr_KeysStatus *status, uint8_t *out, size_t room)
{
    return encode(otr_KeysStatus_fields, status, out, room);
}
