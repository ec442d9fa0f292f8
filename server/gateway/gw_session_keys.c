/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates of a session: what the device says of its ring is stored, what it lacks is sent when it asks (S10). */
#include "gateway/gw_session_parts.h"

#include <string.h>

#include "base/status.h"
#include "proto/codec/codec.h"

static void report(struct gw_session *s, const otr_KeysStatus *status, struct gw_moment at)
{
    struct store_device_keys row = { .sequence = status->sequence,
                                     .error = status->error,
                                     .reported_us = at.wall_us };
    const int len = codec_keys_status_encode(status, row.status, sizeof row.status);

    if (len < 0)
        return; /* never: the largest fits */
    memcpy(row.device_sid, s->sid, SID_BYTES);
    memcpy(row.server_cas, status->server_cas, status->server_cas_count * sizeof row.server_cas[0]);
    row.server_ca_in_use = status->server_ca_in_use;
    row.status_len = (size_t)len;
    s->ops->report_keys(s->owner, &row);
}

static void learn(struct gw_session *s, const otr_KeysStatus *status)
{
    memset(s->server_cas, 0, sizeof s->server_cas);
    memcpy(s->server_cas, status->server_cas, status->server_cas_count * sizeof s->server_cas[0]);
    s->server_ca_in_use = status->server_ca_in_use;
}

void gw_session_authority(struct gw_session *s, uint64_t server_ca)
{
    bool has_it = false;

    for (unsigned i = 0; i < SERVER_CAS_MAX; i++)
        has_it = has_it || (server_ca != 0 && s->server_cas[i] == server_ca);
    if (s->state == GW_SESSION_OPEN && has_it && s->server_ca_in_use != server_ca)
        gw_session_refuse(s, GW_END_SHUTDOWN, otr_ByeReason_BYE_SHUTDOWN,
                          "the gateway has another certificate", 0);
}

/* Costs nothing at a check-in that brings no news. */
void gw_session_greet_keys(struct gw_session *s, const otr_Hello *hello, const struct store_session *row,
                           struct gw_moment at)
{
    unsigned char bytes[STORE_KEYS_STATUS_MAX_BYTES];
    int len;

    if (hello->has_keys)
        learn(s, &hello->keys);
    len = hello->has_keys ? codec_keys_status_encode(&hello->keys, bytes, sizeof bytes) : -1;

    if (len >= 0 &&
        ((size_t)len != row->keys_status_len || memcmp(bytes, row->keys_status, (size_t)len) != 0))
        report(s, &hello->keys, at);
}

void gw_session_take_keys_status(struct gw_session *s, const otr_KeysStatus *status, struct gw_moment at)
{
    learn(s, status);
    report(s, status, at);
}

void gw_session_take_keys_request(struct gw_session *s, const otr_KeysRequest *request)
{
    if (s->fetching_keys) {
        gw_session_fault(s, "a second KeysRequest before the answer to the first");
        return;
    }
    s->fetching_keys = true;
    s->ops->fetch_keys(s->owner, request->sequence);
}

void gw_session_keys(struct gw_session *s, int status, uint32_t sequence, const unsigned char *message,
                     size_t len)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_keys_update_tag };

    s->fetching_keys = false;
    if (s->state != GW_SESSION_OPEN)
        return;
    m.body.keys_update.sequence = sequence;
    if (status == ST_OK)
        m.body.keys_update.message = (struct codec_view){ message, len };
    gw_session_send(s, &m);
}
