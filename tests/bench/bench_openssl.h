/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL as everybody would set it up for mutual TLS 1.3: the load generators' clients, and the servers that the gateway is
 * compared with. */
#ifndef BENCH_OPENSSL_H
#define BENCH_OPENSSL_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "bench_identities.h"

/* Ends the program when a file cannot be used. */
SSL_CTX *bench_client_context(const char *server_ca);

/* A client with its certificate; alpn: offers the gateway's protocol. */
SSL *bench_client(SSL_CTX *ctx, const struct bench_identity *id, bool alpn);

/* dir has fleet_ca.pem. No tickets, as the gateway. */
SSL_CTX *bench_server_context(const char *dir, const char *certificate, const char *key);

#endif
