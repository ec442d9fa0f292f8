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
 *  D3 once PROVISIONED nothing changes the identity any more;
 *  D4 the accepted signers are the factory's (core/factory) until PROVISIONED, then those of the Provision message alone.
 */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/factory/factory.h"
#include "core/img/manifest.h"
#include "port/port_stream.h"
#include "proto/codec/codec.h"

struct identity {
    bool has_key;
    bool provisioned;
    uint8_t private_key[32];
    uint8_t public_key[P256_POINT_BYTES];
    char sid[SID_CHARS + 1]; /* from the public key; empty without one */
    otr_Provision provision; /* valid when provisioned */
    uint32_t signer_count;
    uint8_t signers[FACTORY_SIGNERS_MAX][P256_POINT_BYTES];
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

/* Reads it from the mounted store. work: KV_VALUE_MAX_BYTES of scratch memory. */
void identity_load(struct identity *identity, uint8_t *work);

/* Makes the key pair if there is none. */
enum identity_status identity_keygen(struct identity *identity);

/* Checks a serialized Provision and stores it. */
enum identity_status identity_set(struct identity *identity, const uint8_t *bytes, uint32_t length);

/* What the stream needs; points into identity. Only when provisioned. */
void identity_stream(const struct identity *identity, struct port_stream_identity *out);

/* Accepted application signers (D4). Points into identity. */
void identity_signers(const struct identity *identity, struct manifest_signers *out);

#endif
