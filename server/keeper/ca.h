/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority in two files below data_dir/pki: its key and its certificate.
 *
 * Invariants: P1 a key is durable before a certificate for it exists, so a crash in between leaves a key
 * whose certificate is made at the next start; P2 a certificate without its key is an error and never
 * replaced: devices in the field trust it.
 */
#ifndef KEEPER_CA_H
#define KEEPER_CA_H

struct conf;
struct keeper_cert;
struct keeper_key;

struct keeper_ca {
    struct keeper_key *key;
    struct keeper_cert *cert;
};

/* Loads it, or makes what is missing. File names are those of conf/paths.h. ST_OK, or a status after logging. */
int keeper_ca_prepare(const struct conf *conf, const char *key_file, const char *cert_file,
                      const char *common_name, struct keeper_ca *out);
void keeper_ca_close(struct keeper_ca *ca);

/* ---- its parts, for what is not an authority ------------------------------------------------------ */

/* Loads a key, or makes it when neither it nor beside (its certificate; NULL: none) exists. */
int keeper_ca_key_prepare(const char *path, const char *beside, struct keeper_key **out);

/* Takes cert (NULL: there was no memory); on failure frees it. */
int keeper_ca_cert_keep(struct keeper_cert *cert, const char *path, struct keeper_cert **out);

/* Logs what happened to a file and what was expected of it; returns the status. */
int keeper_ca_failed(const char *what, const char *path, int status);

#endif
