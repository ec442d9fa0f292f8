/* SPDX-License-Identifier: Apache-2.0 */
/* The Device resource (rest-api.md section 1.2), with our own fields under the key "status". */
#ifndef API_DEVICE_JSON_H
#define API_DEVICE_JSON_H

#include <stdint.h>

#include "api/request.h"
#include "store/store.h"

/* Writes the object's members, without its braces, so that an answer can add more. */
void device_json_members(struct json_out *j, const struct request *q, const struct store_device *dev,
                         int64_t now_us);

/* The whole object as the answer. */
void device_reply(const struct request *q, struct reply *r, unsigned status, const struct store_device *dev);

#endif
