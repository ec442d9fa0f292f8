/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Factory tokens: what a factory that is not trusted with more is given to enrol devices with. Made, listed, revoked; the secret is shown
 * once, in the answer that made it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api/handlers.h"
#include "api/paging.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "model/name.h"
#include "model/number.h"
#include "store/store_factory.h"

#define SECRET_BYTES 32u
#define SECRET_CHARS (2 * SECRET_BYTES)

static const char *state_name(const struct store_factory_token *token, int64_t now_us)
{
    if (token->revoked_us != 0) {
        return "revoked";
    }
    if (token->expires_us <= now_us) {
        return "expired";
    }
    return token->devices >= token->devices_max ? "used-up" : "active";
}

/* secret: NULL but in the answer to its making. */
static void token_json(struct json_out *j, const struct request *q, const struct store_factory_token *token,
                       const char *secret)
{
    char url[REQUEST_BASE_MAX + 80];
    json_put_object(j, NULL);
    json_put_text(j, "sid", token->sid);
    json_put_text(j, "account_sid", token->account_sid);
    json_put_text(j, "name", token->name);
    if (secret != NULL) {
        json_put_text(j, "secret", secret);
    }
    json_put_text(j, "state", state_name(token, clock_wall_us()));
    json_put_number(j, "max_devices", token->devices_max);
    json_put_number(j, "enrolled_devices", token->devices);
    json_put_number(j, "rate_per_hour", token->rate_per_hour);
    json_put_time(j, "date_created", token->created_us);
    json_put_time(j, "date_expires", token->expires_us);
    json_put_time(j, "date_revoked", token->revoked_us);
    (void)snprintf(url, sizeof(url), "%s/v1/FactoryTokens/%s", q->base_url, token->sid);
    json_put_text(j, "url", url);
    json_put_object(j, "links");
    (void)snprintf(url, sizeof(url), "%s/v1/FactoryTokens/%s/Enrolments", q->base_url, token->sid);
    json_put_text(j, "enrolments", url);
    json_put_object_end(j);
    json_put_object_end(j);
}

/* A whole number between bounds; otherwise when it is not given, and it must be given when otherwise is 0. */
static bool number_read(const struct request *q, struct reply *r, const char *name, uint32_t least,
                        uint32_t most, uint32_t otherwise, uint32_t *out)
{
    const char *text = form_field_value(&q->form, name);
    uint64_t value = otherwise;
    char right[80];
    if (text == NULL && otherwise == 0) {
        reply_error(q, r, 400, 20001, "Parameter %s is missing; it is a whole number from %u to %u", name,
                    least, most);
        return false;
    }
    if (text != NULL && (model_number_parse(text, most, &value) != ST_OK || value < least)) {
        (void)snprintf(right, sizeof(right), "a whole number from %u to %u", least, most);
        reply_bad_parameter(q, r, name, text, right);
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool form_read(const struct request *q, struct reply *r, struct store_factory_token *token)
{
    const char *name = form_field_value(&q->form, "Name"), *why;
    uint32_t ttl_s;
    if (name == NULL) {
        reply_error(q, r, 400, 20001,
                    "Parameter Name is missing; it says which factory or batch the token is for");
        return false;
    }
    if (model_name_check(name, "FT", &why) != ST_OK) {
        reply_bad_parameter(q, r, "Name", name, why);
        return false;
    }
    if (!number_read(q, r, "MaxDevices", 1, ENROL_DEVICES_MAX, 0, &token->devices_max) ||
        !number_read(q, r, "RatePerHour", 1, ENROL_RATE_MAX, ENROL_RATE_DEFAULT, &token->rate_per_hour) ||
        !number_read(q, r, "Ttl", ENROL_TTL_MIN_S, ENROL_TTL_MAX_S, ENROL_TTL_DEFAULT_S, &ttl_s)) {
        return false;
    }
    (void)snprintf(token->name, sizeof(token->name), "%s", name);
    token->created_us = clock_wall_us();
    token->expires_us = token->created_us + (int64_t)ttl_s * 1000000;
    return true;
}

static bool secret_make(const struct request *q, struct reply *r, struct store_factory_token *token,
                        char secret[SECRET_CHARS + 1])
{
    unsigned char random[SECRET_BYTES];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        reply_error(q, r, 500, 20500, "The server has no random numbers");
        return false;
    }
    hex_encode(random, sizeof(random), secret);
    explicit_bzero(random, sizeof(random));
    crypto_sha256(secret, SECRET_CHARS, token->secret_sha256);
    return true;
}

void factory_token_create(struct worker *w, struct request *q, struct reply *r)
{
    struct store_factory_token token = { 0 };
    char secret[SECRET_CHARS + 1];
    if (!form_read(q, r, &token) || !secret_make(q, r, &token, secret)) {
        return;
    }
    sid_random("FT", token.sid);
    memcpy(token.account_sid, q->account_sid, SID_BYTES);
    int rc = store_factory_token_create(w->store, &token);
    if (rc == ST_OK) {
        log_info("factory_token_created", "token", token.sid, "account", token.account_sid, "by", q->by_sid,
                 "name", token.name);
        struct json_out j = reply_json(r, 201);
        token_json(&j, q, &token, secret);
    } else {
        reply_store_failed(q, r, rc);
    }
    explicit_bzero(secret, sizeof(secret));
}

/* The token that the path names; false when the reply says that there is none. */
static bool token_of_path(struct worker *w, struct request *q, struct reply *r,
                          struct store_factory_token *token)
{
    int rc = store_factory_token_get(w->store, q->account_sid, q->path.segment[2], token);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

void factory_token_get(struct worker *w, struct request *q, struct reply *r)
{
    struct store_factory_token token;
    if (token_of_path(w, q, r, &token)) {
        struct json_out j = reply_json(r, 200);
        token_json(&j, q, &token, NULL);
    }
}

void factory_token_update(struct worker *w, struct request *q, struct reply *r)
{
    const char *text = form_field_value(&q->form, "Revoked");
    struct store_factory_token token;
    bool revoked = false;
    if (text != NULL && (model_bool_parse(text, &revoked) != ST_OK || !revoked)) {
        reply_bad_parameter(q, r, "Revoked", text, "true: a token that was revoked stays so, make a new one");
        return;
    }
    if (!token_of_path(w, q, r, &token)) {
        return;
    }
    int rc = revoked
                 ? store_factory_token_revoke(w->store, q->account_sid, token.sid, clock_wall_us(), &token)
                 : ST_OK;
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
        return;
    }
    if (revoked) {
        log_info("factory_token_revoked", "token", token.sid, "account", token.account_sid, "by", q->by_sid);
    }
    struct json_out j = reply_json(r, 200);
    token_json(&j, q, &token, NULL);
}

static void list_write(struct request *q, struct reply *r, const struct model_page *page,
                       const struct store_factory_token *tokens, uint32_t read)
{
    const struct paging_rows rows = paging_rows(page, read);
    const struct store_factory_token *shown = tokens + rows.first;
    struct json_out j = reply_json(r, 200);
    json_put_object(&j, NULL);
    json_put_array(&j, "factory_tokens");
    for (uint32_t i = 0; i < rows.count; i++) {
        token_json(&j, q, &shown[i], NULL);
    }
    json_put_array_end(&j);
    paging_meta(&j, q, "/v1/FactoryTokens", "factory_tokens", page, &rows, rows.count ? shown[0].position : 0,
                rows.count ? shown[rows.count - 1].position : 0, "");
    json_put_object_end(&j);
}

void factory_token_list(struct worker *w, struct request *q, struct reply *r)
{
    struct model_page page;
    uint32_t n = 0;
    if (!paging_read(q, r, &page)) {
        return;
    }
    const struct store_page ask = paging_ask(&page);
    struct store_factory_token *tokens = calloc(ask.limit, sizeof(*tokens));
    int rc =
        tokens == NULL ? ST_NO_MEMORY : store_factory_token_list(w->store, q->account_sid, &ask, tokens, &n);
    if (rc == ST_OK) {
        list_write(q, r, &page, tokens, n);
    } else {
        reply_store_failed(q, r, rc);
    }
    free(tokens);
}
