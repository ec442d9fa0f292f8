/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS towards devices (PROTOCOL.md section 1): version 1.3 only, client certificate of the fleet CA required,
 * ALPN required, no tickets, small records. Bytes go through the owner's two functions, so that no buffer is
 * held for an idle connection.
 *
 * Must not: touch sockets, know the session, hold the peer's certificate longer than needed.
 */
#ifndef GATEWAY_GW_TLS_H
#define GATEWAY_GW_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sid.h"
#include "proto/limits.h"

struct ssl_st;
struct gw_tls_context; /* certificates and settings, shared by the connections of a process */

/* Reads certificate chain, private key and the CA that devices are signed by (PEM files). ST_OK, or
 * ST_INVALID with words in err. */
int gw_tls_context_new(const char *certificate, const char *private_key, const char *fleet_ca,
                       struct gw_tls_context **out, char *err, size_t err_cap);
/* While the server CA is rolled over (PROTOCOL.md section 13): a second certificate for the same key. authorities: files of the
 * present CA, of the next one and of the old one; those that are not there, and a certificate that is not there, are passed over.
 * Before the first connection. */
struct gw_tls_offers {
    const char *authorities[3];
    const char *certificate;
};
int gw_tls_context_offer(struct gw_tls_context *c, const struct gw_tls_offers *offers, char *err,
                         size_t err_cap);
/* Id of the authority behind the preferred certificate; 0: not known. */
uint64_t gw_tls_context_authority(const struct gw_tls_context *c);
/* Freed with its last connection. NULL ok. */
void gw_tls_context_release(struct gw_tls_context *c);

struct gw_tls_io {
    /* Bytes that came from the network: at most cap, 0 when there are none now. */
    size_t (*take)(void *owner, void *buf, size_t cap);
    /* Bytes for the network. Takes all of them. */
    void (*put)(void *owner, const void *data, size_t len);
};

struct gw_tls {
    struct ssl_st *ssl;
    const struct gw_tls_io *io;
    void *owner;
    struct gw_tls_context *context; /* holds a reference */
};

/* t must stay where it is until gw_tls_clear. ST_OK or ST_NO_MEMORY. */
int gw_tls_init(struct gw_tls *t, struct gw_tls_context *c, const struct gw_tls_io *io, void *owner);
void gw_tls_clear(struct gw_tls *t);

/* Who the peer is, checked: certificate, key and SID belong together. */
struct gw_tls_peer {
    char sid[SID_BYTES]; /* "" when the certificate was not even read */
    unsigned char key_sha256[SHA256_BYTES];
};

/* Goes on with the handshake. ST_OK: finished, peer is filled; ST_TIMEOUT: needs more input; ST_DENIED or
 * ST_INVALID: refused, with words in why (static or in the buffer), and the SID in peer if it is known. */
int gw_tls_handshake(struct gw_tls *t, struct gw_tls_peer *peer, char why[128]);

/* Gives back memory (2 KB of 20) that only the handshake needed: the decoded key inside the peer's certificate, which OpenSSL
 * keeps for as long as the connection lasts. Costs 40 us, so it is for sessions that have lasted a while. */
void gw_tls_forget_peer(struct gw_tls *t);

/* Plain bytes: more than 0; 0 when more input is needed; ST_CLOSED when the peer ended TLS in order;
 * ST_INVALID when it broke it. */
int gw_tls_read(struct gw_tls *t, void *buf, size_t cap);

/* Puts all of it. ST_OK or ST_INVALID (TLS is broken). */
int gw_tls_write(struct gw_tls *t, const void *data, size_t len);

/* Says goodbye in TLS (close_notify) if the handshake was finished. */
void gw_tls_end(struct gw_tls *t);

#endif
