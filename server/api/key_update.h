/* SPDX-License-Identifier: Apache-2.0 */
/* Making a key update and adding it to the account's chain; whoever has said what shall change goes on here. */
#ifndef API_KEY_UPDATE_H
#define API_KEY_UPDATE_H

#include <stdbool.h>

#include "api/key_ring.h"
#include "store/store.h"

struct reply;
struct request;
struct worker;

struct key_update {
    struct key_ring before;
    otr_KeyRing after;
    bundle_OpaqueManifest opaque;
    bundle_NewKeysBody body;
    struct store_key_update row;
};

/* Each false after the reply was filled. Read the ring first; then fill body; then have the managed key sign it; then judge it as a
 * device would, store it and tell the gateways. */
bool key_update_begin(struct worker *w, const struct request *q, struct reply *r, struct key_update *c);
bool key_update_sign(struct worker *w, const struct request *q, struct reply *r, struct key_update *c);
bool key_update_add(struct worker *w, const struct request *q, struct reply *r, struct key_update *c);

#endif
