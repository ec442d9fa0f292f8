/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding a key update to the account's chain: signed offline (Message), or put together here and signed by the keeper's managed key.
 *
 *   message -> signed by an accepted signer -> what devices would make of it -> one transaction -> gateways told
 *
 * Whatever a device would refuse is refused here, with words: a message that is stored can never be taken back.
 */
#include <stdio.h>
#include <string.h>

#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/key_json.h"
#include "api/key_ring.h"
#include "api/key_update.h"
#include "api/key_use.h"
#include "api/parameter.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "model/number.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

bool key_update_begin(struct worker *w, const struct request *q, struct reply *r, struct key_update *c)
{
    int rc = key_ring_get(w, q->account_sid, &c->before);
    if (rc == ST_TIMEOUT || rc == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which knows the managed signer, does not answer; try again");
    } else if (rc != ST_OK) {
        reply_error(q, r, 500, 20500, "The key ring cannot be read (%s); the server's log says why",
                    status_name(rc));
    }
    return rc == ST_OK;
}

/* Somebody who has looked before says what comes next, so that two do not add the same. */
static bool sequence_check(const struct request *q, struct reply *r, const struct key_update *c)
{
    const char *text = form_field_value(&q->form, "Sequence");
    const uint32_t next = c->before.ring.sequence + 1;
    uint64_t sequence = 0;
    if (text == NULL) {
        return true;
    }
    if (model_number_parse(text, UINT32_MAX, &sequence) != ST_OK) {
        reply_bad_parameter(q, r, "Sequence", text,
                            "the number of the update, one more than GET /v1/KeyRing shows");
    } else if (sequence != next) {
        reply_error(q, r, 409, 20409, "The next key update has sequence %u, not %s; look at GET /v1/KeyRing",
                    next, text);
    } else {
        return true;
    }
    return false;
}

/* ---- signed offline ------------------------------------------------------------------------------ */

static bool message_read(const struct request *q, struct reply *r, const char *text, struct key_update *c)
{
    struct store_key_update *u = &c->row;
    if (crypto_base64_decode(text, strlen(text), u->message, sizeof(u->message), &u->message_len) != ST_OK ||
        codec_manifest_decode(u->message, u->message_len, &c->opaque) != CODEC_OK ||
        c->opaque.body.size > NEW_KEYS_BODY_MAX_BYTES ||
        codec_new_keys_decode(c->opaque.body.bytes, c->opaque.body.size, &c->body) != CODEC_OK) {
        reply_bad_parameter(
            q, r, "Message", text,
            "base64 of a NewKeys message of at most 1040 bytes with a sequence and an account");
        return false;
    }
    return true;
}

/* ---- put together here --------------------------------------------------------------------------- */

static bool added_read(const struct request *q, struct reply *r, struct key_update *c)
{
    const char *text = form_field_value(&q->form, "AddSigner");
    unsigned char *point = c->body.add_manifest_signers[0].bytes;
    size_t len = 0;
    if (text == NULL) {
        return true;
    }
    if (crypto_base64_decode(text, strlen(text), point, P256_POINT_BYTES, &len) != ST_OK ||
        !crypto_point_is_valid(point, len)) {
        reply_bad_parameter(q, r, "AddSigner", text, "base64 of a 65-byte uncompressed P-256 point");
        return false;
    }
    c->body.add_manifest_signers[0].size = P256_POINT_BYTES;
    c->body.add_manifest_signers_count = 1;
    return true;
}

static bool deleted_read(const struct request *q, struct reply *r, struct key_update *c)
{
    const char *text = form_field_value(&q->form, "DeleteSigner");
    if (text == NULL) {
        return true;
    }
    if (!key_id_read(text, &c->body.delete_manifest_signers[0])) {
        reply_bad_parameter(q, r, "DeleteSigner", text, "the id of a signer, 16 hex digits");
        return false;
    }
    if (keys_signer(key_ring_sha256, &c->before.ring, c->body.delete_manifest_signers[0]) == NULL) {
        reply_bad_parameter(q, r, "DeleteSigner", text,
                            "the id of an accepted signer; GET /v1/KeyRing shows them");
        return false;
    }
    c->body.delete_manifest_signers_count = 1;
    return true;
}

static bool body_make(const struct request *q, struct reply *r, struct key_update *c)
{
    if (!added_read(q, r, c) || !deleted_read(q, r, c)) {
        return false;
    }
    if (c->body.add_manifest_signers_count + c->body.delete_manifest_signers_count == 0) {
        reply_error(q, r, 400, 20001,
                    "Nothing is to be changed; give Message, or AddSigner, DeleteSigner or both");
        return false;
    }
    return true;
}

bool key_update_sign(struct worker *w, const struct request *q, struct reply *r, struct key_update *c)
{
    c->body.sequence = c->before.ring.sequence + 1;
    (void)snprintf(c->body.account_sid, sizeof(c->body.account_sid), "%s", q->account_sid);
    int len = codec_new_keys_encode(&c->body, c->opaque.body.bytes, NEW_KEYS_BODY_MAX_BYTES);
    c->opaque.body.size =
        (pb_size_t)(len > 0 ? len : 0); /* one signer in, one out, or one server CA: it fits */
    int rc = keeper_client_sign(w->service->keeper, BUS_SIGN_NEW_KEYS, c->opaque.body.bytes,
                                c->opaque.body.size, &c->opaque.signer_id, c->opaque.signature.bytes);
    if (rc == ST_TIMEOUT || rc == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which signs key updates, does not answer; try again");
        return false;
    }
    if (rc != ST_OK) {
        reply_error(q, r, 500, 20500, "The key update could not be signed (%s); the server's log says why",
                    status_name(rc));
        return false;
    }
    c->opaque.signature.size = P256_SIG_BYTES;
    len = codec_manifest_encode(&c->opaque, c->row.message, sizeof(c->row.message));
    c->row.message_len = (size_t)(len > 0 ? len : 0);
    return true;
}

/* ---- whatever it came from ----------------------------------------------------------------------- */

static bool signature_check(const struct request *q, struct reply *r, const struct key_update *c)
{
    const uint8_t *point = keys_signer(key_ring_sha256, &c->before.ring, c->opaque.signer_id);
    char id[KEY_ID_CHARS + 1];
    key_id_write(c->opaque.signer_id, id);
    if (point == NULL) {
        reply_error(q, r, 400, 20001,
                    "The key update is signed by %s, which the account's devices do not accept; GET "
                    "/v1/KeyRing shows "
                    "the signers, and a message signed by one of them can be given as Message",
                    id);
        return false;
    }
    if (c->opaque.signature.size != P256_SIG_BYTES ||
        !crypto_p256_verify(point, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES, c->opaque.body.bytes,
                            c->opaque.body.size, c->opaque.signature.bytes)) {
        reply_error(q, r, 400, 20001, "The key update's signature is not one of signer %s over this message",
                    id);
        return false;
    }
    return true;
}

/* A point that is not on the curve would make devices hold a key that nothing can be signed with. */
static bool points_check(const struct request *q, struct reply *r, const bundle_NewKeysBody *body)
{
    for (size_t i = 0; i < body->add_manifest_signers_count; i++) {
        if (!crypto_point_is_valid(body->add_manifest_signers[i].bytes, body->add_manifest_signers[i].size)) {
            reply_error(q, r, 400, 20001,
                        "The key update is refused: a signer to be added is no point on P-256");
            return false;
        }
    }
    return true;
}

static bool effect_check(const struct request *q, struct reply *r, struct key_update *c)
{
    c->after = c->before.ring;
    enum keys_fault fault = keys_apply(key_ring_sha256, &c->body, NULL, &c->after);
    if (fault == KEYS_SEQUENCE) {
        reply_error(
            q, r, 409, 20409,
            "The key update has sequence %u, but the account's next one is %u; it must be signed anew",
            c->body.sequence, c->before.ring.sequence + 1);
    } else if (fault != KEYS_OK) {
        reply_error(q, r, 400, 20001, "The key update is refused: %s", keys_fault_text(fault));
    }
    return fault == KEYS_OK;
}

/* A withdrawn signer makes what it signed undeliverable: whoever does that to devices that are to run it shall know. */
static bool use_check(struct worker *w, const struct request *q, struct reply *r, const struct key_update *c)
{
    struct key_use use;
    char id[KEY_ID_CHARS + 1];
    bool given, force;
    if (!parameter_bool(q, r, "Force", &given, &force)) {
        return false;
    }
    int rc = force ? ST_NOT_FOUND : key_use_find(w, q->account_sid, &c->before.ring, &c->after, &use);
    if (rc == ST_OK) {
        key_id_write(use.signer_id, id);
        reply_refused(q, r, 409, "signer_in_use",
                      "%u devices are to run app %s, which signer %s has signed: those that do not have it "
                      "yet would refuse it. Target another app first, or give Force=true",
                      use.devices, use.app_sid, id);
    } else if (rc != ST_NOT_FOUND) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_NOT_FOUND;
}

static bool rings_encode(struct key_update *c, struct store_key_update *base)
{
    int before = codec_key_ring_encode(&c->before.ring, base->ring, sizeof(base->ring));
    int after = codec_key_ring_encode(&c->after, c->row.ring, sizeof(c->row.ring));
    base->created_us = c->row.created_us = clock_wall_us();
    base->ring_len = (size_t)(before > 0 ? before : 0);
    c->row.ring_len = (size_t)(after > 0 ? after : 0);
    c->row.sequence = c->body.sequence;
    return before > 0 && after > 0;
}

static bool update_store(struct worker *w, const struct request *q, struct reply *r, struct key_update *c)
{
    struct store_key_update base = { .sequence = c->before.ring.sequence };
    char id[KEY_ID_CHARS + 1], sequence[24];
    int rc = rings_encode(c, &base)
                 ? store_keys_add(w->store, q->account_sid, c->before.stored ? NULL : &base, &c->row)
                 : ST_INVALID;
    if (rc == ST_EXISTS) {
        reply_error(q, r, 409, 20409,
                    "Another key update with sequence %u has just been added; look and try again",
                    c->body.sequence);
        return false;
    }
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return false;
    }
    service_tell_account(w->service, q->account_sid);
    key_id_write(c->opaque.signer_id, id);
    log_info("key_update_added", "account", q->account_sid, "sequence", log_u64(sequence, c->body.sequence),
             "signer", id);
    return true;
}

bool key_update_add(struct worker *w, const struct request *q, struct reply *r, struct key_update *c)
{
    return signature_check(q, r, c) && points_check(q, r, &c->body) && effect_check(q, r, c) &&
           use_check(w, q, r, c) && update_store(w, q, r, c);
}

void key_update_create(struct worker *w, struct request *q, struct reply *r)
{
    struct key_update c = { 0 };
    const char *message = form_field_value(&q->form, "Message");
    if (message != NULL &&
        (form_field_value(&q->form, "AddSigner") || form_field_value(&q->form, "DeleteSigner"))) {
        reply_error(q, r, 400, 20001, "Message says all; AddSigner and DeleteSigner cannot be given with it");
        return;
    }
    if (!key_update_begin(w, q, r, &c) || !sequence_check(q, r, &c)) {
        return;
    }
    if (message != NULL ? !message_read(q, r, message, &c)
                        : !body_make(q, r, &c) || !key_update_sign(w, q, r, &c)) {
        return;
    }
    if (key_update_add(w, q, r, &c)) {
        struct json_out j = reply_json(r, 201);
        key_update_json(&j, q, &c.row);
    }
}
