/* SPDX-License-Identifier: Apache-2.0 */
/* Records of enrolments: who made which device ours, when and from where. */
#include <stdio.h>
#include <stdlib.h>

#include "api/handlers.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/status.h"
#include "store/store_factory.h"

static void enrolment_json(struct json_out *j, const struct request *q, const struct store_enrolment *e)
{
    char url[REQUEST_BASE_MAX + 64];
    json_put_object(j, NULL);
    json_put_number(j, "id", e->position);
    json_put_text(j, "account_sid", e->account_sid);
    json_put_text(j, "by_sid", e->by_sid);
    json_put_text(j, "device_sid", e->device_sid);
    json_put_bool(j, "again", e->again);
    json_put_text(j, "address", e->address);
    json_put_time_us(j, "timestamp", e->at_us);
    json_put_object(j, "links");
    (void)snprintf(url, sizeof(url), "%s/v1/Devices/%s", q->base_url, e->device_sid);
    json_put_text(j, "device", url);
    json_put_object_end(j);
    json_put_object_end(j);
}

static void list_write(const struct request *q, struct reply *r, const char *path,
                       const struct model_page *page, const struct store_enrolment *enrolments, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_enrolment *shown = enrolments + rows.first;
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "enrolments");
    for (uint32_t i = 0; i < rows.count; i++) {
        enrolment_json(&j, q, &shown[i]);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, path, "enrolments", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

/* by_sid "": by whomever. */
static void list_reply(struct worker *w, const struct request *q, struct reply *r, const char *path,
                       const char *by_sid)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_enrolment *enrolments = calloc(ask.limit, sizeof(*enrolments));
    int rc = enrolments == NULL
                 ? ST_NO_MEMORY
                 : store_enrolment_list(w->store, q->account_sid, by_sid, &ask, enrolments, &n);
    if (rc == ST_OK) {
        list_write(q, r, path, &page, enrolments, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(enrolments);
}

void enrolment_list(struct worker *w, struct request *q, struct reply *r)
{
    list_reply(w, q, r, "/v1/Enrolments", "");
}

void factory_token_enrolment_list(struct worker *w, struct request *q, struct reply *r)
{
    struct store_factory_token token;
    char path[80];
    int rc = store_factory_token_get(w->store, q->account_sid, q->path.segment[2], &token);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    (void)snprintf(path, sizeof(path), "/v1/FactoryTokens/%s/Enrolments", token.sid);
    list_reply(w, q, r, path, token.sid);
}
