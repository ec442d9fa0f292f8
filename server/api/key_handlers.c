/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates and the key ring: list, show. Adding is in key_update_create.c. */
#include <stdio.h>
#include <stdlib.h>

#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/key_json.h"
#include "api/key_ring.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/status.h"
#include "model/number.h"

static void list_write(struct request *q, struct reply *r, const struct model_page *page,
                       const struct store_key_update *updates, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_key_update *shown = updates + rows.first;
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "key_updates");
    for (uint32_t i = 0; i < rows.count; i++) {
        key_update_json(&j, q, &shown[i]);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/KeyUpdates", "key_updates", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

void key_update_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_key_update *updates = calloc(ask.limit, sizeof(*updates));
    int rc = updates == NULL ? ST_NO_MEMORY : store_keys_list(w->store, q->account_sid, &ask, updates, &n);
    if (rc == ST_OK) {
        list_write(q, r, &page, updates, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(updates);
}

void key_update_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_key_update update;
    uint64_t sequence = 0;
    if (model_number_parse(q->path.segment[2], UINT32_MAX, &sequence) != ST_OK || sequence == 0) {
        reply_not_found(q, r);
        return;
    }
    int rc = store_keys_get(w->store, q->account_sid, (uint32_t)sequence, &update);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    struct json_out j = reply_json(r, 200);
    key_update_json(&j, q, &update);
}

static void progress_put(struct json_out *j, const struct store_keys_progress *p)
{
    json_put_object(j, "devices");
    json_put_number(j, "total", p->devices);
    json_put_number(j, "current", p->current);
    json_put_number(j, "refused", p->refused);
    json_put_object_end(j);
}

static void ring_write(struct request *q, struct reply *r, const otr_KeyRing *ring, uint64_t managed,
                       const struct store_keys_progress *progress)
{
    char url[REQUEST_BASE_MAX + 64];
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_text(&j, "account_sid", q->account_sid);
    json_put_number(&j, "sequence", ring->sequence);
    key_signers_json(&j, ring, managed);
    key_ids_json(&j, "server_cas", ring->server_cas, ring->server_cas_count);
    key_ids_json(&j, "layer_decrypters", ring->layer_decrypters, ring->layer_decrypters_count);
    progress_put(&j, progress);
    (void)snprintf(url, sizeof(url), "%s/v1/KeyRing", q->base_url);
    json_put_text(&j, "url", url);
    json_put_object(&j, "links");
    (void)snprintf(url, sizeof(url), "%s/v1/KeyUpdates", q->base_url);
    json_put_text(&j, "key_updates", url);
    json_put_object_end(&j);
    json_put_object_end(&j);
}

void key_ring_show(struct worker *w, struct request *q, struct reply *r)
{
    unsigned char point[P256_POINT_BYTES];
    struct store_keys_progress progress;
    struct key_ring ring;
    uint64_t managed = 0;
    int rc = keeper_client_signer(w->service->keeper, KEEPER_TIMEOUT_MS, &managed, point);
    rc = rc == ST_OK ? key_ring_get(w, q->account_sid, &ring) : rc;
    if (rc == ST_TIMEOUT || rc == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which knows the managed signer, does not answer; try again");
        return;
    }
    rc = rc == ST_OK ? store_keys_progress(w->store, q->account_sid, ring.ring.sequence, &progress) : rc;
    if (rc == ST_OK) {
        ring_write(q, r, &ring.ring, managed, &progress);
    } else {
        reply_error(q, r, 500, 20500, "The key ring cannot be read (%s); the server's log says why",
                    status_name(rc));
    }
}
