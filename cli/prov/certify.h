/* SPDX-License-Identifier: Apache-2.0 */
/* From a device's certificate request to what it shall store. */
#ifndef PROV_CERTIFY_H
#define PROV_CERTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "proto/limits.h"

struct doc;
struct rest;

/* Provision message of the largest sizes that wire.options allows. */
#define CERTIFY_PROVISION_MAX_BYTES 2304u

struct certify_options {
    const char *unique_name;  /* NULL = none */
    const char *gateway_host; /* NULL = what the server says */
    uint32_t gateway_port;
};

struct certified {
    char sid[SID_CHARS + 1];
    unsigned char provision[CERTIFY_PROVISION_MAX_BYTES];
    size_t provision_len;
    char gateway[80];   /* host:port, for people */
    char claim[20];     /* claim code for the label; "" when the server has none */
    struct doc *device; /* the server's answer; the caller frees it with doc_free */
};

/* Asks the server to register the device. The answer is checked against the request: same key, SID of that
 * key. */
int certify_request(struct rest *rest, const unsigned char *csr, size_t csr_len,
                    const struct certify_options *options, struct certified *out, struct fail *fail);

/* The part without the server: answer is its JSON, now_us the time floor that the device gets. */
int certify_answer(const struct doc *answer, const unsigned char *csr, size_t csr_len,
                   const struct certify_options *options, uint64_t now_us, struct certified *out,
                   struct fail *fail);

#endif
