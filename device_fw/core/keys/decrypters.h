/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer decrypters of this device (PROTOCOL.md section 15): private keys that open the content keys of encrypted layers.
 *
 * In the key/value store: KV_LAYER_KEY_0 to _3, private scalar (32) and public point (65), in any order.
 *
 * Invariants:
 *  L1 a private key or content key is nowhere but in the key/value store, and in RAM while a function of this file, or the update engine,
 *     uses it; it is wiped there afterwards;
 *  L2 each decrypter of the stored ring is in the store, too; one that the ring does not name is deleted as soon as the ring is durable,
 *     or at the next start;
 *  L3 a decrypter counts only if its point belongs to its scalar and its id to the point.
 * Deleting does not erase: the store's bank holds the bytes until it is compacted.
 */
#ifndef CORE_DECRYPTERS_H
#define CORE_DECRYPTERS_H

#include "core/img/manifest.h"
#include "proto/bundle/bundle.h"
#include "proto/limits.h"
#include "wire.pb.h"

#define DECRYPTER_RECORD_BYTES (DECRYPTER_BYTES + P256_POINT_BYTES)
#define DECRYPTERS_PER_MESSAGE 2u

struct decrypters {
    uint64_t ids[LAYER_DECRYPTERS_MAX]; /* per key of the store; 0: none */
};

/* The device's identity: its private scalar and public point, borrowed. */
struct decrypters_identity {
    const uint8_t *private_key;
    const uint8_t *public_key;
};

/* Those that a message brings and that could be opened; to be wiped. */
struct decrypters_new {
    unsigned count;
    uint8_t records[DECRYPTERS_PER_MESSAGE][DECRYPTER_RECORD_BYTES];
};

/* Reads which there are, and deletes what the ring does not name (L2). */
void decrypters_load(struct decrypters *decrypters, const otr_KeyRing *ring);

/* Opens those of the message that the device does not have, and takes out of the message those that it cannot open. Returns how many
 * were taken out. */
unsigned decrypters_open(const struct decrypters *decrypters, const struct decrypters_identity *identity,
                         bundle_NewKeysBody *body, struct decrypters_new *out);

/* Stores them durably; the ring, which does not name them yet, has left room (N7). Port status. */
int decrypters_store(struct decrypters *decrypters, const struct decrypters_new *added);

/* Opens a content key. 0; PORT_ENOENT: no such decrypter; PORT_EAUTH: not sealed to it, or altered; PORT_EIO. */
int decrypters_content_key(const struct decrypters *decrypters, const struct manifest_content_key *sealed,
                           uint8_t key[CONTENT_KEY_BYTES]);

#endif
