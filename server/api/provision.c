/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning: a device's certificate request becomes a device of the account and a certificate for it.
 *
 * The keeper checks the request and derives the SID from its key, so the same device always gets the same SID, and asking again is
 * harmless: it answers 200, a fresh certificate and a new claim code. Who may enrol what is model/enrol.h's to say; each enrolment leaves
 * a record. The claim code is shown in this answer and nowhere else.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "api/device_json.h"
#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/service.h"
#include "api/key_ring.h"
#include "api/server_ca.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/paths.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "model/claim.h"
#include "model/enrol.h"
#include "model/name.h"
#include "store/store_factory.h"
#include "proto/keys/keys.h"

/* A P-256 request with a common name has about 230 bytes. */
#define CSR_MAX_BYTES 2048u

/* PEM of KEEPER_CERTIFICATE_MAX bytes, and of the server CA's file. */
#define PEM_MAX_BYTES 4096u

struct provision {
    unsigned char csr[CSR_MAX_BYTES];
    size_t csr_len;
    const char *unique_name; /* NULL: none was given */
    struct keeper_certificate certificate;
    struct key_ring ring;
    char certificate_pem[PEM_MAX_BYTES], server_ca_pem[PEM_MAX_BYTES];
    char claim_code[CLAIM_TEXT_BYTES];
};

static bool form_read(const struct request *q, struct reply *r, struct provision *p)
{
    const char *csr = form_field_value(&q->form, "Csr");
    const char *why;
    p->unique_name = form_field_value(&q->form, "UniqueName");
    if (p->unique_name != NULL && p->unique_name[0] == '\0') {
        p->unique_name = NULL;
    }
    if (csr == NULL) {
        reply_error(q, r, 400, 20001,
                    "Parameter Csr is missing; it is the device's PKCS#10 request, PEM or base64 of DER");
        return false;
    }
    if (crypto_pem_decode(csr, "CERTIFICATE REQUEST", p->csr, sizeof(p->csr), &p->csr_len) != ST_OK ||
        p->csr_len == 0) {
        reply_bad_parameter(q, r, "Csr", csr,
                            "a PKCS#10 request of at most 2048 bytes, PEM or base64 of DER");
        return false;
    }
    if (p->unique_name != NULL && model_name_check(p->unique_name, "UV", &why) != ST_OK) {
        reply_bad_parameter(q, r, "UniqueName", p->unique_name, why);
        return false;
    }
    return true;
}

static void keeper_refused(const struct request *q, struct reply *r, int status, const char *words)
{
    if (status == ST_TIMEOUT || status == ST_CLOSED) {
        reply_unavailable(q, r, "The keeper, which signs certificates, does not answer; try again");
    } else if (status == ST_INVALID || status == ST_DENIED) {
        reply_error(q, r, 400, 20001, "Parameter Csr is refused: %s", words[0] ? words : status_name(status));
    } else {
        reply_error(q, r, 500, 20500, "The certificate could not be made (%s); the server's log says why",
                    status_name(status));
    }
}

/* The newest that the account's devices have: key updates of the ring are not sent to this device any more. */
static bool server_ca_read(struct service *s, struct provision *p)
{
    struct server_cas cas;
    if (server_cas_read(s, &cas) != ST_OK) {
        return false;
    }
    const struct server_ca *ca = &cas.present;
    if (cas.next.der_len != 0 && keys_has_server_ca(&p->ring.ring, cas.next.id)) {
        ca = &cas.next;
    } else if (cas.old.der_len != 0 && !keys_has_server_ca(&p->ring.ring, cas.present.id)) {
        ca = &cas.old;
    }
    (void)snprintf(p->server_ca_pem, sizeof(p->server_ca_pem), "%s", ca->pem);
    return true;
}

/* Everything that the device will need, before a row is written. */
static bool material_get(struct worker *w, const struct request *q, struct reply *r, struct provision *p)
{
    struct service *s = w->service;
    char words[KEEPER_WORDS_MAX];
    int rc = keeper_client_certify(s->keeper, p->csr, p->csr_len, &p->certificate, words);
    if (rc == ST_OK) {
        rc = key_ring_get(w, q->account_sid, &p->ring);
        words[0] = '\0';
        rc = rc == ST_INVALID || rc == ST_DENIED
                 ? ST_IO
                 : rc; /* a key of the configuration, not the client's fault */
    }
    if (rc != ST_OK) {
        keeper_refused(q, r, rc, words);
        return false;
    }
    if (!server_ca_read(s, p) || crypto_pem_encode("CERTIFICATE", p->certificate.der, p->certificate.der_len,
                                                   p->certificate_pem, sizeof(p->certificate_pem)) != ST_OK) {
        reply_error(q, r, 500, 20500, "The server's own certificate cannot be read; its log says why");
        return false;
    }
    return true;
}

static bool device_fill(const struct request *q, struct reply *r, const struct provision *p,
                        struct store_device *dev)
{
    unsigned char point[CRYPTO_POINT_BYTES];
    if (crypto_certificate_point(p->certificate.der, p->certificate.der_len, point) != ST_OK) {
        reply_error(q, r, 500, 20500, "The keeper made a certificate without a P-256 key");
        return false;
    }
    memset(dev, 0, sizeof(*dev));
    memcpy(dev->sid, p->certificate.device_sid, SID_BYTES);
    memcpy(dev->account_sid, q->account_sid, SID_BYTES);
    (void)snprintf(dev->unique_name, sizeof(dev->unique_name), "%s", p->unique_name ? p->unique_name : "");
    crypto_sha256(point, sizeof(point), dev->key_sha256);
    dev->created_us = dev->updated_us = clock_wall_us();
    return true;
}

/* A new code for the device's label; what is stored is a hash of it. */
static bool claim_make(const struct request *q, struct reply *r, struct provision *p,
                       unsigned char sha256[CRYPTO_SHA256_BYTES])
{
    unsigned char random[CLAIM_RANDOM_BYTES];
    char plain[CLAIM_CHARS + 1];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        reply_error(q, r, 500, 20500, "The server has no random numbers");
        return false;
    }
    model_claim_write(random, plain, p->claim_code);
    crypto_sha256(plain, CLAIM_CHARS, sha256);
    return true;
}

static void provision_reply(struct service *s, const struct request *q, struct reply *r, unsigned status,
                            const struct store_device *dev, const struct provision *p)
{
    char point[CRYPTO_BASE64_CHARS(P256_POINT_BYTES) + 1];
    const struct conf *c = &s->conf;
    struct json_out j = reply_json(r, status);
    json_put_object(&j, NULL);
    device_json_members(&j, q, dev, clock_wall_us());
    json_put_object(&j, "provisioning");
    json_put_text(&j, "certificate", p->certificate_pem);
    json_put_text(&j, "server_ca", p->server_ca_pem);
    json_put_text(&j, "claim_code", p->claim_code);
    json_put_object(&j, "gateway");
    json_put_text(&j, "host", c->gateway_host);
    json_put_number(&j, "port", c->gateway_port ? c->gateway_port : c->gateway.port);
    json_put_text(&j, "server_name", c->gateway_server_name);
    json_put_object_end(&j);
    json_put_array(&j, "app_signers");
    for (size_t i = 0; i < p->ring.ring.accepted; i++) {
        crypto_base64_encode(p->ring.ring.signers[i], P256_POINT_BYTES, point);
        json_put_text(&j, NULL, point);
    }
    json_put_array_end(&j);
    json_put_number(&j, "keys_sequence", p->ring.ring.sequence);
    json_put_object_end(&j);
    json_put_object_end(&j);
}

/* What the rules refused, in words. */
static void enrol_refused(const struct request *q, struct reply *r, const struct provision *p,
                          const struct store_device *wanted, const struct store_enrolled *enrolled)
{
    switch (enrolled->judged) {
    case ENROL_TOKEN_DEAD:
        reply_error(q, r, 401, 20003, "The factory token is revoked or has expired");
        r->authenticate = true;
        break;
    case ENROL_TOKEN_USED_UP:
        reply_error(q, r, 403, 20403,
                    "The factory token has enrolled all the devices that it was made for; make a new one");
        break;
    case ENROL_TOO_FAST:
        r->retry_after_s = (unsigned)((enrolled->retry_us + 999999) / 1000000);
        reply_error(q, r, 429, 20429,
                    "The factory token has enrolled as many devices as it may in one hour; try again in %u s",
                    r->retry_after_s);
        break;
    case ENROL_NOT_ITS_OWN:
        reply_error(q, r, 409, 20409, "Device %s was enrolled before, but not with this factory token",
                    wanted->sid);
        break;
    case ENROL_RENAMES:
        reply_error(q, r, 409, 20409,
                    "Device %s is there under another name, and a factory token renames nothing; leave "
                    "UniqueName out",
                    wanted->sid);
        break;
    case ENROL_FOREIGN:
        reply_error(q, r, 409, 20409, "Device %s belongs to another account", wanted->sid);
        break;
    case ENROL_DEVICE_REVOKED:
        reply_error(q, r, 409, 20409, "Device %s is revoked; POST /v1/Devices/%s with Revoked=false first",
                    wanted->sid, wanted->sid);
        break;
    default:
        reply_error(q, r, 409, 20409,
                    "UniqueName \"%s\" is taken by another device; choose another name or none",
                    p->unique_name);
    }
    log_info("enrolment_refused", "device", wanted->sid[0] ? wanted->sid : NULL, "by", q->by_sid, "from",
             q->client, "code",
             r->status == 429   ? "rate"
             : r->status == 409 ? "conflict"
                                : "token");
}

static struct store_enrolment enrolment_of(const struct request *q)
{
    struct store_enrolment who = { .at_us = clock_wall_us() };
    memcpy(who.account_sid, q->account_sid, SID_BYTES);
    memcpy(who.by_sid, q->by_sid, SID_BYTES);
    memcpy(who.address, q->client, sizeof(q->client));
    return who;
}

/* A factory token that is refused anyway costs the keeper nothing. */
static bool precheck(struct worker *w, const struct request *q, struct reply *r, const struct provision *p)
{
    const struct store_enrolment who = enrolment_of(q);
    static const struct store_device unknown;
    struct store_enrolled enrolled;
    if (!sid_is(q->by_sid, "FT")) {
        return true;
    }
    int rc = store_enrol_precheck(w->store, &who, &enrolled);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else if (enrolled.judged != ENROL_AGAIN) {
        enrol_refused(q, r, p, &unknown, &enrolled);
    }
    return rc == ST_OK && enrolled.judged == ENROL_AGAIN;
}

static void device_enrol(struct worker *w, const struct request *q, struct reply *r, struct provision *p)
{
    const struct store_enrolment who = enrolment_of(q);
    struct store_device wanted;
    struct store_enrolled enrolled;
    unsigned char claim_sha256[CRYPTO_SHA256_BYTES];
    if (!device_fill(q, r, p, &wanted) || !claim_make(q, r, p, claim_sha256)) {
        return;
    }
    int rc = store_enrol(w->store, &who, &wanted, claim_sha256, &enrolled);
    if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    } else if (enrolled.judged == ENROL_NEW || enrolled.judged == ENROL_AGAIN) {
        log_info("device_enrolled", "device", wanted.sid, "account", wanted.account_sid, "name",
                 p->unique_name, "by", q->by_sid, "from", q->client, "again",
                 enrolled.judged == ENROL_AGAIN ? "yes" : "no");
        provision_reply(w->service, q, r, enrolled.judged == ENROL_NEW ? 201 : 200, &enrolled.device, p);
    } else {
        enrol_refused(q, r, p, &wanted, &enrolled);
    }
}

void device_provision(struct worker *w, struct request *q, struct reply *r)
{
    struct provision p = { 0 };
    if (form_read(q, r, &p) && precheck(w, q, r, &p) && material_get(w, q, r, &p)) {
        device_enrol(w, q, r, &p);
    }
}
