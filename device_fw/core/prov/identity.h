/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who this device is: its key pair, and what the factory has told it (otr.Provision), kept in the key/value
 * store.
 *
 *   BLANK --keygen--> KEYED --set--> PROVISIONED (for good)
 *
 * Invariants:
 *  D1 the private key leaves this room only as a pointer for TLS and for signing the request; it is never
 *     printed or sent;
 *  D2 PROVISIONED is reached only with a certificate for this device's own key and SID, and only when it is
 *     durable;
 *  D3 once PROVISIONED nothing changes the identity any more.
 */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "port/port_stream.h"
#include "proto/codec/codec.h"
#include "proto/limits.h"

struct identity {
    bool has_key;
    bool provisioned;
    uint8_t private_key[32];
    uint8_t public_key[P256_POINT_BYTES];
    char sid[SID_CHARS + 1]; /* from the public key; empty without one */
    /* When provisioned: what connecting takes, besides the server CAs (core/keys). */
    uint16_t gateway_port;
    uint16_t certificate_bytes;
    uint8_t certificate[CERTIFICATE_MAX_BYTES];
    char gateway_host[64];
    char server_name[64];
};

/* Scratch memory: bytes from the store or the tool, and what they mean. */
struct identity_work {
    uint8_t bytes[KV_VALUE_MAX_BYTES];
    otr_Provision provision;
};

/* Results of keygen and set; the words for the tool are PROTOCOL.md section 8. */
enum identity_status {
    IDENTITY_OK,
    IDENTITY_FORMAT,
    IDENTITY_LOCKED,
    IDENTITY_KEY,
    IDENTITY_CERTIFICATE,
    IDENTITY_FLASH,
    IDENTITY_ENTROPY
};

/* Reads it from the mounted store. When it is provisioned, work->provision is what the factory said. */
void identity_load(struct identity *identity, struct identity_work *work);

/* Makes the key pair if there is none. */
enum identity_status identity_keygen(struct identity *identity);

/* Checks the serialized Provision of length bytes in work->bytes and stores it; leaves it in work->provision. */
enum identity_status identity_set(struct identity *identity, struct identity_work *work, uint32_t length);

/* What the stream needs of it; points into identity. Only when provisioned. */
void identity_stream(const struct identity *identity, struct port_stream_identity *out);

#endif
