/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a NewKeys message does to a key ring (PROTOCOL.md section 12), as a pure function: the server keeps the ring of an account,
 * each device its own, and both must come to the same.
 *
 * Invariants:
 *  N1 messages form a chain: only the successor (sequence + 1) of the last one applied is applied, so that an old message cannot
 *     undo a newer one, and none can be left out;
 *  N2 a message for another account changes nothing;
 *  N3 a ring always holds 1 to APP_SIGNERS_MAX accepted signers and 1 to SERVER_CAS_MAX server CAs;
 *  N4 a message changes the ring wholly or not at all;
 *  N5 what is deleted and was not there, or is added and was there, makes no difference: rings that began differently come together;
 *  N6 a signer that is deleted while it vouches for what is installed is kept behind the accepted ones, for that manifest alone: what
 *     runs may go on, and be repaired, but the signer signs nothing else any more;
 *  N7 a ring holds at most LAYER_DECRYPTERS_MAX layer decrypters, also while a message is applied: what it deletes makes room for the
 *     next message, so that no device must destroy a key before the ring without it is in force. A device applies a message without
 *     those decrypters that it cannot open: they are for others.
 * Who may sign is the caller's business: the message must be signed by an accepted signer of the ring as it was before.
 * No allocation, no I/O; SHA-256 comes from the caller.
 */
#ifndef PROTO_KEYS_H
#define PROTO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bundle/bundle.h"
#include "proto/limits.h"
#include "wire.pb.h"

/* What keys_apply found, in the order in which it looks. */
enum keys_fault {
    KEYS_OK = 0,
    KEYS_SEQUENCE,     /* N1 */
    KEYS_ACCOUNT,      /* N2 */
    KEYS_POINT,        /* a signer that is not a 65-byte uncompressed point */
    KEYS_DECRYPTERS,   /* a layer decrypter that is not sealed as it must be */
    KEYS_CA,           /* a server CA without certificate or without a 64-byte signature */
    KEYS_CA_AT_ONCE,   /* adds a server CA and deletes one: a device drops none before it has used another */
    KEYS_NO_SIGNER,    /* N3 */
    KEYS_SIGNERS_FULL, /* N3 */
    KEYS_NO_SERVER_CA, /* N3 */
    KEYS_SERVER_CAS_FULL, /* N3 */
    KEYS_DECRYPTERS_FULL  /* N7 */
};

/* What is installed, or is being installed, and who signed it (N6). */
struct keys_installed {
    uint64_t signer_id; /* 0: nothing is */
    uint8_t manifest_sha256[SHA256_BYTES];
};

/* Carries a message out. installed: NULL for rings that stand for no device. */
enum keys_fault keys_apply(bundle_sha256_fn sha256, const bundle_NewKeysBody *body,
                           const struct keys_installed *installed, otr_KeyRing *ring);

/* Words for people; static memory. */
const char *keys_fault_text(enum keys_fault fault);

/* Accepted signer with this id, or NULL. */
const uint8_t *keys_signer(bundle_sha256_fn sha256, const otr_KeyRing *ring, uint64_t id);

/* Is the server CA in the ring? */
bool keys_has_server_ca(const otr_KeyRing *ring, uint64_t id);

/* Is the layer decrypter in the ring? */
bool keys_has_decrypter(const otr_KeyRing *ring, uint64_t id);

/* Id of a server CA: first 8 bytes, big-endian, of SHA-256(certificate). */
uint64_t keys_server_ca_id(bundle_sha256_fn sha256, const uint8_t *der, size_t length);

/* Digests that signatures are over: of a NewKeysBody, and of a new server CA's certificate. */
void keys_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                      uint8_t digest[SHA256_BYTES]);
void keys_server_ca_digest(bundle_sha256_fn sha256, const uint8_t *der, size_t length,
                           uint8_t digest[SHA256_BYTES]);

#endif
