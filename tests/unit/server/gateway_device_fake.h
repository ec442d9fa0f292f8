/* SPDX-License-Identifier: Apache-2.0 */
/* A synthetic device: real TLS from OpenSSL, frames and messages as the test wants them, also wrong ones.
 * Blocking, with a deadline of 10 s for each wait. */
#ifndef UNIT_GATEWAY_DEVICE_FAKE_H
#define UNIT_GATEWAY_DEVICE_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "unit/server/gateway_pki_fake.h"
#include "wire.pb.h"

struct device_fake {
    const struct pki_fake_device *identity;
    uint16_t port;
    int fd;
    SSL *ssl;
    uint64_t boot_id;
};

struct device_fake_item {
    bool is_control;
    otr_ServerMessage m;
    uint16_t stream_id;
    uint16_t len;
    unsigned char data[FRAME_PAYLOAD_MAX_BYTES];
};

/* TCP only. */
void device_fake_dial(struct device_fake *d, uint16_t port, const struct pki_fake_device *identity);
/* TLS; alpn NULL: none offered. True when the handshake finished on our side and the server did not refuse it
 * afterwards at once (TLS 1.3 clients finish first: a refusal shows at the next read). */
bool device_fake_handshake(struct device_fake *d, const char *alpn);
void device_fake_close(struct device_fake *d);
void device_fake_reset(struct device_fake *d); /* as a power cut: no FIN, no close_notify */

void device_fake_send(struct device_fake *d, const otr_DeviceMessage *m);
void device_fake_send_raw(struct device_fake *d, const void *data, size_t len); /* inside TLS */
void device_fake_send_tcp(struct device_fake *d, const void *data, size_t len); /* beside TLS */

/* The next frame. False at the end of the connection. Aborts the test after 10 s without anything. */
bool device_fake_recv(struct device_fake *d, struct device_fake_item *out);
/* Skips frames until a control message of this kind; false when the connection ended before. */
bool device_fake_await(struct device_fake *d, pb_size_t which, struct device_fake_item *out);
/* Waits for the end of the connection. */
void device_fake_await_end(struct device_fake *d);

/* dial, handshake, Hello, Welcome. */
void device_fake_check_in(struct device_fake *d, uint16_t port, const struct pki_fake_device *identity,
                          struct device_fake_item *welcome);
otr_DeviceMessage device_fake_hello(const struct device_fake *d);
otr_DeviceMessage device_fake_log(uint32_t seq, otr_LogKind kind, const char *text);
otr_DeviceMessage device_fake_stream_open(uint32_t id, uint32_t credit, const unsigned char *sha256,
                                          uint32_t offset, uint32_t length);

#endif
