/* SPDX-License-Identifier: Apache-2.0 */
/* The only file of the gateway that calls the protobuf codec. */
#include "gateway/gw_control.h"

#include <assert.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <stdbool.h>
#include <string.h>

#include "base/sid.h"
#include "proto/frame/frame.h"

static bool is_hash_or_empty(size_t size)
{
    return size == 0 || size == SHA256_BYTES;
}

/* Versions and board names end up in logs and JSON: printable ASCII only. */
static bool is_printable(const char *s)
{
    for (; *s != '\0'; s++)
        if (*s < ' ' || *s > '~')
            return false;
    return true;
}

static const char *check_app_status(const otr_AppStatus *a)
{
    if (a->state > _otr_AppState_MAX)
        return "app state is not known";
    if (a->phase > _otr_UpdatePhase_MAX)
        return "update phase is not known";
    if (a->error > _otr_UpdateError_MAX)
        return "update error is not known";
    if (!is_hash_or_empty(a->manifest_sha256.size) || !is_hash_or_empty(a->target_sha256.size))
        return "manifest hash is not 32 bytes";
    if (a->app_sid[0] != '\0' && !sid_is(a->app_sid, "KA"))
        return "app_sid is not a SID";
    return NULL;
}

static const char *check_hello(const otr_Hello *h)
{
    if (h->boot_id == 0)
        return "hello boot_id is 0";
    if (!is_printable(h->microvisor_version) || !is_printable(h->board))
        return "hello text is not printable ASCII";
    if (h->reset_reason > _otr_ResetReason_MAX)
        return "reset reason is not known";
    return check_app_status(&h->app);
}

static const char *check_log(const otr_Log *l)
{
    if (l->seq == 0)
        return "log seq is 0";
    if (l->kind > _otr_LogKind_MAX)
        return "log kind is not known";
    if (l->has_crash && l->crash.cause > _otr_CrashCause_MAX)
        return "crash cause is not known";
    return NULL;
}

static const char *check_stream_id(uint32_t id)
{
    return id <= UINT16_MAX && (id & 1u) != 0 ? NULL : "stream id is not odd or above 65535";
}

static const char *check(const otr_DeviceMessage *m)
{
    switch (m->which_body) {
    case otr_DeviceMessage_hello_tag:
        return check_hello(&m->body.hello);
    case otr_DeviceMessage_app_status_tag:
        return check_app_status(&m->body.app_status);
    case otr_DeviceMessage_log_tag:
        return check_log(&m->body.log);
    case otr_DeviceMessage_stream_open_tag:
        return check_stream_id(m->body.stream_open.stream_id);
    case otr_DeviceMessage_stream_credit_tag:
        return check_stream_id(m->body.stream_credit.stream_id);
    case otr_DeviceMessage_stream_close_tag:
        return check_stream_id(m->body.stream_close.stream_id);
    default:
        return NULL;
    }
}

enum gw_control_result gw_control_decode(const unsigned char *data, size_t len, otr_DeviceMessage *out,
                                         const char **why)
{
    pb_istream_t in = pb_istream_from_buffer(data, len);

    memset(out, 0, sizeof *out); /* padding too: app statuses are compared as bytes */
    if (!pb_decode(&in, otr_DeviceMessage_fields, out)) {
        *why = "control message cannot be decoded";
        return GW_CONTROL_BAD;
    }
    if (out->which_body == 0)
        return GW_CONTROL_SKIP;
    *why = check(out);
    return *why == NULL ? GW_CONTROL_OK : GW_CONTROL_BAD;
}

size_t gw_control_encode(const otr_ServerMessage *m, unsigned char out[GW_CONTROL_FRAME_MAX_BYTES])
{
    pb_ostream_t stream = pb_ostream_from_buffer(out + FRAME_HEADER_BYTES, CONTROL_MESSAGE_MAX_BYTES);
    struct frame_header header = { .stream_id = FRAME_STREAM_CONTROL };
    const bool encoded = pb_encode(&stream, otr_ServerMessage_fields, m);

    assert(encoded); /* the largest message, Welcome, has under 200 bytes */
    (void)encoded;
    header.length = (uint16_t)stream.bytes_written;
    frame_header_encode(header, out);
    return FRAME_HEADER_BYTES + stream.bytes_written;
}
