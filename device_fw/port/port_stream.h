/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mutually authenticated TLS 1.3 stream to the server (PROTOCOL.md section 1). Never blocks: TLS arithmetic may
 * take up to about 100 ms of CPU, but no call waits for the network.
 *
 *   CLOSED --open--> OPENING --(poll)--> UP --close or failure--> CLOSED
 */
#ifndef PORT_STREAM_H
#define PORT_STREAM_H

#include <stdint.h>

/* Server CAs that a stream takes at once. */
#define PORT_STREAM_CAS_MAX 2u

/* Borrowed by the port from open until close: the memory must stay unchanged. */
struct port_stream_identity {
    const uint8_t *device_cert; /* DER */
    uint32_t device_cert_len;
    const uint8_t *private_key; /* 32-byte P-256 scalar */
    struct {
        const uint8_t *der;
        uint32_t len;                  /* 0: none */
    } server_cas[PORT_STREAM_CAS_MAX]; /* one of them must vouch for the server's certificate */
    /* What the ALPN list says behind the protocol's name, for the server to choose its certificate by; ends with NULL. */
    const char *names[PORT_STREAM_CAS_MAX + 1];
    const char *server_name; /* the server certificate must carry it */
    const char *host;        /* name or dotted address */
    uint16_t port;
};

/* Starts resolving, connecting and the handshake. now_unix_s is the earliest that the wall time can be: a
 * certificate that ended before it is refused, one that begins after it is not.
 * PORT_EINVAL when already open. Progress is made by port_stream_poll. */
int port_stream_open(const struct port_stream_identity *id, uint64_t now_unix_s);

/* Drives the stream. PORT_OK: up, may read and write. PORT_AGAIN: still opening. PORT_EAUTH: the peer's certificate
 * was refused, or it refused ours. PORT_EIO or PORT_CLOSED: gone; call close. */
int port_stream_poll(void);

/* Reads at most len bytes: count > 0, PORT_AGAIN, PORT_CLOSED, PORT_EIO. */
int port_stream_read(void *buf, uint32_t len);

/* Writes at most len bytes, possibly fewer: count > 0, PORT_AGAIN, PORT_EIO. After PORT_AGAIN the next write begins
 * with the same bytes. */
int port_stream_write(const void *buf, uint32_t len);

/* Ends the session (close_notify if it can) and frees everything. Harmless when closed. */
void port_stream_close(void);

/* Since when and until when the server's certificate is valid, in seconds since 1970, and which server CA vouches for it. Asked
 * while the stream is up. */
struct port_stream_validity {
    uint64_t from_s;
    uint64_t until_s;
    uint32_t server_ca; /* index in server_cas */
};
void port_stream_validity(struct port_stream_validity *out);

/* Words for the log about the last failure, e.g. "certificate expired"; static memory, never NULL. */
const char *port_stream_error(void);

#endif
