/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key ring of an account: whom its devices trust once they have applied every key update (PROTOCOL.md section 12).
 *
 * Before the first update it is what provisioning gives: the managed signer, those of the configuration, and the server CA. From then
 * on the configuration counts no more for the account: its chain of updates does.
 */
#ifndef API_KEY_RING_H
#define API_KEY_RING_H

#include <stdbool.h>

#include "proto/bundle/bundle.h"
#include "proto/limits.h"
#include "wire.pb.h"

struct worker;

struct key_ring {
    otr_KeyRing ring;
    bool stored; /* the account has a chain */
};

/* ST_OK; ST_TIMEOUT or ST_CLOSED when the keeper is away; ST_INVALID or ST_IO after logging when a configured key cannot be read;
 * what the store says. May wait. */
int key_ring_get(struct worker *w, const char *account_sid, struct key_ring *out);

/* SHA-256 for the rules of proto/. */
void key_ring_sha256(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES]);

/* Id of a key as the API writes it: 16 hex digits. */
#define KEY_ID_CHARS 16u
void key_id_write(uint64_t id, char out[KEY_ID_CHARS + 1]);
bool key_id_read(const char *text, uint64_t *id);

#endif
