/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS server in a test's own thread, made with OpenSSL on a loopback socket: accepts one connection, then
 * echoes. It moves only in server_step, so that a test decides what happens when.
 */
#ifndef TESTS_UNIT_PORTS_SERVER_FAKE_H
#define TESTS_UNIT_PORTS_SERVER_FAKE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "unit/ports/pki_fake.h"

struct server_wish {
    int max_version;    /* 0: TLS 1.3 */
    const char *alpn;   /* NULL: outrigger/1; "" : ignores the client's list */
    int record_bytes;   /* 0: 4,096 */
    bool tickets;       /* sends session tickets */
    const char *cipher; /* NULL: the library's choice */
};

struct server {
    SSL_CTX *context;
    SSL *ssl;
    int listen_fd;
    int fd;
    uint16_t port;
    char alpn[32];
    uint8_t echo[65536]; /* read from the client, not yet written back */
    size_t echo_len;
    size_t echoed_bytes;
    bool handshaken;
    bool failed;
    char client_name[64]; /* common name of the client's certificate */
};

/* identity is the server's certificate, client_ca whom clients must come from. */
void server_start(struct server *server, const struct pki_entity *identity,
                  const struct pki_entity *client_ca, const struct server_wish *wish);
void server_step(struct server *server);

/* Writes bytes of the server's own, as they come (not in the echo's order). False when the connection is
 * gone. */
bool server_send(struct server *server, const void *bytes, size_t len);
void server_close_notify(struct server *server);

/* Drops the connection without a word. */
void server_cut(struct server *server);
void server_clear(struct server *server);

#endif
