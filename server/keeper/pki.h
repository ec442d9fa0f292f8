/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and certificates below data_dir/pki: made at the first start, loaded and checked at each later
 * one. */
#ifndef KEEPER_PKI_H
#define KEEPER_PKI_H

#include <stdbool.h>

struct conf;
struct keeper_cert;
struct keeper_key;

/* What the keeper needs while it serves. The server authority's key is not here: it is read only while the
 * gateway's certificate is renewed, and while the authority is rolled over (server_ca.h). */
struct keeper_pki {
    const struct conf *conf; /* borrowed: says where the server authority's files are */
    struct keeper_key *fleet_ca_key;
    struct keeper_cert *fleet_ca;
    struct keeper_key *app_signer;
};

/* Makes what is missing, checks what is there. ST_OK, or the status of what failed, which was logged. */
int keeper_pki_open(const struct conf *conf, struct keeper_pki *out);
void keeper_pki_close(struct keeper_pki *pki);

/* Renews the gateway's certificate when it ends soon or carries another name than the configuration; renewed
 * tells. Nothing to do when the configuration brings its own certificate. ST_OK, or a status after logging.
 */
int keeper_pki_renew_gateway(const struct conf *conf, bool *renewed);

#endif
