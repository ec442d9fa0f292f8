/* SPDX-License-Identifier: Apache-2.0 */
/* Microvisors: list, show, update, delete. Uploading is in microvisor_create.c. */
#include <stdlib.h>

#include "api/handlers.h"
#include "api/microvisor_json.h"
#include "api/paging.h"
#include "api/parameter.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"

static void list_write(struct request *q, struct reply *r, const struct model_page *page,
                       const struct store_microvisor *all, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_microvisor *shown = all + rows.first;
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "microvisors");
    for (uint32_t i = 0; i < rows.count; i++) {
        microvisor_json(&j, q, &shown[i]);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/Microvisors", "microvisors", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

void microvisor_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_microvisor *all = calloc(ask.limit, sizeof(*all));
    int rc = all == NULL ? ST_NO_MEMORY : store_microvisor_list(w->store, q->account_sid, &ask, all, &n);
    if (rc == ST_OK) {
        list_write(q, r, &page, all, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(all);
}

/* The microvisor that the path names; false when the reply says that there is none. */
static bool microvisor_of_path(struct worker *w, struct request *q, struct reply *r,
                               struct store_microvisor *m)
{
    int rc = store_microvisor_get(w->store, q->account_sid, q->path.segment[2], m);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

static void microvisor_reply(struct request *q, struct reply *r, const struct store_microvisor *m)
{
    struct json_out j = reply_json(r, 200);
    microvisor_json(&j, q, m);
}

void microvisor_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_microvisor m;
    if (microvisor_of_path(w, q, r, &m)) {
        microvisor_reply(q, r, &m);
    }
}

/* A default that some devices would refuse is a mistake: it could only go down. */
static bool default_check(struct worker *w, struct request *q, struct reply *r,
                          const struct store_microvisor *m)
{
    char example[SID_BYTES];
    uint32_t devices = 0;
    int rc = store_ratchet_above(w->store, q->account_sid, m->board, m->ratchet, &devices, example);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else if (devices > 0) {
        reply_refused(
            q, r, 409, "ratchet",
            "Microvisor %s has security ratchet %u, but %u device%s of board %s without a target of "
            "%s own run%s nothing below a higher one any more, e.g. %s; choose one with a higher ratchet",
            m->sid, m->ratchet, devices, devices == 1 ? "" : "s", m->board, devices == 1 ? "its" : "their",
            devices == 1 ? "s" : "", example);
    }
    return rc == ST_OK && devices == 0;
}

void microvisor_update(struct worker *w, struct request *q, struct reply *r)
{
    struct store_microvisor m, out;
    struct store_microvisor_change change = { .unique_name = NULL };
    if (!microvisor_of_path(w, q, r, &m) || !parameter_unique_name(q, r, "KM", &change.unique_name) ||
        !parameter_bool(q, r, "Default", &change.set_default, &change.is_default) ||
        (change.is_default && !default_check(w, q, r, &m))) {
        return;
    }
    if (q->form.count == 0) { /* changes nothing */
        microvisor_reply(q, r, &m);
        return;
    }
    int rc = store_microvisor_update(w->store, q->account_sid, m.sid, &change, &out);
    if (rc == ST_EXISTS) {
        reply_error(q, r, 409, 20409, "UniqueName \"%s\" is taken by another microvisor; choose another name",
                    change.unique_name);
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else {
        log_info("microvisor_updated", "microvisor", m.sid, "account", q->account_sid, "name",
                 change.unique_name, "default",
                 change.set_default ? (change.is_default ? "yes" : "no") : NULL);
        microvisor_reply(q, r, &out);
    }
}

void microvisor_delete(struct worker *w, struct request *q, struct reply *r)
{
    struct store_microvisor m;
    uint32_t devices = 0;
    if (!microvisor_of_path(w, q, r, &m)) {
        return;
    }
    int rc = store_microvisor_delete(w->store, q->account_sid, m.sid, &devices);
    if (rc == ST_IN_USE && devices == 0) {
        reply_error(q, r, 409, 20409,
                    "Microvisor %s is the default for board %s; set Default=true for another one, or "
                    "Default=false for this one, first",
                    m.sid, m.board);
    } else if (rc == ST_IN_USE) {
        reply_error(q, r, 409, 20409,
                    "Microvisor %s is the target of %u device%s; give %s another TargetMicrovisor first (GET "
                    "/v1/Devices shows microvisor.target_sid)",
                    m.sid, devices, devices == 1 ? "" : "s", devices == 1 ? "it" : "them");
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else {
        log_info("microvisor_deleted", "microvisor", m.sid, "account", q->account_sid);
        reply_empty(r, 204);
    }
}
