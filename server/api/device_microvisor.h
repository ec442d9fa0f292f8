/* SPDX-License-Identifier: Apache-2.0 */
/* The microvisor that is wanted for a device: its update's state, and the parameters that change it. */
#ifndef API_DEVICE_MICROVISOR_H
#define API_DEVICE_MICROVISOR_H

#include <stdbool.h>

#include "api/request.h"
#include "store/store.h"

struct model_progress;
struct worker;

void device_microvisor_progress(const struct store_device *dev, struct model_progress *out);

/* Reads TargetMicrovisor and MicrovisorNow into the change; m is where the target's SID is kept. False when the reply says
 * what is wrong: no such microvisor (400), or one that the device may not have (409). */
bool device_microvisor_read(struct worker *w, const struct request *q, struct reply *r,
                            const struct store_device *dev, struct store_microvisor *m,
                            struct store_device_change *change);

#endif
