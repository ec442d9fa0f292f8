/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server authority's roll-over (PROTOCOL.md section 13), as files of data_dir/pki.
 *
 *             add                        switch                        delete
 *   SINGLE ---------> ADDED: *_next ----------------> SWITCHED: *_old ---------> SINGLE
 *
 * Invariants: P4 while there are two authorities the gateway has a certificate of each, for the same key, so that devices that know
 * only one of them get in; P5 each step may be cut anywhere: the next start, or the same step again, finishes it or has not begun it;
 * P6 a new authority is vouched for by the one before it.
 * The commit of switch is server_ca_old.pem, that of delete the end of server_ca_old.key.
 */
#ifndef KEEPER_SERVER_CA_H
#define KEEPER_SERVER_CA_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/limits.h"

struct conf;

struct keeper_server_ca {
    unsigned char der[CERTIFICATE_MAX_BYTES];
    size_t der_len;
    unsigned char signature[P256_SIG_BYTES]; /* by the one before it, over keys_server_ca_digest's text */
};

/* Finishes what was cut. ST_OK, or a status after logging. */
int keeper_server_ca_settle(const struct conf *conf);

/* The newest authority of two, which is made if there is only one. ST_INVALID: the configuration brings its own certificate. */
int keeper_server_ca_add(const struct conf *conf, struct keeper_server_ca *out);

/* The next one becomes the present one. ST_NOT_FOUND: there is none. */
int keeper_server_ca_switch(const struct conf *conf);

/* Forgets the old one. ST_NOT_FOUND: there is none. */
int keeper_server_ca_delete(const struct conf *conf);

/* Key and certificate file of the authority beside the present one; false: there is none. */
bool keeper_server_ca_other(const struct conf *conf, const char **key_file, const char **cert_file);

#endif
