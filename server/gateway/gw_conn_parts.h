/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a connection share: gw_conn.c (life and input), gw_conn_out.c (output), gw_conn_ops.c
 * (what its session asks). */
#ifndef GATEWAY_GW_CONN_PARTS_H
#define GATEWAY_GW_CONN_PARTS_H

#include <netinet/in.h>

#include "gateway/gw_conn.h"
#include "gateway/gw_hub.h"

#define GW_REMOTE_TEXT_BYTES (INET6_ADDRSTRLEN + 8)

struct gw_conn {
    uv_tcp_t tcp;
    struct gw_hub *hub;
    struct gw_conn *next, **link; /* of hub->conns */
    struct gw_tls tls;
    struct gw_session session;
    struct gw_timer timer;
    struct gw_entry entry; /* in the registry while the session is the device's */
    struct gw_row_slot report_slot, presence_slot, keys_slot;
    const unsigned char *in; /* ciphertext not yet taken by TLS: in the hub's read buffer, or the stash */
    size_t in_len;
    unsigned char *stash; /* heap: ciphertext that came before reading was paused */
    const char *broken;   /* static words: the connection is to be ended after this event */
    int64_t opened_us, linger_us;
    uint32_t references; /* the socket, and each pool operation */
    int blob_fd[GW_STREAM_SLOTS];
    uint8_t ended; /* enum gw_session_end */
    bool reading;  /* from the socket */
    bool paused;   /* the session does not want input: TLS or the stash may hold some */
    bool blocked;  /* streams wait for room in the write queue */
    bool opened;   /* was or is the device's session */
    bool slim;     /* gw_tls_forget_peer was called */
    bool closing;  /* ended: only its output and the peer's end are waited for */
    bool closed;   /* uv_close was called */
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } remote;
};

extern const struct gw_session_ops gw_conn_ops;

/* The connection that has the device's open session, or NULL. */
struct gw_conn *gw_conn_find(struct gw_hub *hub, const char *sid);
const char *gw_conn_remote(const struct gw_conn *c, char out[GW_REMOTE_TEXT_BYTES]);
void gw_conn_release(struct gw_conn *c);

/* After each event. */
void gw_conn_settle(struct gw_conn *c);

/* Output: collected in the hub, handed to the kernel by flush; what the kernel does not take is queued on the
 * heap. */
void gw_conn_put(void *conn, const void *data, size_t len);
void gw_conn_flush(struct gw_conn *c);
size_t gw_conn_queued_bytes(const struct gw_conn *c);

#endif
