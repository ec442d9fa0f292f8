/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through the manifests of the apps that are targeted; withdrawals are seldom, so nothing is kept for them. */
#include "api/key_use.h"

#include <string.h>

#include "api/key_ring.h"
#include "api/service.h"
#include "base/status.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

/* 0 for one that cannot be decoded: it was when it was uploaded. */
static int signer_of(struct worker *w, const struct store_app *app, uint64_t *signer_id)
{
    unsigned char manifest[MANIFEST_MAX_BYTES];
    bundle_OpaqueManifest opaque = { 0 };
    size_t len = 0;
    int rc = store_app_manifest(w->store, app->account_sid, app->sid, manifest, sizeof(manifest), &len);
    *signer_id =
        rc == ST_OK && codec_manifest_decode(manifest, len, &opaque) == CODEC_OK ? opaque.signer_id : 0;
    return rc;
}

int key_use_find(struct worker *w, const char *account_sid, const otr_KeyRing *before,
                 const otr_KeyRing *after, struct key_use *out)
{
    struct store_app app = { .position = 0 };
    int rc;
    do {
        rc = store_app_targeted(w->store, account_sid, app.position, &app, &out->devices);
        if (rc != ST_OK) {
            return rc;
        }
        rc = signer_of(w, &app, &out->signer_id);
        if (rc == ST_OK && keys_signer(key_ring_sha256, before, out->signer_id) != NULL &&
            keys_signer(key_ring_sha256, after, out->signer_id) == NULL) {
            memcpy(out->app_sid, app.sid, SID_BYTES);
            return ST_OK;
        }
    } while (rc == ST_OK || rc == ST_NOT_FOUND); /* deleted in between: it is not targeted any more */
    return rc;
}
