/* SPDX-License-Identifier: Apache-2.0 */
/* How far an update is, as JSON: of an application and of a microvisor alike. */
#ifndef API_UPDATE_JSON_H
#define API_UPDATE_JSON_H

#include "api/json.h"

struct model_progress;

/* Writes the member "update". */
void update_json(struct json_out *j, const struct model_progress *progress);

#endif
