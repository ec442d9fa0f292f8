/* SPDX-License-Identifier: Apache-2.0 */
/* What the api asks the keeper. Each call waits, one at a time; from job threads only. */
#ifndef API_KEEPER_CLIENT_H
#define API_KEEPER_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/sid.h"
#include "bus/bus.h"
#include "proto/limits.h"

/* How long an answer may take: signing is microseconds, but the keeper may just be starting again. */
#define KEEPER_TIMEOUT_MS 3000

/* A certificate of PROTOCOL.md section 1 has about 400 bytes; the device takes 768. */
#define KEEPER_CERTIFICATE_MAX 1024u
#define KEEPER_WORDS_MAX       200u

struct keeper_client;

struct keeper_client *keeper_client_new(int bus_fd); /* -1: every call answers ST_CLOSED */
void keeper_client_free(struct keeper_client *k);    /* NULL ok */

/* Signs a body by the managed key; what: BUS_SIGN_MANIFEST or BUS_SIGN_NEW_KEYS. ST_OK; ST_TIMEOUT or ST_CLOSED when the keeper is
 * away; its own refusal otherwise. */
int keeper_client_sign(struct keeper_client *k, uint16_t what, const void *body, size_t len,
                       uint64_t *signer_id, unsigned char signature[P256_SIG_BYTES]);

struct keeper_certificate {
    char device_sid[SID_BYTES];
    unsigned char der[KEEPER_CERTIFICATE_MAX];
    size_t der_len;
};
/* As above; a refusal comes with the keeper's words. */
int keeper_client_certify(struct keeper_client *k, const void *csr, size_t len,
                          struct keeper_certificate *out, char words[KEEPER_WORDS_MAX]);

int keeper_client_signer(struct keeper_client *k, int timeout_ms, uint64_t *signer_id,
                         unsigned char point[P256_POINT_BYTES]);

/* One step of the server CA's roll-over, by the type of its request. out: the newest server CA, only for BUS_SERVER_CA_ADD. ST_NOT_FOUND:
 * not the time for this step; ST_INVALID: the configuration brings the gateway's certificate. */
struct keeper_server_ca_answer {
    unsigned char signature[P256_SIG_BYTES]; /* by the one before it */
    unsigned char der[CERTIFICATE_MAX_BYTES];
    size_t der_len;
};
int keeper_client_server_ca(struct keeper_client *k, uint16_t step, struct keeper_server_ca_answer *out);

#endif
