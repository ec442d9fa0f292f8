/* SPDX-License-Identifier: Apache-2.0 */
/* Echo server over TLS for tests. Every failure of set-up is a bug of the test and aborts. */
#include "unit/ports/server_fake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *argument)
{
    struct server *server = argument;
    unsigned char wanted[33];
    unsigned char *selected;

    (void)ssl;
    if (server->alpn[0] == '\0') {
        return SSL_TLSEXT_ERR_NOACK;
    }
    wanted[0] = (unsigned char)strlen(server->alpn);
    memcpy(wanted + 1, server->alpn, wanted[0]);
    if (SSL_select_next_proto(&selected, out_len, wanted, wanted[0] + 1u, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

static void make_context(struct server *server, const struct pki_entity *identity,
                         const struct pki_entity *client_ca, const struct server_wish *wish)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    must(context != NULL && SSL_CTX_use_certificate(context, identity->cert) == 1 &&
         SSL_CTX_use_PrivateKey(context, identity->key) == 1);
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), client_ca->cert) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_max_proto_version(context, wish->max_version != 0 ? wish->max_version : TLS1_3_VERSION);
    SSL_CTX_set_max_send_fragment(context, wish->record_bytes != 0 ? (size_t)wish->record_bytes : 4096);
    SSL_CTX_set_num_tickets(context, wish->tickets ? 2 : 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, server);
    if (wish->cipher != NULL) {
        must(SSL_CTX_set_ciphersuites(context, wish->cipher) == 1);
    }
    server->context = context;
}

void server_start(struct server *server, const struct pki_entity *identity,
                  const struct pki_entity *client_ca, const struct server_wish *wish)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;

    memset(server, 0, sizeof *server);
    server->fd = -1;
    (void)snprintf(server->alpn, sizeof server->alpn, "%s", wish->alpn != NULL ? wish->alpn : "outrigger/1");
    make_context(server, identity, client_ca, wish);
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(server->listen_fd >= 0);
    must(bind(server->listen_fd, (const struct sockaddr *)&address, size) == 0 &&
         listen(server->listen_fd, 4) == 0 &&
         getsockname(server->listen_fd, (struct sockaddr *)&address, &size) == 0);
    server->port = ntohs(address.sin_port);
}

static void accept_client(struct server *server)
{
    server->fd = accept4(server->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (server->fd < 0) {
        return;
    }
    server->ssl = SSL_new(server->context);
    must(server->ssl != NULL && SSL_set_fd(server->ssl, server->fd) == 1);
    SSL_set_accept_state(server->ssl);
}

static bool would_block(struct server *server, int ret)
{
    int error = SSL_get_error(server->ssl, ret);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return true;
    }
    server->failed = true;
    return false;
}

static void handshake(struct server *server)
{
    int ret = SSL_do_handshake(server->ssl);
    X509 *client;

    if (ret != 1) {
        (void)would_block(server, ret);
        return;
    }
    client = SSL_get1_peer_certificate(server->ssl);
    must(client != NULL);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, server->client_name,
                                    sizeof server->client_name);
    X509_free(client);
    server->handshaken = true;
}

static void echo(struct server *server)
{
    size_t room = sizeof server->echo - server->echo_len;

    if (room > 0) {
        int got = SSL_read(server->ssl, server->echo + server->echo_len, (int)room);

        if (got > 0) {
            server->echo_len += (size_t)got;
        } else if (!would_block(server, got)) {
            return;
        }
    }
    if (server->echo_len > 0) {
        int sent = SSL_write(server->ssl, server->echo, (int)server->echo_len);

        if (sent > 0) {
            server->echo_len -= (size_t)sent;
            server->echoed_bytes += (size_t)sent;
            memmove(server->echo, server->echo + sent, server->echo_len);
        } else {
            (void)would_block(server, sent);
        }
    }
}

void server_step(struct server *server)
{
    if (server->fd < 0) {
        accept_client(server);
    } else if (!server->failed && !server->handshaken) {
        handshake(server);
    } else if (!server->failed) {
        echo(server);
    }
}

bool server_send(struct server *server, const void *bytes, size_t len)
{
    return SSL_write(server->ssl, bytes, (int)len) == (int)len;
}

void server_close_notify(struct server *server)
{
    (void)SSL_shutdown(server->ssl); /* 0: sent, the client's is not there yet */
}

void server_cut(struct server *server)
{
    SSL_free(server->ssl);
    server->ssl = NULL;
    if (server->fd >= 0) {
        close(server->fd);
    }
    server->fd = -1;
    server->handshaken = false;
    server->failed = false;
}

void server_clear(struct server *server)
{
    server_cut(server);
    close(server->listen_fd);
    SSL_CTX_free(server->context);
}
