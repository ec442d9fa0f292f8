/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding with the gateway's further rules, encoding with a frame header. */
#include "gateway/gw_control.h"

#include <assert.h>
#include <string.h>

#include "proto/codec/codec.h"
#include "proto/frame/frame.h"

static const char *check_app_status(const otr_AppStatus *a)
{
    if (a->state > _otr_AppState_MAX)
        return "app state is not known";
    if (a->phase > _otr_UpdatePhase_MAX)
        return "update phase is not known";
    if (a->error > _otr_UpdateError_MAX)
        return "update error is not known";
    return NULL;
}

static const char *check_microvisor_status(const otr_MicrovisorStatus *m)
{
    if (m->slot > _otr_ImageSlot_MAX)
        return "image slot is not known";
    if (m->phase > _otr_UpdatePhase_MAX)
        return "microvisor update phase is not known";
    if (m->error > _otr_UpdateError_MAX)
        return "microvisor update error is not known";
    return NULL;
}

static const char *check_keys_status(const otr_KeysStatus *k)
{
    return k->error > _otr_UpdateError_MAX ? "key update error is not known" : NULL;
}

static const char *check_hello(const otr_Hello *h)
{
    const char *why = h->has_microvisor ? check_microvisor_status(&h->microvisor) : NULL;

    if (why == NULL && h->has_keys)
        why = check_keys_status(&h->keys);
    if (h->reset_reason > _otr_ResetReason_MAX)
        return "reset reason is not known";
    return why != NULL ? why : check_app_status(&h->app);
}

static const char *check_log(const otr_Log *l)
{
    if (l->kind > _otr_LogKind_MAX)
        return "log kind is not known";
    if (l->has_crash && l->crash.cause > _otr_CrashCause_MAX)
        return "crash cause is not known";
    return NULL;
}

static const char *check_crash_report(const otr_CrashReport *r)
{
    if (r->origin > _otr_CrashOrigin_MAX)
        return "crash origin is not known";
    if (r->has_crash && r->crash.cause > _otr_CrashCause_MAX)
        return "crash cause is not known";
    return NULL;
}

static const char *check(const otr_DeviceMessage *m)
{
    switch (m->which_body) {
    case otr_DeviceMessage_hello_tag:
        return check_hello(&m->body.hello);
    case otr_DeviceMessage_app_status_tag:
        return check_app_status(&m->body.app_status);
    case otr_DeviceMessage_microvisor_status_tag:
        return check_microvisor_status(&m->body.microvisor_status);
    case otr_DeviceMessage_crash_report_tag:
        return check_crash_report(&m->body.crash_report);
    case otr_DeviceMessage_log_tag:
        return check_log(&m->body.log);
    case otr_DeviceMessage_keys_status_tag:
        return check_keys_status(&m->body.keys_status);
    default:
        return NULL;
    }
}

enum gw_control_result gw_control_decode(const unsigned char *data, size_t len, otr_DeviceMessage *out,
                                         const char **why)
{
    int status;

    memset(out, 0, sizeof *out); /* padding too: app statuses are compared as bytes */
    status = codec_device_decode(data, len, out);
    if (status == CODEC_UNKNOWN)
        return GW_CONTROL_SKIP;
    *why = status == CODEC_OK       ? check(out)
           : status == CODEC_ERANGE ? "a value in a control message breaks a rule"
                                    : "a control message cannot be decoded";
    return *why == NULL ? GW_CONTROL_OK : GW_CONTROL_BAD;
}

size_t gw_control_encode(const otr_ServerMessage *m, unsigned char out[GW_CONTROL_FRAME_MAX_BYTES])
{
    const int len = codec_server_encode(m, out + FRAME_HEADER_BYTES, CONTROL_MESSAGE_MAX_BYTES);
    const struct frame_header header = { .stream_id = FRAME_STREAM_CONTROL, .length = (uint16_t)len };

    assert(len >= 0); /* the largest message, KeysUpdate, brings NEW_KEYS_MAX_BYTES at most */
    frame_header_encode(header, out);
    return FRAME_HEADER_BYTES + (size_t)len;
}
