/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's configuration: an INI file, `[section]`, `key = value`, `#` comments. Unknown keys, repeated
 * keys and bad values are errors that name file, line, what was found and what would be right. Every key has
 * a default but none is hidden: `outriggerd --check` prints the effective configuration in the same format.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"

struct conf_listen {
    char host[64];
    uint16_t port; /* 0: let the system choose; the chosen one is logged */
};

#define CONF_KEYS_MAX 32u /* more than there are; the parser keeps a line number for each */

/* Most entries of a list: a device stores three app signers besides the managed one, and boot0 four root keys. */
#define CONF_LIST_MAX 4u

struct conf_list {
    uint32_t count;
    char entry[CONF_LIST_MAX][512];
};

/* Where values came from, for messages. */
struct conf_lines {
    char file[512];
    /* In the order of the table, for each entry of a list (else only the first); 0 = not in the file. */
    unsigned of_key[CONF_KEYS_MAX][CONF_LIST_MAX];
};

struct conf {
    char data_dir[512];            /* [server] data_dir = ./data */
    char user[64];                 /* [server] user = (empty: keep) */
    char log_level[8];             /* [server] log_level = info (error, warn, info, debug) */
    uint32_t disk_reserve_mib;     /* [server] disk_reserve_mib = 64 (free space a healthy server has) */
    struct conf_listen api;        /* [api] listen = 127.0.0.1:8080 */
    char api_certificate[512];     /* [api] certificate = (PEM chain; empty: plain HTTP) */
    char api_private_key[512];     /* [api] private_key = (PEM) */
    char api_public_url[256];      /* [api] public_url = (empty: from the Host header) */
    uint32_t api_threads;          /* [api] threads = 2 (1..64) */
    uint32_t api_connections;      /* [api] connections_per_address = 64 (0: any number) */
    struct conf_listen gateway;    /* [gateway] listen = 127.0.0.1:8883 */
    uint32_t gateway_processes;    /* [gateway] processes = 2 (1..GATEWAYS_MAX) */
    uint32_t gateway_sessions_max; /* [gateway] sessions_max = 20000 (per process) */
    uint32_t gateway_heartbeat_ms; /* [gateway] heartbeat_ms = 10000 */
    char gateway_host[64];         /* [gateway] advertise_host = 127.0.0.1: told to devices at provisioning */
    uint16_t gateway_port;         /* [gateway] advertise_port = 0 (0: the listening port) */
    char gateway_server_name[64];  /* [gateway] server_name = gateway.outrigger.internal */
    char gateway_certificate[512]; /* [gateway] certificate = (empty: made by the keeper in data_dir/pki) */
    char gateway_private_key[512];
    struct conf_listen relay; /* [relay] listen = 127.0.0.1:8081 */
    /* [bundles] app_signer = PEM public key file, up to 3 times, besides the managed one */
    struct conf_list app_signers;
    /* [microvisors] root_key = PEM public key file, up to 4 times; none: no microvisor can be uploaded */
    struct conf_list root_keys;
    uint32_t log_retention_days;   /* [logs] retention_days = 30 (1..3650) */
    uint32_t log_lines_per_device; /* [logs] lines_per_device = 100000 (100..10000000) */
    uint32_t crashes_per_device;   /* [logs] crashes_per_device = 100 (1..10000) */
    struct conf_lines lines;
};

void conf_defaults(struct conf *c);

/* Reads and checks a file. ST_OK, ST_INVALID, ST_IO. One line per problem is written to err, all problems are
 * reported. */
int conf_load(struct conf *c, const char *path, FILE *err);

/* Prints the effective configuration. */
void conf_print(const struct conf *c, FILE *out);

/* Where a key's value comes from: "FILE:LINE", or "FILE" when the file does not have it. index: of a list's
 * entry, else 0. */
#define CONF_ORIGIN_BYTES 540u
void conf_origin(const struct conf *c, const char *section, const char *name, uint32_t index,
                 char out[CONF_ORIGIN_BYTES]);

/* Files under data_dir, e.g. conf_path(c, "pki/fleet_ca.pem", buf). */
void conf_path(const struct conf *c, const char *rest, char out[1024]);

enum log_level conf_log_level(const struct conf *c);

#endif
