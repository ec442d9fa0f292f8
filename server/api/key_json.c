/* SPDX-License-Identifier: Apache-2.0 */
/* Key updates and key rings as JSON. */
#include "api/key_json.h"

#include <stdio.h>

#include "api/key_ring.h"
#include "crypto/base64.h"
#include "crypto/p256.h"
#include "model/update.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

static void id_put(struct json_out *j, const char *name, uint64_t id)
{
    char text[KEY_ID_CHARS + 1];
    key_id_write(id, text);
    json_put_text(j, name, text);
}

void key_ids_json(struct json_out *j, const char *name, const uint64_t *ids, size_t count)
{
    json_put_array(j, name);
    for (size_t i = 0; i < count; i++) {
        id_put(j, NULL, ids[i]);
    }
    json_put_array_end(j);
}

static void signer_put(struct json_out *j, const unsigned char point[P256_POINT_BYTES],
                       const uint64_t *managed)
{
    char text[CRYPTO_BASE64_CHARS(P256_POINT_BYTES) + 1];
    const uint64_t id = crypto_signer_id(point);
    crypto_base64_encode(point, P256_POINT_BYTES, text);
    json_put_object(j, NULL);
    id_put(j, "id", id);
    json_put_text(j, "public_key", text);
    if (managed != NULL) {
        json_put_bool(j, "managed", id == *managed);
    }
    json_put_object_end(j);
}

void key_signers_json(struct json_out *j, const otr_KeyRing *ring, uint64_t managed)
{
    json_put_array(j, "signers");
    for (uint32_t i = 0; i < ring->accepted; i++) {
        signer_put(j, ring->signers[i], &managed);
    }
    json_put_array_end(j);
}

static void added_put(struct json_out *j, const bundle_NewKeysBody *body)
{
    json_put_array(j, "added_signers");
    for (size_t i = 0; i < body->add_manifest_signers_count; i++) {
        signer_put(j, body->add_manifest_signers[i].bytes, NULL);
    }
    json_put_array_end(j);
}

static void server_cas_put(struct json_out *j, const bundle_NewKeysBody *body)
{
    if (body->has_add_server_ca) {
        id_put(j, "added_server_ca",
               keys_server_ca_id(key_ring_sha256, body->add_server_ca.certificate.bytes,
                                 body->add_server_ca.certificate.size));
    } else {
        json_put_null(j, "added_server_ca");
    }
    key_ids_json(j, "deleted_server_cas", body->delete_server_cas, body->delete_server_cas_count);
}

static void decrypters_put(struct json_out *j, const bundle_NewKeysBody *body)
{
    uint64_t added[sizeof(body->add_layer_decrypters) / sizeof(body->add_layer_decrypters[0])];
    for (size_t i = 0; i < body->add_layer_decrypters_count; i++) {
        added[i] = body->add_layer_decrypters[i].key_id;
    }
    key_ids_json(j, "added_layer_decrypters", added, body->add_layer_decrypters_count);
    key_ids_json(j, "deleted_layer_decrypters", body->delete_layer_decrypters,
                 body->delete_layer_decrypters_count);
}

void key_update_json(struct json_out *j, const struct request *q, const struct store_key_update *update)
{
    char text[CRYPTO_BASE64_CHARS(NEW_KEYS_MAX_BYTES) + 1], url[REQUEST_BASE_MAX + 64];
    bundle_OpaqueManifest opaque = { 0 };
    bundle_NewKeysBody body = { 0 };
    /* It was decoded when it was taken in; one that cannot be any more shows as empty. */
    if (codec_manifest_decode(update->message, update->message_len, &opaque) == CODEC_OK) {
        (void)codec_new_keys_decode(opaque.body.bytes, opaque.body.size, &body);
    }
    crypto_base64_encode(update->message, update->message_len, text);
    (void)snprintf(url, sizeof(url), "%s/v1/KeyUpdates/%u", q->base_url, update->sequence);
    json_put_object(j, NULL);
    json_put_number(j, "sequence", update->sequence);
    json_put_text(j, "account_sid", q->account_sid);
    id_put(j, "signer_id", opaque.signer_id);
    added_put(j, &body);
    key_ids_json(j, "deleted_signers", body.delete_manifest_signers, body.delete_manifest_signers_count);
    server_cas_put(j, &body);
    decrypters_put(j, &body);
    json_put_text(j, "message", text);
    json_put_time(j, "date_created", update->created_us);
    json_put_text(j, "url", url);
    json_put_object_end(j);
}

void device_keys_json(struct json_out *j, const struct store_device *dev)
{
    json_put_object(j, "keys");
    json_put_number(j, "sequence", dev->keys_sequence);
    json_put_text(j, "error", model_update_error_name(dev->keys_error));
    json_put_text(j, "error_text", model_update_error_text(dev->keys_error));
    json_put_time(j, "date_reported", dev->keys_reported_us);
    json_put_object_end(j);
}
