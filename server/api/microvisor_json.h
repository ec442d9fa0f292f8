/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors as JSON: the resource, and the member "microvisor" of a device. */
#ifndef API_MICROVISOR_JSON_H
#define API_MICROVISOR_JSON_H

#include "api/request.h"
#include "store/store.h"

void microvisor_json(struct json_out *j, const struct request *q, const struct store_microvisor *m);

/* Writes the member "microvisor" of a device's object. */
void microvisor_device_json(struct json_out *j, const struct store_device *dev);

#endif
