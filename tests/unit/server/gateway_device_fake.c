/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic device for tests of the gateway process. */
#include "unit/server/gateway_device_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proto/codec/codec.h"
#include "proto/frame/frame.h"

#define WAIT_S 10

static void die(const char *what)
{
    (void)fprintf(stderr, "device_fake: %s\n", what);
    abort();
}

void device_fake_dial(struct device_fake *d, uint16_t port, const struct pki_fake_device *identity)
{
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons(port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const struct timeval wait = { .tv_sec = WAIT_S };

    memset(d, 0, sizeof *d);
    d->identity = identity;
    d->port = port;
    d->boot_id = 1;
    d->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (d->fd < 0 || setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) != 0 ||
        setsockopt(d->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        connect(d->fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die("cannot connect");
}

static SSL_CTX *new_context(const struct device_fake *d)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || (d->identity != NULL && (!SSL_CTX_use_certificate(ctx, d->identity->certificate) ||
                                                !SSL_CTX_use_PrivateKey(ctx, d->identity->key))))
        die("no context");
    return ctx;
}

bool device_fake_handshake(struct device_fake *d, const char *alpn)
{
    SSL_CTX *ctx = new_context(d);
    unsigned char wire[64];

    d->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    if (d->ssl == NULL || !SSL_set_fd(d->ssl, d->fd))
        die("no TLS");
    if (alpn != NULL) {
        wire[0] = (unsigned char)strlen(alpn);
        memcpy(wire + 1, alpn, wire[0]);
        if (SSL_set_alpn_protos(d->ssl, wire, wire[0] + 1u) != 0)
            die("no ALPN");
    }
    return SSL_connect(d->ssl) == 1;
}

void device_fake_close(struct device_fake *d)
{
    if (d->ssl != NULL)
        (void)SSL_shutdown(d->ssl);
    SSL_free(d->ssl);
    (void)close(d->fd);
    ERR_clear_error();
    d->ssl = NULL;
    d->fd = -1;
}

void device_fake_reset(struct device_fake *d)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };

    (void)setsockopt(d->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    SSL_free(d->ssl);
    (void)close(d->fd);
    d->ssl = NULL;
    d->fd = -1;
}

void device_fake_send_raw(struct device_fake *d, const void *data, size_t len)
{
    if (SSL_write(d->ssl, data, (int)len) != (int)len)
        ERR_clear_error(); /* the gateway may have closed already: reading tells */
}

void device_fake_send_tcp(struct device_fake *d, const void *data, size_t len)
{
    if (send(d->fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("cannot send");
}

void device_fake_send(struct device_fake *d, const otr_DeviceMessage *m)
{
    unsigned char frame[FRAME_HEADER_BYTES + CONTROL_MESSAGE_MAX_BYTES];
    const int len = codec_device_encode(m, frame + FRAME_HEADER_BYTES, CONTROL_MESSAGE_MAX_BYTES);
    struct frame_header header = { .stream_id = 0 };

    if (len < 0)
        die("cannot encode");
    header.length = (uint16_t)len;
    frame_header_encode(header, frame);
    device_fake_send_raw(d, frame, FRAME_HEADER_BYTES + (size_t)len);
}

static bool read_all(struct device_fake *d, unsigned char *buf, size_t len)
{
    size_t have = 0;

    while (have < len) {
        const int n = SSL_read(d->ssl, buf + have, (int)(len - have));

        if (n <= 0) {
            if (SSL_get_error(d->ssl, n) == SSL_ERROR_WANT_READ)
                die("waited too long for the gateway");
            ERR_clear_error();
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

bool device_fake_recv(struct device_fake *d, struct device_fake_item *out)
{
    unsigned char raw[FRAME_HEADER_BYTES];
    struct frame_header header;

    if (!read_all(d, raw, sizeof raw))
        return false;
    header = frame_header_decode(raw);
    if (!frame_header_valid(header))
        die("the gateway sent an invalid frame");
    out->stream_id = header.stream_id;
    out->len = header.length;
    out->is_control = header.stream_id == 0;
    if (!read_all(d, out->data, header.length))
        return false;
    memset(&out->m, 0, sizeof out->m);
    if (out->is_control && codec_server_decode(out->data, header.length, &out->m) < 0)
        die("the gateway sent an undecodable message");
    return true;
}

bool device_fake_await(struct device_fake *d, pb_size_t which, struct device_fake_item *out)
{
    while (device_fake_recv(d, out))
        if (out->is_control && out->m.which_body == which)
            return true;
    return false;
}

void device_fake_await_end(struct device_fake *d)
{
    struct device_fake_item item;

    if (d->ssl != NULL && SSL_is_init_finished(d->ssl)) {
        while (device_fake_recv(d, &item))
            ;
        return;
    }
    for (;;) {
        const ssize_t n = recv(d->fd, item.data, sizeof item.data, 0);

        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return;
        if (n < 0)
            die("waited too long for the gateway to close");
    }
}

void device_fake_check_in(struct device_fake *d, uint16_t port, const struct pki_fake_device *identity,
                          struct device_fake_item *welcome)
{
    otr_DeviceMessage hello;

    device_fake_dial(d, port, identity);
    if (!device_fake_handshake(d, PROTO_ALPN))
        die("handshake failed");
    hello = device_fake_hello(d);
    device_fake_send(d, &hello);
    if (!device_fake_recv(d, welcome) || !welcome->is_control ||
        welcome->m.which_body != otr_ServerMessage_welcome_tag)
        die("no Welcome");
}

otr_DeviceMessage device_fake_hello(const struct device_fake *d)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_hello_tag;
    m.body.hello.boot_id = d->boot_id;
    m.body.hello.boot_count = 2;
    strcpy(m.body.hello.board, "synthetic");
    strcpy(m.body.hello.microvisor_version, "0.0.1");
    m.body.hello.has_app = true;
    return m;
}

otr_DeviceMessage device_fake_log(uint32_t seq, otr_LogKind kind, const char *text)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_log_tag;
    m.body.log.seq = seq;
    m.body.log.kind = kind;
    m.body.log.text.size = (pb_size_t)strlen(text);
    memcpy(m.body.log.text.bytes, text, strlen(text));
    return m;
}

otr_DeviceMessage device_fake_stream_open(uint32_t id, uint32_t credit, const unsigned char *sha256,
                                          uint32_t offset, uint32_t length)
{
    otr_DeviceMessage m = otr_DeviceMessage_init_zero;

    m.which_body = otr_DeviceMessage_stream_open_tag;
    m.body.stream_open.stream_id = id;
    m.body.stream_open.credit = credit;
    m.body.stream_open.which_what = otr_StreamOpen_blob_tag;
    m.body.stream_open.what.blob.sha256.size = 32;
    memcpy(m.body.stream_open.what.blob.sha256.bytes, sha256, 32);
    m.body.stream_open.what.blob.offset = offset;
    m.body.stream_open.what.blob.length = length;
    return m;
}
