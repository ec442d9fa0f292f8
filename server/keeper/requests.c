/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request table. A new request is a row and a function.
 *
 * Invariants: R1 bounds and permission are checked from the table before a handler runs; R2 each reply begins
 * with an i32 status, followed by the answer or by words; R3 handlers keep no state: every request may be
 * repeated.
 */
#include "keeper/requests.h"

#include <string.h>

#include "base/sid.h"
#include "base/status.h"
#include "keeper/cert.h"
#include "keeper/key.h"
#include "keeper/pki.h"
#include "keeper/server_ca.h"
#include "proto/limits.h"

/* A P-256 request has about 250 bytes; attributes that some tools add fit. */
#define CSR_MAX_BYTES 2048u

#define DEVICE_CERT_DAYS (20 * 365)

static void reply_add(struct keeper_reply *reply, const void *data, size_t len)
{
    memcpy(reply->body + reply->len, data, len);
    reply->len += len;
}

static void reply_begin(struct keeper_reply *reply, int32_t status)
{
    reply->len = 0;
    reply_add(reply, &status, sizeof status);
}

static int reply_error(struct keeper_reply *reply, int status, const char *words)
{
    reply_begin(reply, status);
    reply_add(reply, words, strlen(words));
    return status;
}

/* The prefix keeps a signature over one kind of body from being one over another kind. */
static int sign_behind(const struct keeper_pki *pki, const char *prefix, size_t prefix_len,
                       const struct bus_message *request, struct keeper_reply *reply)
{
    const uint64_t signer_id = keeper_key_signer_id(pki->app_signer);
    unsigned char signature[P256_SIG_BYTES];
    const int st =
        keeper_key_sign(pki->app_signer, prefix, prefix_len, request->body, request->len, signature);

    if (st != ST_OK)
        return reply_error(reply, st, "signing failed");
    reply_begin(reply, ST_OK);
    reply_add(reply, &signer_id, sizeof signer_id);
    reply_add(reply, signature, sizeof signature);
    return ST_OK;
}

static int answer_sign_manifest(const struct keeper_pki *pki, const struct bus_message *request,
                                struct keeper_reply *reply)
{
    return sign_behind(pki, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, request, reply);
}

static int answer_sign_new_keys(const struct keeper_pki *pki, const struct bus_message *request,
                                struct keeper_reply *reply)
{
    return sign_behind(pki, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES, request, reply);
}

static int answer_issue_device_cert(const struct keeper_pki *pki, const struct bus_message *request,
                                    struct keeper_reply *reply)
{
    const char *words = "issuing failed";
    struct keeper_cert *cert = NULL;
    char sid[SID_BYTES];
    size_t der_len;
    int st = keeper_cert_device(request->body, request->len, DEVICE_CERT_DAYS, pki->fleet_ca,
                                pki->fleet_ca_key, sid, &cert, &words);

    if (st != ST_OK)
        return reply_error(reply, st, words != NULL ? words : "issuing failed");
    reply_begin(reply, ST_OK);
    reply_add(reply, sid, SID_CHARS);
    st = keeper_cert_der(cert, reply->body + reply->len, sizeof reply->body - reply->len, &der_len);
    keeper_cert_free(cert);
    if (st != ST_OK)
        return reply_error(reply, st, "the certificate does not fit into a reply");
    reply->len += der_len;
    return ST_OK;
}

static int answer_app_signer(const struct keeper_pki *pki, const struct bus_message *request,
                             struct keeper_reply *reply)
{
    const uint64_t signer_id = keeper_key_signer_id(pki->app_signer);
    unsigned char point[P256_POINT_BYTES];

    (void)request; /* empty, as the table says */
    keeper_key_point(pki->app_signer, point);
    reply_begin(reply, ST_OK);
    reply_add(reply, &signer_id, sizeof signer_id);
    reply_add(reply, point, sizeof point);
    return ST_OK;
}

/* The gateway's certificates follow at once; its processes are told by whoever sends the reply. */
static int server_ca_follow(const struct keeper_pki *pki, int status, struct keeper_reply *reply)
{
    bool renewed = false;

    if (status == ST_OK)
        status = keeper_pki_renew_gateway(pki->conf, &renewed);
    if (status != ST_OK)
        return reply_error(reply, status,
                           status == ST_NOT_FOUND ? "there is no such server CA"
                           : status == ST_INVALID
                               ? "the gateway's certificate comes from the configuration"
                               : "a file could not be written; the server's log says which");
    reply_begin(reply, ST_OK);
    reply->reload = true;
    return ST_OK;
}

static int answer_server_ca_add(const struct keeper_pki *pki, const struct bus_message *request,
                                struct keeper_reply *reply)
{
    struct keeper_server_ca ca;
    int st = keeper_server_ca_add(pki->conf, &ca);

    (void)request; /* empty, as the table says */
    st = server_ca_follow(pki, st, reply);
    if (st == ST_OK) {
        reply_add(reply, ca.signature, sizeof ca.signature);
        reply_add(reply, ca.der, ca.der_len);
    }
    return st;
}

static int answer_server_ca_switch(const struct keeper_pki *pki, const struct bus_message *request,
                                   struct keeper_reply *reply)
{
    (void)request;
    return server_ca_follow(pki, keeper_server_ca_switch(pki->conf), reply);
}

static int answer_server_ca_delete(const struct keeper_pki *pki, const struct bus_message *request,
                                   struct keeper_reply *reply)
{
    (void)request;
    return server_ca_follow(pki, keeper_server_ca_delete(pki->conf), reply);
}

static const struct request_row {
    uint16_t type;
    const char *name;
    unsigned peers; /* enum keeper_peer, or-ed */
    uint32_t min_bytes, max_bytes;
    int (*answer)(const struct keeper_pki *pki, const struct bus_message *request,
                  struct keeper_reply *reply);
} rows[] = {
    { BUS_SIGN_MANIFEST, "sign_manifest", KEEPER_PEER_API, 1, MANIFEST_BODY_MAX_BYTES, answer_sign_manifest },
    { BUS_SIGN_NEW_KEYS, "sign_new_keys", KEEPER_PEER_API, 1, NEW_KEYS_BODY_MAX_BYTES, answer_sign_new_keys },
    { BUS_ISSUE_DEVICE_CERT, "issue_device_cert", KEEPER_PEER_API, 1, CSR_MAX_BYTES,
      answer_issue_device_cert },
    { BUS_SERVER_CA_ADD, "server_ca_add", KEEPER_PEER_API, 0, 0, answer_server_ca_add },
    { BUS_SERVER_CA_SWITCH, "server_ca_switch", KEEPER_PEER_API, 0, 0, answer_server_ca_switch },
    { BUS_SERVER_CA_DELETE, "server_ca_delete", KEEPER_PEER_API, 0, 0, answer_server_ca_delete },
    { BUS_APP_SIGNER, "app_signer", KEEPER_PEER_API | KEEPER_PEER_GATEWAY, 0, 0, answer_app_signer },
};

static const struct request_row *row_find(unsigned type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

const char *keeper_request_name(unsigned type)
{
    const struct request_row *row = row_find(type);

    return row != NULL ? row->name : "unknown";
}

int keeper_request_answer(const struct keeper_pki *pki, enum keeper_peer peer,
                          const struct bus_message *request, struct keeper_reply *reply)
{
    const struct request_row *row = row_find(request->type);

    reply->reload = false;
    if (row == NULL)
        return reply_error(reply, ST_INVALID, "unknown request");
    if ((row->peers & peer) == 0)
        return reply_error(reply, ST_DENIED, "this role may not ask for that");
    if (request->len < row->min_bytes || request->len > row->max_bytes)
        return reply_error(reply, ST_INVALID, "the length of the request is out of bounds");
    return row->answer(pki, request, reply);
}
