/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom this device trusts (PROTOCOL.md sections 12 and 13): its key ring, and the certificates of the server CAs in it.
 *
 *   factory signers --provisioned--> as provisioned --message 1--> ring 1 --message 2--> ring 2 ...
 *
 * In the key/value store:
 *   KV_KEY_RING                   serialized otr.KeyRing; none before the first message
 *   KV_SERVER_CA_0, KV_SERVER_CA_1  DER; one that the ring does not name is garbage
 *   KV_LAYER_KEY_0 to _3          decrypters.h
 *
 * Invariants:
 *  T1 once provisioned, the ring changes only by a message that one of its accepted signers has signed, and as keys_apply() says (N1..N6);
 *     before that, the factory's signers are accepted and there is no server CA;
 *  T2 a message is in force when its ring is durable, which is one value of the store: a cut leaves the old ring or the new one;
 *  T3 the certificate of each server CA of the stored ring is in the store, too;
 *  T4 a server CA joins only with a signature by the key of one that is in the ring;
 *  T5 the server CA that vouches for the present connection does not leave;
 *  T6 memory that an open stream borrows is not changed;
 *  T7 a deleted signer is kept for the manifest that was installed then, and no longer than until another one is.
 * Called from the microvisor's thread only.
 */
#ifndef CORE_KEYRING_H
#define CORE_KEYRING_H

#include "core/factory/factory.h"
#include "core/img/manifest.h"
#include "core/keys/decrypters.h"
#include "port/port_stream.h"
#include "proto/codec/codec.h"
#include "proto/limits.h"

#define KEYRING_CA_NAME_CHARS 19u /* "ca/" and 16 hex digits */

struct keyring {
    otr_KeyRing ring;
    bool stored; /* the ring and its CAs are in the store */
    struct decrypters decrypters;
    unsigned not_opened;   /* decrypters of the last message that were not for this device */
    otr_UpdateError error; /* of the last message; UPDATE_OK once one was applied */
    /* One per key of the store. */
    struct keyring_ca {
        uint64_t id;
        uint16_t length; /* 0: none */
        uint8_t der[CERTIFICATE_MAX_BYTES];
        char name[KEYRING_CA_NAME_CHARS + 1]; /* in the ALPN list */
    } cas[SERVER_CAS_MAX];
};

/* Reads it from the mounted store. provision: what the factory said; NULL: not provisioned yet. */
void keyring_load(struct keyring *keyring, const otr_Provision *provision);

/* The signers; points into keyring. */
void keyring_signers(const struct keyring *keyring, struct manifest_signers *out);

/* What the stream needs of it; points into keyring. Only while the stream is closed (T6). */
void keyring_stream(struct keyring *keyring, struct port_stream_identity *out);

/* Id of the server CA with this index in what keyring_stream() said. */
uint64_t keyring_server_ca(const struct keyring *keyring, uint32_t index);

/* What a message is judged by besides the ring. */
struct keyring_context {
    const struct manifest *owning; /* what is installed or being installed, NULL for nothing */
    uint64_t in_use;               /* id of the server CA that vouches for the connection */
    struct decrypters_identity identity;
};

/* Applies a serialized NewKeys message. The error is kept in keyring->error, too. */
otr_UpdateError keyring_apply(struct keyring *keyring, const uint8_t *bytes, uint32_t length,
                              const struct keyring_context *context);

/* What is installed now; when it is not what a deleted signer was kept for, that one is forgotten. If it cannot be stored the next
 * call does it. */
void keyring_settle(struct keyring *keyring, const struct manifest *installed);

/* What the server is told. */
void keyring_status(const struct keyring *keyring, uint64_t in_use, otr_KeysStatus *out);

#endif
