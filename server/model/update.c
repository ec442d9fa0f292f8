/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a device's update, a pure function of its row:
 *
 *   nothing targeted, or the target is what is installed          up-to-date
 *   the device says that it refused or failed at this target      error
 *   anything else (not told yet, under way, failed at another)    pending
 *
 * An error of an earlier target never shows for a new one, since it names the manifest that it speaks of; nor does its progress.
 */
#include "model/update.h"

#include <stddef.h>
#include <string.h>

#include "wire.pb.h"

static enum model_update_status status_judge(const struct model_update *u, bool current)
{
    if (!u->has_target || memcmp(u->target_sha256, u->reported_sha256, 32) == 0) {
        return MODEL_UPDATE_DONE;
    }
    bool failed = u->phase == otr_UpdatePhase_UPDATE_FAILED && u->error != otr_UpdateError_UPDATE_OK;
    return current && failed ? MODEL_UPDATE_ERROR : MODEL_UPDATE_PENDING;
}

static uint32_t percent_judge(const struct model_progress *p)
{
    bool all_there = p->phase == otr_UpdatePhase_UPDATE_READY || p->phase == otr_UpdatePhase_UPDATE_TRIAL;
    if (p->status == MODEL_UPDATE_DONE || all_there) {
        return 100;
    }
    return p->bytes_total == 0 ? 0 : (uint32_t)((uint64_t)p->bytes_done * 100 / p->bytes_total);
}

void model_update_judge(const struct model_update *u, struct model_progress *out)
{
    bool current = u->has_target && memcmp(u->target_sha256, u->update_sha256, 32) == 0;
    out->status = status_judge(u, current);
    out->error_code = out->status == MODEL_UPDATE_ERROR ? u->error : otr_UpdateError_UPDATE_OK;
    out->phase = current ? u->phase : otr_UpdatePhase_UPDATE_IDLE;
    out->bytes_total = current ? u->bytes_total : 0;
    out->bytes_done = current && u->bytes_done < out->bytes_total ? u->bytes_done : out->bytes_total;
    out->percent = percent_judge(out);
}

const char *model_update_status_name(enum model_update_status status)
{
    static const char *const names[] = { "up-to-date", "pending", "error" };
    return names[status];
}

static const char *name_at(const char *const *names, size_t count, uint32_t value)
{
    return value < count ? names[value] : "unknown";
}
#define NAME_AT(names, value) name_at(names, sizeof(names) / sizeof((names)[0]), value)

const char *model_update_phase_name(uint32_t phase)
{
    static const char *const names[_otr_UpdatePhase_ARRAYSIZE] = { "idle",       "manifest", "staging",
                                                                   "installing", "failed",   "ready",
                                                                   "trial" };
    return NAME_AT(names, phase);
}

const char *model_app_state_name(uint32_t state)
{
    static const char *const names[_otr_AppState_ARRAYSIZE] = { "none", "running", "backoff", "installing",
                                                                "stopped" };
    return NAME_AT(names, state);
}

/* Names for scripts, texts for people. */
static const struct {
    const char *name, *text;
} errors[_otr_UpdateError_ARRAYSIZE] = {
    [otr_UpdateError_UPDATE_OK] = { "none", NULL },
    [otr_UpdateError_UPDATE_MANIFEST_HASH] = { "manifest_hash",
                                               "the manifest does not have the announced hash" },
    [otr_UpdateError_UPDATE_MANIFEST_FORMAT] = { "manifest_format",
                                                 "the manifest cannot be decoded or breaks a limit" },
    [otr_UpdateError_UPDATE_SIGNER_UNKNOWN] = { "signer_unknown", "the bundle is signed by a key that this "
                                                                  "device does not accept" },
    [otr_UpdateError_UPDATE_SIGNATURE] = { "signature", "the bundle's signature is wrong" },
    [otr_UpdateError_UPDATE_LAYER_REGION] = { "layer_region", "a layer is outside its flash, overlaps "
                                                              "another or is too large" },
    [otr_UpdateError_UPDATE_LAYER_HASH] = { "layer_hash", "a layer does not have the signed hash" },
    [otr_UpdateError_UPDATE_BLOCK_LIST] = { "block_list",
                                            "a block list does not have the signed hash or length" },
    [otr_UpdateError_UPDATE_MEASUREMENT] = { "measurement",
                                             "the installed region does not have the signed measurement" },
    [otr_UpdateError_UPDATE_FLASH] = { "flash", "the device's flash reported an error" },
    [otr_UpdateError_UPDATE_NOT_FOUND] = { "not_found", "the server lacks a part that the manifest names" },
    [otr_UpdateError_UPDATE_ENCRYPTED] = { "encrypted", "its layers are encrypted, which this microvisor "
                                                        "does not support" },
    [otr_UpdateError_UPDATE_MICROVISOR_OLD] = { "microvisor_old", "the bundle asks for a newer microvisor" },
    [otr_UpdateError_UPDATE_RATCHET] = { "ratchet",
                                         "the microvisor's security ratchet is below the device's" },
    [otr_UpdateError_UPDATE_BOARD] = { "board", "the microvisor is for another board" },
    [otr_UpdateError_UPDATE_IMAGE] = { "image",
                                       "the microvisor's image is not one that the device would start" },
    [otr_UpdateError_UPDATE_TRIAL_FAILED] = { "trial_failed", "the microvisor was started, did not check in, "
                                                              "and was given up" },
    [otr_UpdateError_UPDATE_KEYS_SEQUENCE] = { "keys_sequence", "the key update is not the successor of the "
                                                                "one applied last" },
    [otr_UpdateError_UPDATE_KEYS_ACCOUNT] = { "keys_account", "the key update is for another account" },
    [otr_UpdateError_UPDATE_KEYS_SET] = { "keys_set", "the key update would leave no signer or server CA, or "
                                                      "more than the device holds" },
    [otr_UpdateError_UPDATE_SERVER_CA] = { "server_ca",
                                           "no server CA of the device vouches for the new one, or "
                                           "the device is connected under the one to be dropped" },
    [otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN] = { "decrypter_unknown",
                                                   "the layers are encrypted to a decrypter that the device "
                                                   "does not have" },
    [otr_UpdateError_UPDATE_CONTENT_KEY] = { "content_key", "the device cannot open the content key of the "
                                                            "encrypted layers" },
};

/* Numbers are given to fields of work, so there are gaps. */
static bool is_known(uint32_t error)
{
    return error < _otr_UpdateError_ARRAYSIZE && errors[error].name != NULL;
}

const char *model_update_error_name(uint32_t error)
{
    return is_known(error) ? errors[error].name : "unknown";
}

const char *model_update_error_text(uint32_t error)
{
    return is_known(error) ? errors[error].text : "an error that this server does not know";
}
