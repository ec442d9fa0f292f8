/* SPDX-License-Identifier: Apache-2.0 */
/* Building of NewKeys messages; see keys_fake.h. */
#include "tests/unit/device/keys_fake.h"

#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"
#include "tests/unit/device/crypto_fake.h"

static bundle_NewKeysBody body;

void keys_fake_begin(uint32_t sequence)
{
    memset(&body, 0, sizeof(body));
    body.sequence = sequence;
    strcpy(body.account_sid, KEYS_FAKE_ACCOUNT);
}

void keys_fake_account(const char *account_sid)
{
    strcpy(body.account_sid, account_sid);
}

void keys_fake_add(uint32_t signer)
{
    bundle_NewKeysBody_add_manifest_signers_t *added =
        &body.add_manifest_signers[body.add_manifest_signers_count++];

    added->size = P256_POINT_BYTES;
    crypto_fake_point(signer, added->bytes);
}

uint64_t keys_fake_signer_id(uint32_t signer)
{
    uint8_t point[P256_POINT_BYTES];

    crypto_fake_point(signer, point);
    return bundle_signer_id(digest_pieces, point);
}

uint64_t keys_fake_ca_id(uint8_t n)
{
    uint8_t der[2];

    return keys_server_ca_id(digest_pieces, der, crypto_fake_ca(n, der));
}

void keys_fake_delete(uint32_t signer)
{
    body.delete_manifest_signers[body.delete_manifest_signers_count++] = keys_fake_signer_id(signer);
}

void keys_fake_add_ca(uint8_t n, uint8_t voucher)
{
    bundle_ServerCa *ca = &body.add_server_ca;
    uint8_t point[P256_POINT_BYTES];
    uint8_t digest[SHA256_BYTES];

    body.has_add_server_ca = true;
    ca->certificate.size = (pb_size_t)crypto_fake_ca(n, ca->certificate.bytes);
    keys_server_ca_digest(digest_pieces, ca->certificate.bytes, ca->certificate.size, digest);
    crypto_fake_ca_point(voucher, point);
    crypto_fake_sign(point, digest, ca->signature.bytes);
    ca->signature.size = P256_SIG_BYTES;
}

void keys_fake_delete_ca(uint8_t n)
{
    body.delete_server_cas[body.delete_server_cas_count++] = keys_fake_ca_id(n);
}

void keys_fake_sign(uint32_t signer, struct keys_fake *out)
{
    static bundle_OpaqueManifest opaque;
    uint8_t point[P256_POINT_BYTES];
    uint8_t digest[SHA256_BYTES];
    int length = codec_new_keys_encode(&body, opaque.body.bytes, sizeof(opaque.body.bytes));

    if (length < 0)
        abort();
    opaque.body.size = (pb_size_t)length;
    opaque.signer_id = keys_fake_signer_id(signer);
    crypto_fake_point(signer, point);
    keys_sign_digest(digest_pieces, opaque.body.bytes, opaque.body.size, digest);
    crypto_fake_sign(point, digest, opaque.signature.bytes);
    opaque.signature.size = P256_SIG_BYTES;
    length = codec_manifest_encode(&opaque, out->bytes, sizeof(out->bytes));
    if (length < 0)
        abort();
    out->length = (uint32_t)length;
}
