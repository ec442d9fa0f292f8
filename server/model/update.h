/* SPDX-License-Identifier: Apache-2.0 */
/* Where an update of a device stands, from what is wanted and what the device said. */
#ifndef MODEL_UPDATE_H
#define MODEL_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

/* Hashes of manifests are 32 bytes; all zero = none. Numbers are values of proto/wire.proto. */
struct model_update {
    bool has_target;
    const unsigned char *target_sha256;
    const unsigned char *reported_sha256; /* installed */
    const unsigned char *update_sha256;   /* what follows speaks of this one */
    uint32_t phase, error, bytes_done, bytes_total;
};

enum model_update_status { MODEL_UPDATE_DONE, MODEL_UPDATE_PENDING, MODEL_UPDATE_ERROR };

/* How far the update to the present target is. */
struct model_progress {
    enum model_update_status status;
    uint32_t error_code; /* update_error_code of the REST API, 0 unless the status is MODEL_UPDATE_ERROR */
    uint32_t phase;
    uint32_t bytes_done, bytes_total; /* done is at most total */
    uint32_t percent;                 /* 0 to 100; 100 when nothing is missing */
};

void model_update_judge(const struct model_update *update, struct model_progress *out);

/* Names of the REST API: "up-to-date", "pending", "error". Static memory. */
const char *model_update_status_name(enum model_update_status status);

/* Names for the status object, "unknown" for a value that this version does not know. Static memory. */
const char *model_update_phase_name(uint32_t phase);
const char *model_update_error_name(uint32_t error);
const char *model_app_state_name(uint32_t state);

/* What an error means, in words; NULL for none. Static memory. */
const char *model_update_error_text(uint32_t error);

#endif
