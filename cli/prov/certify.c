/* SPDX-License-Identifier: Apache-2.0 */
/* Has the request signed by the server, checks the answer, makes the Provision message. Must not talk to the
 * device. */
#include "prov/certify.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base16.h"
#include "base/base64.h"
#include "base/mem.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "crypto/x509.h"
#include "prov/talk.h"
#include "proto/codec/codec.h"
#include "rest/rest.h"

#define SID_DIGEST_BYTES 16 /* of the key's SHA-256, PROTOCOL.md section 1 */

/* A text of the answer that must be there and fit. */
static int take_text(const struct doc *answer, const char *path, char *out, size_t cap, struct fail *fail)
{
    const char *text = doc_text(answer, path, NULL);

    if (!text || !*text || strlen(text) >= cap)
        return fail_set(fail, CLI_FORMAT, "the server's answer has no usable \"%s\" (text of 1 to %zu bytes)",
                        path, cap - 1);
    memcpy(out, text, strlen(text) + 1);
    return CLI_OK;
}

static void sid_of_key(const unsigned char point[P256_POINT_BYTES], char sid[SID_CHARS + 1])
{
    unsigned char digest[SHA256_BYTES];

    sha256_of(point, P256_POINT_BYTES, digest);
    memcpy(sid, "UV", 2);
    base16_encode(digest, SID_DIGEST_BYTES, sid + 2);
}

/* The certificate must be for the key of the request, and the SID must be that key's. */
static int check_identity(const otr_Provision *p, const unsigned char *csr, size_t csr_len, struct fail *fail)
{
    unsigned char asked[P256_POINT_BYTES], given[P256_POINT_BYTES];
    char sid[SID_CHARS + 1], name[64];
    int status = x509_request_point(csr, csr_len, asked, fail);

    if (!status)
        status = x509_certificate_read(p->device_cert.bytes, p->device_cert.size, given, name, fail);
    if (status)
        return status;
    sid_of_key(asked, sid);
    if (memcmp(asked, given, sizeof(asked)) != 0)
        return fail_set(fail, CLI_FORMAT, "the server's certificate is for another key than the device's");
    if (strcmp(p->device_sid, sid) != 0 || strcmp(name, sid) != 0)
        return fail_set(fail, CLI_FORMAT,
                        "the server names the device %s (certificate: %s), but its key makes it %s",
                        p->device_sid, name, sid);
    return CLI_OK;
}

static int take_certificate(const struct doc *answer, const char *path, pb_bytes_array_t *der, size_t cap,
                            struct fail *fail)
{
    const char *pem = doc_text(answer, path, "");
    size_t len = 0;
    int status = x509_pem_to_der(pem, path, der->bytes, cap, &len, fail);

    der->size = (pb_size_t)len;
    return status;
}

static int take_signers(const struct doc *answer, otr_Provision *p, struct fail *fail)
{
    size_t count = doc_len(answer, "provisioning.app_signers");
    size_t most = sizeof(p->app_signers) / sizeof(p->app_signers[0]);

    if (count == 0 || count > most)
        return fail_set(fail, CLI_FORMAT,
                        "the server's answer has %zu application signers, but must have 1 to %zu", count,
                        most);
    for (size_t i = 0; i < count; i++) {
        const char *text = doc_text(doc_at(answer, "provisioning.app_signers", i), "", "");
        size_t len = 0;

        if (!base64_from_text(text, p->app_signers[i].bytes, P256_POINT_BYTES, &len) ||
            len != P256_POINT_BYTES)
            return fail_set(fail, CLI_FORMAT,
                            "the server's application signer %zu is not a P-256 point in base64", i);
        p->app_signers[i].size = (pb_size_t)len;
    }
    p->app_signers_count = (pb_size_t)count;
    return CLI_OK;
}

static int take_gateway(const struct doc *answer, const struct certify_options *options, otr_Provision *p,
                        struct fail *fail)
{
    long long port = doc_int(answer, "provisioning.gateway.port", 0);
    int status =
        take_text(answer, "provisioning.gateway.server_name", p->server_name, sizeof(p->server_name), fail);

    if (status)
        return status;
    if (options->gateway_host) {
        if (strlen(options->gateway_host) >= sizeof(p->gateway_host))
            return fail_set(fail, CLI_USAGE, "the gateway's host has more than %zu characters",
                            sizeof(p->gateway_host) - 1);
        memcpy(p->gateway_host, options->gateway_host, strlen(options->gateway_host) + 1);
        p->gateway_port = options->gateway_port;
        return CLI_OK;
    }
    if (port < 1 || port > 65535)
        return fail_set(fail, CLI_FORMAT, "the server's answer has no usable gateway port");
    p->gateway_port = (uint32_t)port;
    return take_text(answer, "provisioning.gateway.host", p->gateway_host, sizeof(p->gateway_host), fail);
}

static int encode(const otr_Provision *p, const char *claim, struct certified *out, struct fail *fail)
{
    int len = codec_provision_encode(p, out->provision, sizeof(out->provision));

    if (len < 0)
        return fail_set(fail, CLI_FORMAT, "what the device shall store does not fit into %zu bytes",
                        sizeof(out->provision));
    out->provision_len = (size_t)len;
    memcpy(out->sid, p->device_sid, sizeof(out->sid));
    (void)snprintf(out->claim, sizeof(out->claim), "%s", claim);
    (void)snprintf(out->gateway, sizeof(out->gateway), "%s:%u", p->gateway_host, p->gateway_port);
    return CLI_OK;
}

int certify_answer(const struct doc *answer, const unsigned char *csr, size_t csr_len,
                   const struct certify_options *options, uint64_t now_us, struct certified *out,
                   struct fail *fail)
{
    otr_Provision p = otr_Provision_init_zero;
    int status = take_text(answer, "sid", p.device_sid, sizeof(p.device_sid), fail);

    p.wall_time_us = now_us;
    p.keys_sequence = (uint32_t)doc_int(answer, "provisioning.keys_sequence", 0);
    if (!status && *doc_text(answer, "account_sid", "") != '\0')
        status = take_text(answer, "account_sid", p.account_sid, sizeof(p.account_sid), fail);
    if (!status)
        status = take_certificate(answer, "provisioning.certificate", (pb_bytes_array_t *)&p.device_cert,
                                  sizeof(p.device_cert.bytes), fail);
    if (!status)
        status = take_certificate(answer, "provisioning.server_ca", (pb_bytes_array_t *)&p.server_ca,
                                  sizeof(p.server_ca.bytes), fail);
    if (!status)
        status = take_gateway(answer, options, &p, fail);
    if (!status)
        status = take_signers(answer, &p, fail);
    if (!status)
        status = check_identity(&p, csr, csr_len, fail);
    return status ? status : encode(&p, doc_text(answer, "provisioning.claim_code", ""), out, fail);
}

static int post_csr(struct rest *rest, const unsigned char *csr, size_t csr_len, const char *unique_name,
                    struct doc **answer, struct fail *fail)
{
    char text[BASE64_CHARS(TALK_CSR_MAX_BYTES) + 1];
    struct http_field fields[2] = { { "Csr", text }, { "UniqueName", unique_name } };

    base64_to_text(csr, csr_len, text);
    return rest_post(rest, "/v1/Devices", fields, unique_name ? 2 : 1, answer, fail);
}

static uint64_t wall_time_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail on Linux */
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int certify_request(struct rest *rest, const unsigned char *csr, size_t csr_len,
                    const struct certify_options *options, struct certified *out, struct fail *fail)
{
    unsigned char point[P256_POINT_BYTES];
    int status = x509_request_point(csr, csr_len, point, fail);

    memset(out, 0, sizeof(*out));
    if (!status)
        status = post_csr(rest, csr, csr_len, options->unique_name, &out->device, fail);
    if (!status)
        status = certify_answer(out->device, csr, csr_len, options, wall_time_us(), out, fail);
    return status;
}
