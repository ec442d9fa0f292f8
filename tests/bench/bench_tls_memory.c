/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a handshake costs a server in TLS alone: the gateway's own (gateway/gw_tls.h) and OpenSSL as everybody would set it up, in
 * memory, turn by turn in one process, so that whatever else the machine does slows both.
 *
 * Prints one JSON object on stdout; gateway.py does the arithmetic. A server's time is all of it: making the connection, its
 * side of the full mutual handshake, letting go.
 */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/status.h"
#include "bench_identities.h"
#include "bench_openssl.h"
#include "gateway/gw_tls.h"

#define FLIGHT_BYTES 32768u
#define ROUNDS_MAX   10

struct flight {
    unsigned char bytes[FLIGHT_BYTES];
    size_t len;
};

static struct flight to_server, to_client;

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct flight *f, const void *data, size_t len)
{
    if (len > sizeof f->bytes - f->len)
        bench_die("a flight is too long");
    memcpy(f->bytes + f->len, data, len);
    f->len += len;
}

static size_t take_first(struct flight *f, void *buf, size_t cap)
{
    const size_t n = f->len < cap ? f->len : cap;

    memcpy(buf, f->bytes, n);
    f->len -= n;
    memmove(f->bytes, f->bytes + n, f->len);
    return n;
}

/* What a side with memory BIOs has written goes on its way. */
static void carry_from(SSL *ssl, struct flight *f)
{
    char *data;
    const long len = BIO_get_mem_data(SSL_get_wbio(ssl), &data);

    add(f, data, (size_t)len);
    (void)BIO_reset(SSL_get_wbio(ssl));
}

static void carry_to(SSL *ssl, struct flight *f)
{
    (void)BIO_write(SSL_get_rbio(ssl), f->bytes, (int)f->len);
    f->len = 0;
}

static void attach_memory(SSL *ssl)
{
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

    if (in == NULL || out == NULL)
        bench_die("out of memory");
    BIO_set_mem_eof_return(in, -1);
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(ssl, in, out);
}

/* ---- the two servers ----------------------------------------------------------------------------- */

struct bare {
    SSL_CTX *ctx;
    SSL *ssl;
};

static void bare_open(void *server)
{
    struct bare *b = server;

    b->ssl = SSL_new(b->ctx);
    if (b->ssl == NULL)
        bench_die("out of memory");
    attach_memory(b->ssl);
    SSL_set_accept_state(b->ssl);
}

static bool bare_go_on(void *server)
{
    struct bare *b = server;
    bool done;

    carry_to(b->ssl, &to_server);
    done = SSL_do_handshake(b->ssl) == 1;
    carry_from(b->ssl, &to_client);
    return done;
}

static void bare_close(void *server)
{
    SSL_free(((struct bare *)server)->ssl);
}

struct gateway {
    struct gw_tls_context *ctx;
    struct gw_tls tls;
};

static size_t take(void *owner, void *buf, size_t cap)
{
    (void)owner;
    return take_first(&to_server, buf, cap);
}

static void put(void *owner, const void *data, size_t len)
{
    (void)owner;
    add(&to_client, data, len);
}

static void gateway_open(void *server)
{
    static const struct gw_tls_io io = { .take = take, .put = put };
    struct gateway *g = server;

    if (gw_tls_init(&g->tls, g->ctx, &io, NULL) != ST_OK)
        bench_die("out of memory");
}

static bool gateway_go_on(void *server)
{
    struct gateway *g = server;
    struct gw_tls_peer peer;
    char why[128] = "";
    const int rc = gw_tls_handshake(&g->tls, &peer, why);

    if (rc != ST_OK && rc != ST_TIMEOUT)
        bench_die(why);
    return rc == ST_OK;
}

static void gateway_close(void *server)
{
    gw_tls_clear(&((struct gateway *)server)->tls);
}

struct kind {
    void (*open)(void *server);
    bool (*go_on)(void *server); /* true when the handshake is finished */
    void (*close)(void *server);
};
static const struct kind bare_kind = { bare_open, bare_go_on, bare_close };
static const struct kind gateway_kind = { gateway_open, gateway_go_on, gateway_close };

/* One handshake; the CPU seconds that the server needed. */
static double handshake(const struct kind *kind, void *server, SSL_CTX *clients,
                        const struct bench_identity *id)
{
    SSL *client = bench_client(clients, id, true);
    double began_s, spent_s;
    bool done = false;

    attach_memory(client);
    SSL_set_connect_state(client);
    to_server.len = to_client.len = 0;
    began_s = now_s(CLOCK_THREAD_CPUTIME_ID);
    kind->open(server);
    spent_s = now_s(CLOCK_THREAD_CPUTIME_ID) - began_s;
    for (int i = 0; !done; i++) {
        if (i == ROUNDS_MAX)
            bench_die("a handshake does not finish");
        (void)SSL_do_handshake(client);
        carry_from(client, &to_server);
        began_s = now_s(CLOCK_THREAD_CPUTIME_ID);
        done = kind->go_on(server);
        spent_s += now_s(CLOCK_THREAD_CPUTIME_ID) - began_s;
        carry_to(client, &to_client);
    }
    began_s = now_s(CLOCK_THREAD_CPUTIME_ID);
    kind->close(server);
    spent_s += now_s(CLOCK_THREAD_CPUTIME_ID) - began_s;
    SSL_free(client);
    return spent_s;
}

static const char usage[] = "usage: bench_tls_memory DIR SERVER_CA CERTIFICATE KEY SECONDS\n"
                            "DIR has the identities and fleet_ca.pem; the others are PEM files\n";

int main(int argc, char **argv)
{
    struct bench_identity *ids;
    struct bare bare;
    struct gateway gateway;
    char fleet_ca[1024], err[256];
    double bare_s = 0, gateway_s = 0, end_s;
    unsigned long done = 0;

    if (argc != 6)
        bench_die(usage);
    const unsigned n = bench_identities_load(argv[1], &ids);
    SSL_CTX *clients = bench_client_context(argv[2]);
    (void)snprintf(fleet_ca, sizeof fleet_ca, "%s/fleet_ca.pem", argv[1]);
    bare.ctx = bench_server_context(argv[1], argv[3], argv[4]);
    if (gw_tls_context_new(argv[3], argv[4], fleet_ca, &gateway.ctx, err, sizeof err) != ST_OK)
        bench_die(err);
    end_s = now_s(CLOCK_MONOTONIC) + atof(argv[5]);
    for (; now_s(CLOCK_MONOTONIC) < end_s; done++) {
        gateway_s += handshake(&gateway_kind, &gateway, clients, &ids[done % n]);
        bare_s += handshake(&bare_kind, &bare, clients, &ids[done % n]);
    }
    printf("{\"done\": %lu, \"gateway_cpu_seconds\": %.6f, \"bare_cpu_seconds\": %.6f}\n", done, gateway_s,
           bare_s);
    gw_tls_context_release(gateway.ctx);
    SSL_CTX_free(bare.ctx);
    SSL_CTX_free(clients);
    return 0;
}
