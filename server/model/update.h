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
    const unsigned char *update_sha256;   /* phase and error speak of this one */
    uint32_t phase, error;
};

enum model_update_status { MODEL_UPDATE_DONE, MODEL_UPDATE_PENDING, MODEL_UPDATE_ERROR };

/* error_code: update_error_code of the REST API, 0 unless the status is MODEL_UPDATE_ERROR. */
enum model_update_status model_update_status(const struct model_update *update, uint32_t *error_code);

/* Names of the REST API: "up-to-date", "pending", "error". Static memory. */
const char *model_update_status_name(enum model_update_status status);

/* Names for the status object, "unknown" for a value that this version does not know. Static memory. */
const char *model_update_phase_name(uint32_t phase);
const char *model_update_error_name(uint32_t error);
const char *model_app_state_name(uint32_t state);

/* 0 to 100; 100 when nothing is missing. */
uint32_t model_update_percent(uint32_t bytes_done, uint32_t bytes_total);

#endif
