/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API, embedded from openapi.json. */
#include "openapi.h"

#include "api/handlers.h"
#include "api/request.h"

void openapi_get(struct worker *w, struct request *q, struct reply *r)
{
    (void)w, (void)q;
    reply_empty(r, 200);
    r->content_type = "application/json";
    text_add(&r->body, openapi_text, sizeof(openapi_text) - 1);
}
