/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates (RFC 5280) that the keeper makes: two authorities, the gateway's and the devices'. */
#ifndef KEEPER_CERT_H
#define KEEPER_CERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sid.h"

struct keeper_key;
struct keeper_cert;

/* A self-signed authority that signs leaves only (path length 0). days: of validity. NULL: no memory. */
struct keeper_cert *keeper_cert_authority(const struct keeper_key *key, const char *common_name, int days);

/* A server's certificate: subjectAltName is server_name, as an address when it is one. */
struct keeper_cert *keeper_cert_server(const struct keeper_key *key, const char *server_name, int days,
                                       const struct keeper_cert *ca, const struct keeper_key *ca_key);

/* A device's certificate from its DER PKCS#10 request. Only the key is taken from the request; the subject is
 * the SID that follows from the key. ST_OK; ST_INVALID with words (static) about the request; ST_NO_MEMORY.
 */
int keeper_cert_device(const void *csr, size_t csr_len, int days, const struct keeper_cert *ca,
                       const struct keeper_key *ca_key, char sid[SID_BYTES], struct keeper_cert **out,
                       const char **words);

/* Reads one PEM certificate. ST_OK, ST_NOT_FOUND, ST_INVALID, ST_IO. */
int keeper_cert_load(const char *path, struct keeper_cert **out);
int keeper_cert_save(const struct keeper_cert *cert, const char *path); /* PEM, mode 0644 */
void keeper_cert_free(struct keeper_cert *cert);                        /* NULL ok */

/* Writes DER. ST_OK with the length, ST_TOO_LARGE. */
int keeper_cert_der(const struct keeper_cert *cert, unsigned char *buf, size_t cap, size_t *len);

bool keeper_cert_has_key(const struct keeper_cert *cert, const struct keeper_key *key);
bool keeper_cert_is_signed_by(const struct keeper_cert *cert, const struct keeper_key *ca_key);
bool keeper_cert_names(const struct keeper_cert *cert, const char *server_name);

/* Whole days until it ends; negative when it has. */
int keeper_cert_days_left(const struct keeper_cert *cert);

#endif
