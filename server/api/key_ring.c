/* SPDX-License-Identifier: Apache-2.0 */
/* From the store, or from configuration and keeper when the account has no key update yet. */
#include "api/key_ring.h"

#include <stdio.h>
#include <string.h>

#include "api/server_ca.h"
#include "api/service.h"
#include "api/signers.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

void key_ring_sha256(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES])
{
    struct crypto_sha256_ctx *ctx = crypto_sha256_new();
    for (size_t i = 0; i < count; i++) {
        crypto_sha256_add(ctx, pieces[i].data, pieces[i].length);
    }
    crypto_sha256_end(ctx, digest);
    crypto_sha256_free(ctx);
}

void key_id_write(uint64_t id, char out[KEY_ID_CHARS + 1])
{
    (void)snprintf(out, KEY_ID_CHARS + 1, "%016llx", (unsigned long long)id);
}

bool key_id_read(const char *text, uint64_t *id)
{
    unsigned char bytes[8];
    if (strlen(text) != KEY_ID_CHARS || hex_decode(text, bytes, sizeof(bytes)) != ST_OK) {
        return false;
    }
    *id = 0;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        *id = *id << 8 | bytes[i];
    }
    return true;
}

static void signer_add(otr_KeyRing *ring, const unsigned char point[P256_POINT_BYTES])
{
    for (uint32_t i = 0; i < ring->accepted; i++) {
        if (memcmp(ring->signers[i], point, P256_POINT_BYTES) == 0) {
            return;
        }
    }
    if (ring->accepted < APP_SIGNERS_MAX) {
        memcpy(ring->signers[ring->accepted++], point, P256_POINT_BYTES);
        ring->signers_count = (pb_size_t)ring->accepted;
    }
}

static int signers_fill(struct service *s, otr_KeyRing *ring)
{
    struct bundle_signer signers[SIGNERS_MAX];
    size_t count = 0;
    int rc = signers_begin(s, signers, &count);
    for (size_t i = 0; rc == ST_OK && i < count; i++) {
        signer_add(ring, signers[i].point);
    }
    return rc;
}

static int server_ca_begin(struct service *s, otr_KeyRing *ring)
{
    struct server_cas cas;
    int rc = server_cas_read(s, &cas);
    ring->server_cas[0] = cas.present.id;
    ring->server_cas_count = 1;
    return rc;
}

static int begin(struct service *s, const char *account_sid, otr_KeyRing *ring)
{
    memset(ring, 0, sizeof(*ring));
    (void)snprintf(ring->account_sid, sizeof(ring->account_sid), "%s", account_sid);
    int rc = signers_fill(s, ring);
    return rc == ST_OK ? server_ca_begin(s, ring) : rc;
}

int key_ring_get(struct worker *w, const char *account_sid, struct key_ring *out)
{
    struct store_key_update latest;
    int rc = store_keys_latest(w->store, account_sid, &latest);
    memset(out, 0, sizeof(*out));
    if (rc == ST_NOT_FOUND) {
        return begin(w->service, account_sid, &out->ring);
    }
    if (rc != ST_OK) {
        return rc;
    }
    out->stored = true;
    if (codec_key_ring_decode(latest.ring, latest.ring_len, &out->ring) != CODEC_OK) {
        log_error("key_ring_unreadable", "account", account_sid);
        return ST_STORE;
    }
    return ST_OK;
}
