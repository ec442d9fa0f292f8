/* SPDX-License-Identifier: Apache-2.0 */
/* Building of NewKeys messages; see keys_fake.h. */
#include "tests/unit/device/keys_fake.h"

#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "core/kv/kv.h"
#include "port/port_hpke.h"
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

uint64_t keys_fake_decrypter_id(uint32_t n)
{
    uint8_t private_key[32], point[P256_POINT_BYTES];

    crypto_fake_decrypter(n, private_key, point);
    return bundle_decrypter_id(digest_pieces, point);
}

void keys_fake_add_decrypter(uint32_t n, const uint8_t receiver[P256_POINT_BYTES], uint64_t receiver_id)
{
    static const struct port_hpke_purpose purpose = { "outrigger-decrypter-v1", 22, "", 0 };
    bundle_HpkeCiphertext *added = &body.add_layer_decrypters[body.add_layer_decrypters_count++];
    uint8_t message[P256_POINT_BYTES + DECRYPTER_SEALED_BYTES], point[P256_POINT_BYTES];

    crypto_fake_decrypter(n, message + P256_POINT_BYTES, point);
    if (port_hpke_seal(receiver, &purpose, message, DECRYPTER_BYTES) != 0)
        abort();
    added->receiver_id = receiver_id;
    added->key_id = keys_fake_decrypter_id(n);
    added->sender_pub.size = P256_POINT_BYTES;
    memcpy(added->sender_pub.bytes, message, P256_POINT_BYTES);
    added->ciphertext.size = DECRYPTER_SEALED_BYTES;
    memcpy(added->ciphertext.bytes, message + P256_POINT_BYTES, DECRYPTER_SEALED_BYTES);
}

void keys_fake_add_decrypter_for_device(uint32_t n)
{
    uint8_t record[32 + P256_POINT_BYTES], digest[SHA256_BYTES];
    uint64_t id = 0;

    if (kv_get(KV_IDENTITY_KEY, record, sizeof(record)) != (int)sizeof(record))
        abort();
    digest_bytes(record + 32, P256_POINT_BYTES, digest);
    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    keys_fake_add_decrypter(n, record + 32, id);
}

void keys_fake_misname_decrypter(uint64_t id)
{
    body.add_layer_decrypters[body.add_layer_decrypters_count - 1u].key_id = id;
}

void keys_fake_delete_decrypter(uint32_t n)
{
    body.delete_layer_decrypters[body.delete_layer_decrypters_count++] = keys_fake_decrypter_id(n);
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
