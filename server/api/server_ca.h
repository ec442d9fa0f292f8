/* SPDX-License-Identifier: Apache-2.0 */
/* The server CAs as they are in the keeper's files. */
#ifndef API_SERVER_CA_H
#define API_SERVER_CA_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

struct service;

#define SERVER_CA_PEM_BYTES 2048u

struct server_ca {
    uint64_t id;
    unsigned char der[CERTIFICATE_MAX_BYTES];
    size_t der_len; /* 0: there is none */
    char pem[SERVER_CA_PEM_BYTES];
};

struct server_cas {
    struct server_ca present, next, old; /* never both next and old, but for a moment */
};

/* ST_OK, or a status after logging when the present one cannot be read. */
int server_cas_read(struct service *s, struct server_cas *out);

#endif
