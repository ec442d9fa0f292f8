/* SPDX-License-Identifier: Apache-2.0 */
/* Setting up OpenSSL; bench_openssl.h says for whom. */
#include "bench_openssl.h"

#include <stdio.h>

#include "proto/limits.h"

static SSL_CTX *context_new(const SSL_METHOD *method, const char *ca)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
        !SSL_CTX_load_verify_locations(ctx, ca, NULL))
        bench_die("cannot set up TLS");
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

SSL_CTX *bench_client_context(const char *server_ca)
{
    return context_new(TLS_client_method(), server_ca);
}

SSL *bench_client(SSL_CTX *ctx, const struct bench_identity *id, bool alpn)
{
    static const unsigned char proto[] = "\x0b" PROTO_ALPN;
    SSL *ssl = SSL_new(ctx);
    if (!ssl || !SSL_use_certificate(ssl, id->certificate) || !SSL_use_PrivateKey(ssl, id->key))
        bench_die("cannot use an identity");
    if (alpn)
        SSL_set_alpn_protos(ssl, proto, sizeof proto - 1);
    return ssl;
}

SSL_CTX *bench_server_context(const char *dir, const char *certificate, const char *key)
{
    char fleet_ca[1024];
    snprintf(fleet_ca, sizeof fleet_ca, "%s/fleet_ca.pem", dir);
    SSL_CTX *ctx = context_new(TLS_server_method(), fleet_ca);
    if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        bench_die("cannot load the server's certificate and key");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"bench", 5);
    return ctx;
}
