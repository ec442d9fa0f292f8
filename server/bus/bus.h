/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed messages between roles over socket pairs (SOCK_SEQPACKET) that the parent makes once and keeps open, so that a role that
 * was restarted finds the same ends again. A message only says "look again": losing one costs latency, never correctness.
 *
 * Wire form of a message (one packet): u16 type, u16 zero, u32 tag (little-endian host order: both ends are one machine), body.
 * A request carries a tag that its reply repeats; a requester gives up after a timeout and may ask again: every request is
 * idempotent.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include <stddef.h>
#include <stdint.h>

enum bus_type {
    /* api -> every gateway: body = device SID (34 chars). Read the row again. */
    BUS_DEVICE_CHANGED = 1,
    /* api -> every gateway, request: body = device SID. Close its session: revoked or deleted. Reply: empty, when no frame of
     * the device is served any more. */
    BUS_DEVICE_REVOKED = 2,
    /* gateway -> every other gateway: body = device SID (34), u64 session id. Whoever holds an older session drops it. */
    BUS_SESSION_OPENED = 3,
    /* api -> every gateway: body = account SID (34). What its devices are told may have changed: read their rows again. */
    BUS_ACCOUNT_CHANGED = 4,
    /* api -> keeper, request: body = manifest body bytes. Reply BUS_REPLY: i32 status, u64 signer id, 64-byte signature. */
    BUS_SIGN_MANIFEST = 16,
    /* api -> keeper, request: body = DER PKCS#10. Reply: i32 status, then on success: SID (34), DER certificate;
     * on failure: words. The keeper checks the request's signature and derives the SID from the key. */
    BUS_ISSUE_DEVICE_CERT = 17,
    /* any -> keeper, request: empty. Reply: i32 status, u64 signer id, 65-byte public key of the managed app signer. */
    BUS_APP_SIGNER = 18,
    /* api -> keeper, request: body = NewKeysBody bytes. Reply as to BUS_SIGN_MANIFEST. */
    BUS_SIGN_NEW_KEYS = 19,
    /* api -> keeper, request: empty. Reply: i32 status, then on success of the first: 64-byte signature of the authority before, DER
     * certificate of the newest (keeper/server_ca.h). */
    BUS_SERVER_CA_ADD = 20,
    BUS_SERVER_CA_SWITCH = 21,
    BUS_SERVER_CA_DELETE = 22,
    BUS_REPLY = 64
};

struct bus_message {
    uint16_t type;
    uint32_t tag;
    uint32_t len;              /* bytes of body */
    const unsigned char *body; /* into the caller's buffer */
};

/* Sends without waiting. ST_OK, ST_TIMEOUT when the peer's queue is full (message dropped), ST_CLOSED, ST_TOO_LARGE. */
int bus_send(int fd, uint16_t type, uint32_t tag, const void *body, size_t len);

/* Takes one waiting message into buf (BUS_MESSAGE_MAX_BYTES + 8). ST_OK, ST_TIMEOUT when none waits, ST_CLOSED,
 * ST_INVALID for a malformed packet (skipped). */
int bus_recv(int fd, void *buf, size_t cap, struct bus_message *out);

/* A tag for requests: none that a late reply could carry. */
uint32_t bus_tag(void);

/* Waits until the deadline (monotonic, microseconds) for the reply with this tag, dropping stale replies. For threads that may
 * block. ST_OK fills out (into buf), ST_TIMEOUT, ST_CLOSED. Callers serialize use of one fd. */
int bus_await(int fd, uint32_t tag, int64_t deadline_us, void *buf, size_t cap, struct bus_message *out);

/* Sends a request and waits at most timeout_ms for its reply, as above. */
int bus_call(int fd, uint16_t type, const void *body, size_t len, int timeout_ms, void *buf, size_t cap,
             struct bus_message *out);

#endif
