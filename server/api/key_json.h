/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates and key rings as JSON. */
#ifndef API_KEY_JSON_H
#define API_KEY_JSON_H

#include "api/json.h"
#include "api/request.h"
#include "store/store.h"
#include "wire.pb.h"

/* A whole key update; its message is decoded again. */
void key_update_json(struct json_out *j, const struct request *q, const struct store_key_update *update);

/* Arrays of signers (with their points; managed: id of the keeper's, 0 for none) and of server CAs. */
void key_signers_json(struct json_out *j, const otr_KeyRing *ring, uint64_t managed);
void key_ids_json(struct json_out *j, const char *name, const uint64_t *ids, size_t count);

/* The object "keys" of a device's status: what the device says of its ring. */
void device_keys_json(struct json_out *j, const struct store_device *dev);

#endif
