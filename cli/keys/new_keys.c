/* SPDX-License-Identifier: Apache-2.0 */
/* Making of NewKeys messages. */
#include "keys/new_keys.h"

#include <string.h>

#include "base/base16.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "proto/codec/codec.h"

bool new_keys_id_read(const char *text, uint64_t *id)
{
    unsigned char bytes[8];

    if (!base16_decode(text, bytes, sizeof(bytes)))
        return false;
    *id = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        *id = *id << 8 | bytes[i];
    return true;
}

static int sign(bundle_OpaqueManifest *opaque, const struct p256_key *key, struct fail *fail)
{
    unsigned char text[NEW_KEYS_SIGN_PREFIX_BYTES + NEW_KEYS_BODY_MAX_BYTES];
    unsigned char point[P256_POINT_BYTES];

    memcpy(text, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES);
    memcpy(text + NEW_KEYS_SIGN_PREFIX_BYTES, opaque->body.bytes, opaque->body.size);
    p256_key_public(key, point);
    opaque->signer_id = pack_signer_id(point);
    opaque->signature.size = P256_SIG_BYTES;
    return p256_sign(key, text, NEW_KEYS_SIGN_PREFIX_BYTES + opaque->body.size, opaque->signature.bytes,
                     fail);
}

static int make_body(const struct new_keys *wanted, bundle_OpaqueManifest *opaque, struct fail *fail)
{
    bundle_NewKeysBody body = { .sequence = wanted->sequence };
    int len;

    if (wanted->sequence == 0 || strlen(wanted->account_sid) != SID_CHARS ||
        strncmp(wanted->account_sid, "AC", 2) != 0 || !codec_sid_valid(wanted->account_sid))
        return fail_set(fail, CLI_FORMAT,
                        "a key update needs a sequence from 1 on and an account (AC...), not %u and \"%s\"",
                        wanted->sequence, wanted->account_sid);
    memcpy(body.account_sid, wanted->account_sid, SID_CHARS + 1);
    if (wanted->add) {
        body.add_manifest_signers_count = 1;
        body.add_manifest_signers[0].size = P256_POINT_BYTES;
        memcpy(body.add_manifest_signers[0].bytes, wanted->add, P256_POINT_BYTES);
    }
    if (wanted->has_delete) {
        body.delete_manifest_signers_count = 1;
        body.delete_manifest_signers[0] = wanted->delete_id;
    }
    if (wanted->add_decrypter) {
        body.add_layer_decrypters_count = 1;
        body.add_layer_decrypters[0] = *wanted->add_decrypter;
    }
    if (wanted->has_delete_decrypter) {
        body.delete_layer_decrypters_count = 1;
        body.delete_layer_decrypters[0] = wanted->delete_decrypter_id;
    }
    len = codec_new_keys_encode(&body, opaque->body.bytes, NEW_KEYS_BODY_MAX_BYTES);
    opaque->body.size = (pb_size_t)(len > 0 ? len : 0);
    return len > 0 ? CLI_OK : fail_set(fail, CLI_FORMAT, "the key update does not fit into a message");
}

int new_keys_sign(const struct new_keys *wanted, const struct p256_key *key,
                  unsigned char out[NEW_KEYS_MAX_BYTES], size_t *len, struct fail *fail)
{
    bundle_OpaqueManifest opaque = { 0 };
    int status = make_body(wanted, &opaque, fail);
    int n = 0;

    if (!status)
        status = sign(&opaque, key, fail);
    if (!status)
        n = codec_manifest_encode(&opaque, out, NEW_KEYS_MAX_BYTES);
    *len = (size_t)(n > 0 ? n : 0);
    return status;
}
