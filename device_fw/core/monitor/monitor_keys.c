/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key updates (PROTOCOL.md sections 12 and 13): asks for the NewKeys messages that the device lacks, one at a time, and puts them in
 * force. While it lacks some the update engine begins nothing new: who may sign comes before what is signed.
 *
 *   CURRENT --Desired names a newer message--> LACKING --KeysRequest, KeysUpdate, applied--> LACKING or CURRENT
 *                                                 +--refused--> REFUSED until the next session
 */
#include <string.h>

#include "core/base/line.h"
#include "core/monitor/monitor_state.h"

static bool is_lacking(const struct monitor *m)
{
    return m->keys.wanted > m->keyring.ring.sequence && !m->keys.refused;
}

void monitor_keys_reset(struct monitor *m)
{
    memset(&m->keys, 0, sizeof(m->keys));
    ota_hold(&m->ota, false, m->now_us);
}

void monitor_keys_greet(struct monitor *m, otr_Hello *hello)
{
    struct port_stream_validity valid;

    port_stream_validity(&valid);
    m->keys.server_ca = keyring_server_ca(&m->keyring, valid.server_ca);
    hello->has_keys = true;
    keyring_status(&m->keyring, m->keys.server_ca, &hello->keys);
    m->keys.told = true;
}

void monitor_keys_want(struct monitor *m, uint32_t sequence)
{
    m->keys.wanted = sequence;
    ota_hold(&m->ota, is_lacking(m), m->now_us);
}

static void report(const struct monitor *m, uint32_t sequence, otr_UpdateError error)
{
    struct line line;

    line_start(&line, error == otr_UpdateError_UPDATE_OK ? "keys updated" : "keys refused");
    line_key_number(&line, "sequence", sequence);
    if (error != otr_UpdateError_UPDATE_OK)
        line_key_number(&line, "error", error);
    line_key_number(&line, "signers", m->keyring.ring.accepted);
    line_key_number(&line, "server_cas", m->keyring.ring.server_cas_count);
    line_key_number(&line, "decrypters", m->keyring.ring.layer_decrypters_count);
    if (m->keyring.not_opened != 0)
        line_key_number(&line, "not_for_us", m->keyring.not_opened);
    monitor_log(otr_LogKind_LOG_MICROVISOR, line.text);
    line_print(&line);
}

void monitor_keys_take(struct monitor *m, const otr_KeysUpdate *update)
{
    uint32_t cas = m->keyring.ring.server_cas_count; /* a message adds or deletes, so the number tells */
    otr_UpdateError error = otr_UpdateError_UPDATE_KEYS_SEQUENCE;
    const struct keyring_context context = {
        .owning = ota_owning(&m->ota),
        .in_use = m->keys.server_ca,
        .identity = { m->identity.private_key, m->identity.public_key },
    };

    if (!m->keys.asked)
        return; /* of no use, and no harm */
    m->keys.asked = false;
    if (update->message.size != 0)
        error = keyring_apply(&m->keyring, update->message.bytes, (uint32_t)update->message.size, &context);
    m->keys.refused = error != otr_UpdateError_UPDATE_OK;
    m->keys.told = false;
    report(m, update->sequence, error);
    if (error == otr_UpdateError_UPDATE_OK)
        monitor_update_mount(m);
    ota_hold(&m->ota, is_lacking(m), m->now_us);
    if (m->keyring.ring.server_cas_count != cas)
        monitor_link_renew(m, "server CAs have changed");
}

void monitor_keys_step(struct monitor *m)
{
    if (m->link.state != LINK_UP)
        return;
    if (!m->keys.told && !is_lacking(m)) { /* a long chain is told of at its end */
        m->message.which_body = otr_DeviceMessage_keys_status_tag;
        keyring_status(&m->keyring, m->keys.server_ca, &m->message.body.keys_status);
        m->keys.told = chan_send(&m->chan, &m->message) == 0; /* no room: the next step tries again */
    }
    if (is_lacking(m) && !m->keys.asked) {
        m->message.which_body = otr_DeviceMessage_keys_request_tag;
        m->message.body.keys_request.sequence = m->keyring.ring.sequence + 1u;
        m->keys.asked = chan_send(&m->chan, &m->message) == 0;
    }
}
