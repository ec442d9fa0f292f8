/* SPDX-License-Identifier: Apache-2.0 */
/* The App resource (rest-api.md section 1.2). */
#ifndef API_APP_JSON_H
#define API_APP_JSON_H

#include "api/request.h"
#include "store/store.h"

void app_json(struct json_out *j, const struct request *q, const struct store_app *app);

#endif
