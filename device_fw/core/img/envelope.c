/* SPDX-License-Identifier: Apache-2.0 */
/* Opening of signed envelopes, the cheapest check first. */
#include "core/img/envelope.h"

#include "core/img/digest.h"
#include "port/port_crypto.h"
#include "proto/codec/codec.h"

/* The body is decoded out of the envelope's bytes, so both live. */
static struct envelope envelope;

static const uint8_t *find_signer(const struct manifest_signers *signers, uint64_t id)
{
    for (uint32_t i = 0; i < signers->count; i++)
        if (bundle_signer_id(digest_pieces, signers->points[i]) == id)
            return signers->points[i];
    return NULL;
}

otr_UpdateError envelope_open(const uint8_t *bytes, uint32_t length, const struct manifest_signers *signers,
                              envelope_digest_fn digest, struct envelope **out)
{
    const bundle_OpaqueManifest *opaque = &envelope.opaque;
    uint8_t hash[SHA256_BYTES];
    const uint8_t *point;

    if (codec_manifest_decode(bytes, length, &envelope.opaque) != CODEC_OK)
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    point = find_signer(signers, opaque->signer_id);
    if (point == NULL)
        return otr_UpdateError_UPDATE_SIGNER_UNKNOWN;
    if (opaque->signature.size != P256_SIG_BYTES)
        return otr_UpdateError_UPDATE_SIGNATURE;
    digest(digest_pieces, opaque->body.bytes, opaque->body.size, hash);
    if (!port_p256_verify(point, hash, opaque->signature.bytes))
        return otr_UpdateError_UPDATE_SIGNATURE;
    *out = &envelope;
    return otr_UpdateError_UPDATE_OK;
}
