/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a signer that shall be withdrawn has signed what devices are to run. */
#ifndef API_KEY_USE_H
#define API_KEY_USE_H

#include <stdint.h>

#include "base/sid.h"
#include "wire.pb.h"

struct worker;

struct key_use {
    char app_sid[SID_BYTES];
    uint64_t signer_id;
    uint32_t devices; /* not revoked, that are to run it */
};

/* The first app that devices of the account are to run and whose signer is accepted before, but not after. ST_NOT_FOUND: there is
 * none; what the store says. */
int key_use_find(struct worker *w, const char *account_sid, const otr_KeyRing *before,
                 const otr_KeyRing *after, struct key_use *out);

#endif
