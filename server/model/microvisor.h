/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a device shall get the microvisor that is wanted for it, and where that update stands. */
#ifndef MODEL_MICROVISOR_H
#define MODEL_MICROVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/update.h"

/* Hashes of manifests are 32 bytes; all zero = none. */
struct model_microvisor {
    bool is_wanted; /* the three that follow are set */
    const char *wanted_board;
    uint32_t wanted_ratchet;
    const unsigned char *wanted_sha256;
    const char *board; /* the device's; "" = it has not said it yet */
    uint32_t ratchet;  /* below which it runs nothing */
    const unsigned char *running_sha256;
};

enum model_microvisor_verdict {
    MODEL_MICROVISOR_NONE,    /* nothing is wanted: what runs may stay */
    MODEL_MICROVISOR_RUNS,    /* it is what runs */
    MODEL_MICROVISOR_SEND,    /* the device is to install it */
    MODEL_MICROVISOR_BOARD,   /* never: it is for another board */
    MODEL_MICROVISOR_RATCHET, /* never: the device's security ratchet is above its */
};

enum model_microvisor_verdict model_microvisor_judge(const struct model_microvisor *m);

/* update: what the device said of its microvisor's update; its hashes are those of m. One that is on trial has
 * not arrived yet. */
void model_microvisor_progress(const struct model_microvisor *m, const struct model_update *update,
                               bool is_confirmed, struct model_progress *out);

#endif
