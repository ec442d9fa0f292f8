/* SPDX-License-Identifier: Apache-2.0 */
/* What the store says about a device: admission, Desired, what may be fetched (S1, S2, S3, S10). */
#include "gateway/gw_session_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "model/microvisor.h"

#define US_PER_MS 1000

void gw_session_look_up(struct gw_session *s)
{
    if (s->looking_up) {
        s->look_up_again = true; /* the row may have been read before it changed */
        return;
    }
    s->looking_up = true;
    s->ops->look_up(s->owner);
}

void gw_session_changed(struct gw_session *s)
{
    if (s->state == GW_SESSION_OPEN || s->state == GW_SESSION_LOOK_UP)
        gw_session_look_up(s);
}

/* ---- Desired ------------------------------------------------------------------------------------- */

/* S10. Only a device that tells of its board and its microvisor can update it. */
static bool is_to_update_itself(const struct gw_session *s, const struct store_device *row)
{
    const struct model_microvisor m = { .is_wanted = row->wanted.position != 0,
                                        .wanted_board = row->wanted.board,
                                        .wanted_ratchet = row->wanted.ratchet,
                                        .wanted_sha256 = row->wanted.manifest_sha256,
                                        .board = s->board,
                                        .ratchet = s->microvisor.ratchet,
                                        .running_sha256 = s->microvisor.running_sha256 };

    return s->microvisor.known && s->board[0] != '\0' && model_microvisor_judge(&m) == MODEL_MICROVISOR_SEND;
}

static void wish_from_row(struct gw_session *s, const struct store_session *row, struct gw_moment at,
                          otr_Desired *out)
{
    memset(out, 0, sizeof *out);
    if (is_to_update_itself(s, &row->device)) {
        memcpy(out->microvisor_sha256.bytes, row->device.wanted.manifest_sha256, SHA256_BYTES);
        out->microvisor_sha256.size = SHA256_BYTES;
        out->microvisor_manifest_bytes = row->device.wanted.manifest_bytes;
        out->microvisor_now = store_device_is_urgent(&row->device);
        s->microvisor.wish_ratchet = row->device.wanted.ratchet;
    }
    if (row->has_target) {
        memcpy(out->app_sid, row->target.sid, SID_BYTES);
        memcpy(out->manifest_sha256.bytes, row->target.manifest_sha256, SHA256_BYTES);
        out->manifest_sha256.size = SHA256_BYTES;
        out->manifest_bytes = row->target.manifest_bytes;
    }
    out->logging_enabled = row->device.logging_until_us > at.wall_us;
    out->restart_seq = row->device.restart_seq;
    out->keys_sequence = row->keys_sequence;
}

static void grant(struct gw_session *s, const unsigned char sha256[SHA256_BYTES])
{
    static const unsigned char none[SHA256_BYTES];

    if (memcmp(sha256, none, SHA256_BYTES) != 0)
        memcpy(s->grants[s->grant_count++], sha256, SHA256_BYTES);
}

/* What the wish names. False when there is no memory: nothing is granted then. */
static bool set_grants(struct gw_session *s, const struct store_session *row, const otr_Desired *wish)
{
    const size_t app = wish->manifest_sha256.size == 0 ? 0 : 1 + 2 * (size_t)row->layer_count;
    const size_t microvisor = wish->microvisor_sha256.size == 0 ? 0 : 2;

    free(s->grants);
    s->grants = NULL;
    s->grant_count = s->app_grant_count = 0;
    if (app + microvisor == 0)
        return true;
    s->grants = malloc((app + microvisor) * SHA256_BYTES);
    if (s->grants == NULL)
        return false;
    if (app > 0)
        grant(s, row->target.manifest_sha256);
    for (uint32_t i = 0; app > 0 && i < row->layer_count; i++) {
        grant(s, row->layers[i].fetch_sha256);
        grant(s, row->layers[i].block_list_sha256);
    }
    s->app_grant_count = s->grant_count;
    if (microvisor > 0) {
        grant(s, row->device.wanted.manifest_sha256);
        grant(s, row->device.wanted.image_sha256);
    }
    return true;
}

/* Until the row is read again, nothing is wished that what the device has just said rules out (S10). It is not told: it knows. */
static void drop_microvisor_wish(struct gw_session *s)
{
    s->desired.microvisor_sha256.size = 0;
    memset(s->desired.microvisor_sha256.bytes, 0, SHA256_BYTES);
    s->desired.microvisor_manifest_bytes = 0;
    s->desired.microvisor_now = false;
    s->grant_count = s->app_grant_count;
}

void gw_session_microvisor_changed(struct gw_session *s)
{
    if (s->desired.microvisor_sha256.size != 0 &&
        (s->microvisor.ratchet > s->microvisor.wish_ratchet ||
         memcmp(s->desired.microvisor_sha256.bytes, s->microvisor.running_sha256, SHA256_BYTES) == 0))
        drop_microvisor_wish(s);
    gw_session_look_up(s);
}

static void send_desired(struct gw_session *s)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_desired_tag };

    m.body.desired = s->desired;
    gw_session_send(s, &m);
}

static void take_wish(struct gw_session *s, const struct store_session *row, struct gw_moment at)
{
    otr_Desired wish;

    wish_from_row(s, row, at, &wish);
    s->logging_until_us = row->device.logging_until_us;
    if (memcmp(&wish, &s->desired, sizeof wish) == 0)
        return;
    if (!set_grants(s, row, &wish)) {
        gw_session_refuse(s, GW_END_MEMORY, otr_ByeReason_BYE_BUSY, "no memory", GW_RETRY_BUSY_MS);
        return;
    }
    s->desired = wish;
    send_desired(s);
}

void gw_session_expire_logging(struct gw_session *s, struct gw_moment at)
{
    if (s->state != GW_SESSION_OPEN || !s->desired.logging_enabled || s->logging_until_us > at.wall_us)
        return;
    s->desired.logging_enabled = false;
    send_desired(s);
}

/* ---- admission ----------------------------------------------------------------------------------- */

static void welcome(struct gw_session *s, struct gw_moment at)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_welcome_tag };

    m.body.welcome.protocol_minor = PROTO_MINOR;
    m.body.welcome.session_id = s->id;
    m.body.welcome.wall_time_us = (uint64_t)at.wall_us;
    m.body.welcome.heartbeat_ms = s->heartbeat_ms;
    m.body.welcome.has_desired = true;
    m.body.welcome.desired = s->desired;
    gw_session_send(s, &m);
}

static void admit(struct gw_session *s, const struct store_session *row, struct gw_moment at)
{
    enum gw_open_result result;

    wish_from_row(s, row, at, &s->desired);
    result = set_grants(s, row, &s->desired) ? s->ops->open(s->owner) : GW_OPEN_FULL;
    if (result == GW_OPEN_FULL)
        gw_session_refuse(s, GW_END_BUSY, otr_ByeReason_BYE_BUSY, "the gateway is full", GW_RETRY_BUSY_MS);
    if (result == GW_OPEN_STALE)
        gw_session_replaced(s);
    if (result != GW_OPENED)
        return;
    gw_session_set_state(s, GW_SESSION_OPEN);
    s->heard_us = at.now_us;
    s->acked_us = at.now_us;
    s->refresh_us = at.now_us + (int64_t)GW_ROW_REFRESH_MS * US_PER_MS;
    s->logging_until_us = row->device.logging_until_us;
    welcome(s, at);
    gw_session_greet_keys(s, s->hello, row, at);
    gw_session_report_hello(s, &row->device, at);
    free(s->hello);
    s->hello = NULL;
}

/* True when the device may have or keep a session. */
static bool is_acceptable(struct gw_session *s, int status, const struct store_session *row)
{
    if (status == ST_NOT_FOUND)
        gw_session_refuse(s, GW_END_REFUSED, otr_ByeReason_BYE_UNKNOWN_DEVICE,
                          "this server does not know the device", GW_RETRY_REFUSED_MS);
    else if (row->device.revoked)
        gw_session_revoked(s);
    else if (memcmp(row->device.key_sha256, s->key_sha256, SHA256_BYTES) != 0)
        gw_session_refuse(s, GW_END_REFUSED, otr_ByeReason_BYE_UNKNOWN_DEVICE,
                          "the device is registered with another key", GW_RETRY_REFUSED_MS);
    return s->state != GW_SESSION_CLOSED;
}

void gw_session_row(struct gw_session *s, int status, const struct store_session *row, struct gw_moment at)
{
    s->looking_up = false;
    if (s->state != GW_SESSION_LOOK_UP && s->state != GW_SESSION_OPEN)
        return;
    if (s->look_up_again) {
        s->look_up_again = false;
        gw_session_look_up(s);
        return;
    }
    if (status != ST_OK && status != ST_NOT_FOUND) {
        if (s->state == GW_SESSION_LOOK_UP)
            gw_session_refuse(s, GW_END_BUSY, otr_ByeReason_BYE_BUSY, "the store does not answer",
                              GW_RETRY_BUSY_MS);
        return; /* an open session goes on with what it knows; the row is read again at refresh_us */
    }
    if (!is_acceptable(s, status, row))
        return;
    if (s->state == GW_SESSION_LOOK_UP)
        admit(s, row, at);
    else
        take_wish(s, row, at);
}
