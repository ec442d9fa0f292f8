/* SPDX-License-Identifier: Apache-2.0 */
/* The update engine's owner: fetches blobs over the channel, stops the application, reports what happens. */
#include <string.h>

#include "core/base/line.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_status.h"

int monitor_update_fetch_open(struct monitor *m, uint32_t number, const uint8_t sha256[SHA256_BYTES],
                              uint32_t offset, uint32_t length)
{
    if (m->link.state != LINK_UP || m->cancel_pending[number])
        return PORT_AGAIN;
    return chan_fetch_open(&m->chan, number, sha256, offset, length);
}

/* Without room for the message the stream stays open and its bytes are ignored until the cancel can be sent. */
void monitor_update_fetch_cancel(struct monitor *m, uint32_t number)
{
    m->cancel_pending[number] = chan_fetch_cancel(&m->chan, number) != 0;
}

void monitor_update_cancel_pending(struct monitor *m)
{
    for (uint32_t i = 0; i < CHAN_FETCHES; i++)
        if (m->cancel_pending[i])
            monitor_update_fetch_cancel(m, i);
}

/* The microvisor's update goes first, unless the application stands still until its own is finished. */
static bool must_wait(const struct monitor *m)
{
    return self_fetching(&m->self) && m->ota.fsm.state != OTA_INSTALL;
}

static int fetch_open(void *context, uint32_t number, const uint8_t sha256[SHA256_BYTES], uint32_t offset,
                      uint32_t length)
{
    struct monitor *m = context;

    return must_wait(m) ? PORT_AGAIN : monitor_update_fetch_open(m, number, sha256, offset, length);
}

static void fetch_cancel(void *context, uint32_t number)
{
    monitor_update_fetch_cancel(context, number);
}

static void sink_opened(void *context, uint32_t number, uint32_t total_bytes)
{
    struct monitor *m = context;

    if (m->cancel_pending[number])
        return;
    if (number == CHAN_FETCH_SELF)
        self_fetch_opened(&m->self, total_bytes);
    else
        ota_fetch_opened(&m->ota, number, total_bytes);
}

static void sink_data(void *context, uint32_t number, const uint8_t *data, uint32_t length)
{
    struct monitor *m = context;

    if (m->cancel_pending[number])
        return;
    if (number == CHAN_FETCH_SELF)
        self_fetch_data(&m->self, data, length);
    else
        ota_fetch_data(&m->ota, number, data, length);
}

static void sink_closed(void *context, uint32_t number, otr_StreamStatus reason)
{
    struct monitor *m = context;

    bool cancelled = m->cancel_pending[number];

    m->cancel_pending[number] = false;
    if (cancelled)
        return;
    if (number == CHAN_FETCH_SELF)
        self_fetch_closed(&m->self, reason);
    else
        ota_fetch_closed(&m->ota, number, reason);
}

const struct chan_fetch_sink monitor_fetch_sink = { sink_opened, sink_data, sink_closed };

static void stop_app(void *context)
{
    monitor_app_stop(context);
}

static uint64_t install_from(void *context)
{
    return monitor_polite_until(context);
}

static int content_key(void *context, const struct manifest_content_key *sealed,
                       uint8_t key[CONTENT_KEY_BYTES])
{
    const struct monitor *m = context;

    return decrypters_content_key(&m->keyring.decrypters, sealed, key);
}

static void print_change(const struct monitor *m, enum ota_state from, enum ota_state to)
{
    struct line line;

    line_start(&line, "update");
    line_key_text(&line, "from", ota_state_name(from));
    line_key_text(&line, "to", ota_state_name(to));
    line_key_text(&line, "app", m->ota.active.app_sid);
    if (to == OTA_FAILED)
        line_key_number(&line, "error", m->ota.fsm.error);
    if (to == OTA_STAGE)
        line_key_number(&line, "missing_bytes", m->ota.bytes_total);
    line_print(&line);
}

const char *monitor_update_error_words(otr_UpdateError error)
{
    static const char *const words[] = {
        [otr_UpdateError_UPDATE_OK] = "none",
        [otr_UpdateError_UPDATE_MANIFEST_HASH] = "manifest does not have the announced hash",
        [otr_UpdateError_UPDATE_MANIFEST_FORMAT] = "manifest cannot be decoded or breaks a limit",
        [otr_UpdateError_UPDATE_SIGNER_UNKNOWN] =
            "manifest is signed by a key that this device does not accept",
        [otr_UpdateError_UPDATE_SIGNATURE] = "signature of the manifest is wrong",
        [otr_UpdateError_UPDATE_LAYER_REGION] = "layer does not fit its region or the application flash",
        [otr_UpdateError_UPDATE_LAYER_HASH] = "layer does not have the signed hash",
        [otr_UpdateError_UPDATE_BLOCK_LIST] = "block list does not have the signed hash",
        [otr_UpdateError_UPDATE_MEASUREMENT] = "region does not have the signed measurement",
        [otr_UpdateError_UPDATE_FLASH] = "flash failed",
        [otr_UpdateError_UPDATE_NOT_FOUND] = "server does not deliver a blob that the manifest names",
        [otr_UpdateError_UPDATE_ENCRYPTED] = "it is encrypted",
        [otr_UpdateError_UPDATE_MICROVISOR_OLD] = "application needs a newer microvisor",
        [otr_UpdateError_UPDATE_RATCHET] = "its security ratchet is below that of this device",
        [otr_UpdateError_UPDATE_BOARD] = "it is for another board",
        [otr_UpdateError_UPDATE_IMAGE] = "its image is not one that this device would start",
        [otr_UpdateError_UPDATE_TRIAL_FAILED] = "it was started and did not check in",
        [otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN] =
            "layers are encrypted to a decrypter that this device does not have",
        [otr_UpdateError_UPDATE_CONTENT_KEY] = "content key of encrypted layers cannot be opened",
    };

    return (unsigned)error < sizeof(words) / sizeof(words[0]) && words[error] != NULL ? words[error]
                                                                                      : "unknown error";
}

static void report_failure(const struct monitor *m)
{
    struct line line;

    line_start(&line, "ERROR ");
    line_number(&line, m->ota.fsm.error);
    line_text(&line, " ");
    line_text(&line, monitor_update_error_words(m->ota.fsm.error));
    monitor_log(otr_LogKind_LOG_OTA, line.text);
}

static void changed(void *context, enum ota_state from, enum ota_state to)
{
    struct monitor *m = context;

    print_change(m, from, to);
    monitor_polite_tell(m);
    if (to == OTA_READY)
        monitor_log(otr_LogKind_LOG_OTA, "UPDATE_DOWNLOADED");
    if (to == OTA_FAILED)
        report_failure(m);
    if (to == OTA_REPAIR && from == OTA_IDLE)
        monitor_log(otr_LogKind_LOG_MICROVISOR, "external flash is damaged, repairing");
    if (from == OTA_REPAIR && to == OTA_IDLE)
        monitor_log(otr_LogKind_LOG_MICROVISOR, "external flash is repaired");
    if (to == OTA_INSTALL && m->ota.journal)
        monitor_log(otr_LogKind_LOG_OTA, "INSTALLING_APP");
    if (from == OTA_INSTALL && to == OTA_IDLE)
        monitor_app_installed(m, !m->ota.journal);
}

static const struct ota_owner owner = {
    fetch_open, fetch_cancel, stop_app, install_from, content_key, changed
};

void monitor_update_init(struct monitor *m)
{
    ota_init(&m->ota, &owner, m, m->blocks);
}

static const char *installed_name(const struct monitor *m)
{
    const char *sid = ota_installed_sid(&m->ota);

    if (ota_installed(&m->ota) == NULL)
        return "none";
    return sid[0] != '\0' ? sid : "factory";
}

void monitor_update_mount(struct monitor *m)
{
    struct manifest_signers signers;
    struct line line;

    keyring_signers(&m->keyring, &signers);
    sys_set_fetching_update(false);
    line_start(&line, "update journal");
    if (ota_mount(&m->ota, &signers, &m->test, m->now_us) != 0)
        line_text(&line, " failed");
    else
        line_key_text(&line, "installed", installed_name(m));
    line_print(&line);
    if (m->app.life == APP_LIFE_RUNNING && ota_installed(&m->ota) == NULL)
        monitor_app_stop(m); /* it ran, but its signer is not accepted any more */
    monitor_test_settle(m);
    keyring_settle(&m->keyring, ota_installed(&m->ota));
}
