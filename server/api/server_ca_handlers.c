/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server CA's roll-over (PROTOCOL.md section 13): each step is one that devices can follow, and none is taken before they have
 * followed the last one, unless it is forced.
 *
 *   add      the keeper makes the next CA if there is none, the account's devices are told of it by a key update
 *   switch   needs every device to have it: gateways show its certificate, new devices get it
 *   delete   needs every device to have connected by it: the old one leaves the keeper and the account's devices
 *
 * There is one server CA for all accounts, and a chain of key updates for each: add and delete are given once by each account.
 */
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/key_json.h"
#include "api/key_update.h"
#include "api/parameter.h"
#include "api/server_ca.h"
#include "api/service.h"
#include "base/log.h"
#include "base/status.h"
#include "proto/keys/keys.h"

static bool cas_read(struct worker *w, const struct request *q, struct reply *r, struct server_cas *cas)
{
    int rc = server_cas_read(w->service, cas);
    if (rc != ST_OK) {
        reply_error(q, r, 500, 20500, "The server CA cannot be read (%s); the server's log says why",
                    status_name(rc));
    }
    return rc == ST_OK;
}

/* ---- show ---------------------------------------------------------------------------------------- */

static void ca_put(struct json_out *j, const char *name, const struct server_ca *ca,
                   const struct store_server_ca_progress *progress)
{
    char id[KEY_ID_CHARS + 1];
    if (ca->der_len == 0) {
        json_put_null(j, name);
        return;
    }
    key_id_write(ca->id, id);
    json_put_object(j, name);
    json_put_text(j, "id", id);
    json_put_text(j, "certificate", ca->pem);
    json_put_number(j, "devices_having_it", progress->have);
    json_put_number(j, "devices_using_it", progress->use);
    json_put_object_end(j);
}

static void show(struct worker *w, struct request *q, struct reply *r, unsigned status)
{
    static const char *const states[] = { "single", "added", "switched" };
    struct store_server_ca_progress p[3] = { { 0 } };
    struct server_cas cas;
    char url[REQUEST_BASE_MAX + 32];
    if (!cas_read(w, q, r, &cas)) {
        return;
    }
    const struct server_ca *all[] = { &cas.present, &cas.next, &cas.old };
    for (size_t i = 0; i < 3; i++) {
        int rc = all[i]->der_len == 0 ? ST_OK : store_server_ca_progress(w->store, all[i]->id, &p[i]);
        if (rc != ST_OK) {
            reply_store_failed(q, r, rc);
            return;
        }
    }
    struct json_out j = reply_json(r, status);
    json_put_object(&j, NULL);
    json_put_text(&j, "state", states[cas.old.der_len != 0 ? 2 : cas.next.der_len != 0 ? 1 : 0]);
    json_put_number(&j, "devices", p[0].devices);
    ca_put(&j, "present", &cas.present, &p[0]);
    ca_put(&j, "next", &cas.next, &p[1]);
    ca_put(&j, "old", &cas.old, &p[2]);
    (void)snprintf(url, sizeof(url), "%s/v1/ServerCa", q->base_url);
    json_put_text(&j, "url", url);
    json_put_object_end(&j);
}

void server_ca_show(struct worker *w, struct request *q, struct reply *r)
{
    show(w, q, r, 200);
}

/* ---- steps --------------------------------------------------------------------------------------- */

static bool keeper_step(struct worker *w, const struct request *q, struct reply *r, uint16_t step,
                        struct keeper_server_ca_answer *out)
{
    int rc = keeper_client_server_ca(w->service->keeper, step, out);
    if (rc == ST_TIMEOUT || rc == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which has the server CA, does not answer; try again");
    } else if (rc == ST_INVALID) {
        reply_refused(
            q, r, 409, "own_certificate",
            "The gateway's certificate comes from the configuration ([gateway] certificate); its CA is "
            "not the server's to change");
    } else if (rc != ST_OK) {
        reply_error(q, r, 500, 20500, "The keeper could not do it (%s); the server's log says why",
                    status_name(rc));
    }
    return rc == ST_OK;
}

static bool ca_add(struct worker *w, const struct request *q, struct reply *r)
{
    struct keeper_server_ca_answer answer;
    struct key_update c = { 0 };
    if (!key_update_begin(w, q, r, &c) || !keeper_step(w, q, r, BUS_SERVER_CA_ADD, &answer)) {
        return false;
    }
    if (keys_has_server_ca(&c.before.ring, keys_server_ca_id(key_ring_sha256, answer.der, answer.der_len))) {
        reply_refused(
            q, r, 409, "already_added",
            "The account's devices have been told of the newest server CA already; GET /v1/ServerCa shows "
            "how many have it");
        return false;
    }
    c.body.has_add_server_ca = true;
    memcpy(c.body.add_server_ca.certificate.bytes, answer.der, answer.der_len);
    c.body.add_server_ca.certificate.size = (pb_size_t)answer.der_len;
    memcpy(c.body.add_server_ca.signature.bytes, answer.signature, P256_SIG_BYTES);
    c.body.add_server_ca.signature.size = P256_SIG_BYTES;
    return key_update_sign(w, q, r, &c) && key_update_add(w, q, r, &c);
}

/* Who would be shut out? */
static bool devices_check(struct worker *w, const struct request *q, struct reply *r, uint64_t server_ca,
                          bool is_used, bool force)
{
    struct store_server_ca_progress p;
    int rc = store_server_ca_progress(w->store, server_ca, &p);
    const uint32_t good = is_used ? p.use : p.have;
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else if (good < p.devices && !force) {
        reply_refused(
            q, r, 409, is_used ? "not_used_by_all" : "not_had_by_all",
            "%u of %u devices have not %s the new server CA yet%s. Wait for them, revoke those that are "
            "gone, or give Force=true",
            p.devices - good, p.devices, is_used ? "connected by" : "got",
            is_used ? ": they would be shut out for good" : "");
        return false;
    }
    return rc == ST_OK;
}

static bool ca_switch(struct worker *w, const struct request *q, struct reply *r, bool force)
{
    struct server_cas cas;
    if (!cas_read(w, q, r, &cas)) {
        return false;
    }
    if (cas.next.der_len == 0) {
        reply_refused(q, r, 409, "no_next", "There is no next server CA to switch to; add one first");
        return false;
    }
    return devices_check(w, q, r, cas.next.id, false, force) &&
           keeper_step(w, q, r, BUS_SERVER_CA_SWITCH, NULL);
}

/* First the devices, then the keeper: when only one of them was done, the same call does the other. */
static bool ca_delete(struct worker *w, const struct request *q, struct reply *r, bool force)
{
    struct key_update c = { 0 };
    struct server_cas cas;
    if (!cas_read(w, q, r, &cas) || !key_update_begin(w, q, r, &c)) {
        return false;
    }
    for (size_t i = 0; i < c.before.ring.server_cas_count && cas.next.der_len == 0; i++) {
        if (c.before.ring.server_cas[i] != cas.present.id) {
            c.body.delete_server_cas[c.body.delete_server_cas_count++] = c.before.ring.server_cas[i];
        }
    }
    if (cas.old.der_len == 0 && c.body.delete_server_cas_count == 0) {
        reply_refused(q, r, 409, "no_old", "There is no old server CA to delete; %s",
                      cas.next.der_len != 0 ? "switch to the next one first"
                                            : "devices have the present one only");
        return false;
    }
    if (!devices_check(w, q, r, cas.present.id, true, force)) {
        return false;
    }
    if (c.body.delete_server_cas_count != 0 &&
        (!key_update_sign(w, q, r, &c) || !key_update_add(w, q, r, &c))) {
        return false;
    }
    return cas.old.der_len == 0 || keeper_step(w, q, r, BUS_SERVER_CA_DELETE, NULL);
}

void server_ca_step(struct worker *w, struct request *q, struct reply *r)
{
    const char *step = form_field_value(&q->form, "Step");
    bool given, force, done;
    if (!parameter_bool(q, r, "Force", &given, &force)) {
        return;
    }
    if (step != NULL && strcmp(step, "add") == 0) {
        done = ca_add(w, q, r);
    } else if (step != NULL && strcmp(step, "switch") == 0) {
        done = ca_switch(w, q, r, force);
    } else if (step != NULL && strcmp(step, "delete") == 0) {
        done = ca_delete(w, q, r, force);
    } else {
        reply_bad_parameter(q, r, "Step", step != NULL ? step : "", "add, switch or delete");
        return;
    }
    if (done) {
        log_info("server_ca_step", "account", q->account_sid, "step", step, "forced", force ? "yes" : "no");
        show(w, q, r, 200);
    }
}
