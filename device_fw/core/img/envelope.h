/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed envelopes (bundle.OpaqueManifest): manifests of applications and of microvisors, and NewKeys messages, differ in their bodies
 * and in the text that is signed in front of them.
 */
#ifndef CORE_ENVELOPE_H
#define CORE_ENVELOPE_H

#include "core/img/manifest.h"
#include "proto/bundle/bundle.h"

struct envelope {
    bundle_OpaqueManifest opaque; /* decoded; the signature over its body is right */
    union {                       /* room for whoever decodes the body further */
        bundle_AppBody app;
        bundle_NewKeysBody keys;
        bundle_KernelBody kernel;
    } body;
};

/* Digest that the signature is over: bundle_sign_digest, bundle_kernel_sign_digest or keys_sign_digest. */
typedef void (*envelope_digest_fn)(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                                   uint8_t digest[SHA256_BYTES]);

/* Decodes, finds the signer, verifies. On UPDATE_OK *out points to static memory that the next call uses again; else
 * UPDATE_MANIFEST_FORMAT, UPDATE_SIGNER_UNKNOWN or UPDATE_SIGNATURE. Not reentrant. */
otr_UpdateError envelope_open(const uint8_t *bytes, uint32_t length, const struct manifest_signers *signers,
                              envelope_digest_fn digest, struct envelope **out);

#endif
