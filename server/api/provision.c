/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning: a device's certificate request becomes a device of the account and a certificate for it.
 *
 * The keeper checks the request and derives the SID from its key, so the same device always gets the same SID, and asking again is
 * harmless: it answers 200 and a fresh certificate.
 */
#include <stdio.h>
#include <string.h>

#include "api/device_json.h"
#include "api/handlers.h"
#include "api/keeper_client.h"
#include "api/service.h"
#include "api/signers.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/paths.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "model/name.h"

/* A P-256 request with a common name has about 230 bytes. */
#define CSR_MAX_BYTES 2048u

/* PEM of KEEPER_CERTIFICATE_MAX bytes, and of the server CA's file. */
#define PEM_MAX_BYTES 4096u

struct provision {
    unsigned char csr[CSR_MAX_BYTES];
    size_t csr_len;
    const char *unique_name; /* NULL: none was given */
    struct keeper_certificate certificate;
    struct bundle_signer signers[SIGNERS_MAX];
    size_t signer_count;
    char certificate_pem[PEM_MAX_BYTES], server_ca_pem[PEM_MAX_BYTES];
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

static bool server_ca_read(struct service *s, struct provision *p)
{
    char path[1024];
    size_t len = 0;
    conf_path(&s->conf, PATH_SERVER_CA_CERT, path);
    int rc = file_read(path, p->server_ca_pem, sizeof(p->server_ca_pem) - 1, &len);
    p->server_ca_pem[rc == ST_OK ? len : 0] = '\0';
    if (rc != ST_OK) {
        log_error("server_ca_unreadable", "path", path, "error", status_name(rc));
    }
    return rc == ST_OK;
}

/* Everything that the device will need, before a row is written. */
static bool material_get(struct service *s, const struct request *q, struct reply *r, struct provision *p)
{
    char words[KEEPER_WORDS_MAX];
    int rc = keeper_client_certify(s->keeper, p->csr, p->csr_len, &p->certificate, words);
    if (rc == ST_OK) {
        rc = signers_get(s, p->signers, &p->signer_count);
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
    json_put_object(&j, "gateway");
    json_put_text(&j, "host", c->gateway_host);
    json_put_number(&j, "port", c->gateway_port ? c->gateway_port : c->gateway.port);
    json_put_text(&j, "server_name", c->gateway_server_name);
    json_put_object_end(&j);
    json_put_array(&j, "app_signers");
    for (size_t i = 0; i < p->signer_count; i++) {
        crypto_base64_encode(p->signers[i].point, P256_POINT_BYTES, point);
        json_put_text(&j, NULL, point);
    }
    json_put_array_end(&j);
    json_put_object_end(&j);
    json_put_object_end(&j);
}

static void name_taken(const struct request *q, struct reply *r, const char *name)
{
    reply_error(q, r, 409, 20409, "UniqueName \"%s\" is taken by another device; choose another name or none",
                name);
}

/* The device is there already, or something else has its name. False when the reply says why it cannot be. */
static bool again_check(const struct request *q, struct reply *r, const struct store_device *wanted,
                        const struct store_device *existing)
{
    if (strcmp(wanted->sid, existing->sid) != 0) {
        name_taken(q, r, wanted->unique_name);
    } else if (strcmp(wanted->account_sid, existing->account_sid) != 0 ||
               memcmp(wanted->key_sha256, existing->key_sha256, 32) != 0) {
        reply_error(q, r, 409, 20409, "Device %s belongs to another account", wanted->sid);
    } else if (existing->revoked) {
        reply_error(q, r, 409, 20409, "Device %s is revoked; POST /v1/Devices/%s with Revoked=false first",
                    wanted->sid, wanted->sid);
    } else {
        return true;
    }
    return false;
}

/* Provisioned again: only its name may change. */
static bool rename_again(struct worker *w, const struct request *q, struct reply *r,
                         const struct provision *p, struct store_device *dev)
{
    const struct store_device_change change = { .unique_name = p->unique_name };
    if (p->unique_name == NULL || strcmp(p->unique_name, dev->unique_name) == 0) {
        return true;
    }
    int rc = store_device_update(w->store, q->account_sid, dev->sid, &change, dev);
    if (rc == ST_EXISTS) {
        name_taken(q, r, p->unique_name);
    } else if (rc != ST_OK) {
        reply_store_failed(q, r, rc);
    }
    return rc == ST_OK;
}

static void device_store(struct worker *w, const struct request *q, struct reply *r,
                         const struct provision *p)
{
    struct store_device dev, existing;
    if (!device_fill(q, r, p, &dev)) {
        return;
    }
    int rc = store_device_create(w->store, &dev, &existing);
    if (rc == ST_OK) {
        log_info("device_created", "device", dev.sid, "account", dev.account_sid, "name", p->unique_name);
        provision_reply(w->service, q, r, 201, &dev, p);
    } else if (rc != ST_EXISTS) {
        reply_store_failed(q, r, rc);
    } else if (again_check(q, r, &dev, &existing) && rename_again(w, q, r, p, &existing)) {
        log_info("device_provisioned_again", "device", dev.sid, "account", dev.account_sid);
        provision_reply(w->service, q, r, 200, &existing, p);
    }
}

void device_provision(struct worker *w, struct request *q, struct reply *r)
{
    struct provision p = { 0 };
    if (form_read(q, r, &p) && material_get(w->service, q, r, &p)) {
        device_store(w, q, r, &p);
    }
}
