/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a device's update, a pure function of its row:
 *
 *   nothing targeted, or the target is what is installed          up-to-date
 *   the device says that it refused or failed at this target      error
 *   anything else (not told yet, under way, failed at another)    pending
 *
 * An error of an earlier target never shows for a new one, since it names the manifest that it speaks of.
 */
#include "model/update.h"

#include <stddef.h>
#include <string.h>

#include "wire.pb.h"

enum model_update_status model_update_status(const struct model_update *u, uint32_t *error_code)
{
    *error_code = otr_UpdateError_UPDATE_OK;
    if (!u->has_target || memcmp(u->target_sha256, u->reported_sha256, 32) == 0) {
        return MODEL_UPDATE_DONE;
    }
    if (u->phase == otr_UpdatePhase_UPDATE_FAILED && u->error != otr_UpdateError_UPDATE_OK &&
        memcmp(u->target_sha256, u->update_sha256, 32) == 0) {
        *error_code = u->error;
        return MODEL_UPDATE_ERROR;
    }
    return MODEL_UPDATE_PENDING;
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
    static const char *const names[] = { "idle", "manifest", "staging", "installing", "failed" };
    return NAME_AT(names, phase);
}

const char *model_app_state_name(uint32_t state)
{
    static const char *const names[] = { "none", "running", "backoff", "installing", "stopped" };
    return NAME_AT(names, state);
}

const char *model_update_error_name(uint32_t error)
{
    static const char *const names[] = { "none",           "manifest_hash", "manifest_format",
                                         "signer_unknown", "signature",     "layer_region",
                                         "layer_hash",     "block_list",    "measurement",
                                         "flash",          "not_found",     "encrypted",
                                         "microvisor_old" };
    return NAME_AT(names, error);
}

uint32_t model_update_percent(uint32_t bytes_done, uint32_t bytes_total)
{
    if (bytes_done >= bytes_total) {
        return 100;
    }
    return (uint32_t)((uint64_t)bytes_done * 100 / bytes_total);
}
