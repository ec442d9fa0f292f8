/* SPDX-License-Identifier: Apache-2.0 */
/* The key ring: loading, messages, what others need of it. keyring.h states the invariants. */
#include "core/keys/keyring.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"
#include "core/img/envelope.h"
#include "core/kv/kv.h"
#include "port/port_crypto.h"
#include "proto/keys/keys.h"

_Static_assert(PORT_STREAM_CAS_MAX == SERVER_CAS_MAX, "the stream takes every server CA");
_Static_assert(FACTORY_SIGNERS_MAX == APP_SIGNERS_MAX, "factory signers fit the ring");

static enum kv_key ca_key(uint32_t slot)
{
    return slot == 0 ? KV_SERVER_CA_0 : KV_SERVER_CA_1;
}

static void set_ca(struct keyring_ca *ca, const uint8_t *der, uint32_t length)
{
    uint8_t raw[8];

    ca->length = (uint16_t)length;
    memmove(ca->der, der, length);
    ca->id = keys_server_ca_id(digest_pieces, ca->der, length);
    for (unsigned i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)(ca->id >> (56 - 8 * i));
    memcpy(ca->name, "ca/", 3);
    bytes_hex(raw, sizeof(raw), ca->name + 3);
}

static bool is_live(const struct keyring *keyring, uint32_t slot)
{
    return keyring->cas[slot].length != 0 && keys_has_server_ca(&keyring->ring, keyring->cas[slot].id);
}

/* ---- loading ------------------------------------------------------------------------------------- */

static void load_cas(struct keyring *keyring)
{
    for (uint32_t i = 0; i < SERVER_CAS_MAX; i++) {
        struct keyring_ca *ca = &keyring->cas[i];
        int length = kv_get(ca_key(i), ca->der, sizeof(ca->der));

        ca->length = 0;
        if (length > 0)
            set_ca(ca, ca->der, (uint32_t)length);
    }
}

/* False when there is no ring in the store, or one that cannot be used: then the factory's word counts again. */
static bool load_ring(struct keyring *keyring)
{
    uint8_t raw[otr_KeyRing_size];
    int length = kv_get(KV_KEY_RING, raw, sizeof(raw));
    uint32_t live = 0;

    if (length < 0 || codec_key_ring_decode(raw, (uint32_t)length, &keyring->ring) != CODEC_OK)
        return false;
    load_cas(keyring);
    for (uint32_t i = 0; i < SERVER_CAS_MAX; i++)
        live += is_live(keyring, i);
    keyring->stored = live > 0 && live == keyring->ring.server_cas_count && keyring->ring.accepted > 0;
    return keyring->stored;
}

static void begin(struct keyring *keyring, const otr_Provision *provision)
{
    otr_KeyRing *ring = &keyring->ring;

    memset(keyring, 0, sizeof(*keyring));
    ring->sequence = provision->keys_sequence;
    memcpy(ring->account_sid, provision->account_sid, sizeof(ring->account_sid));
    ring->accepted = ring->signers_count = provision->app_signers_count;
    for (unsigned i = 0; i < ring->accepted; i++)
        memcpy(ring->signers[i], provision->app_signers[i].bytes, P256_POINT_BYTES);
    set_ca(&keyring->cas[0], provision->server_ca.bytes, provision->server_ca.size);
    ring->server_cas[0] = keyring->cas[0].id;
    ring->server_cas_count = 1;
}

void keyring_load(struct keyring *keyring, const otr_Provision *provision)
{
    memset(keyring, 0, sizeof(*keyring));
    if (provision == NULL)
        keyring->ring.accepted = keyring->ring.signers_count =
            (pb_size_t)factory_signers_load(keyring->ring.signers);
    else if (!load_ring(keyring))
        begin(keyring, provision);
    decrypters_load(&keyring->decrypters, &keyring->ring);
}

/* ---- what others need ---------------------------------------------------------------------------- */

void keyring_signers(const struct keyring *keyring, struct manifest_signers *out)
{
    out->points = keyring->ring.signers;
    out->count = keyring->ring.accepted;
    out->kept = keyring->ring.signers_count - keyring->ring.accepted;
    out->kept_sha256 = keyring->ring.kept_manifest;
}

void keyring_stream(struct keyring *keyring, struct port_stream_identity *out)
{
    uint32_t names = 0;

    if (keyring->stored)
        load_cas(keyring); /* a message may have brought another one */
    for (uint32_t i = 0; i < SERVER_CAS_MAX; i++) {
        const struct keyring_ca *ca = &keyring->cas[i];

        out->server_cas[i].der = ca->der;
        out->server_cas[i].len = is_live(keyring, i) ? ca->length : 0;
        if (is_live(keyring, i))
            out->names[names++] = ca->name;
    }
    out->names[names] = NULL;
}

uint64_t keyring_server_ca(const struct keyring *keyring, uint32_t index)
{
    return keyring->cas[index].id;
}

void keyring_status(const struct keyring *keyring, uint64_t in_use, otr_KeysStatus *out)
{
    const otr_KeyRing *ring = &keyring->ring;

    memset(out, 0, sizeof(*out));
    out->sequence = ring->sequence;
    out->error = keyring->error;
    out->signers_count = (pb_size_t)ring->accepted;
    for (unsigned i = 0; i < ring->accepted; i++)
        out->signers[i] = bundle_signer_id(digest_pieces, ring->signers[i]);
    out->server_cas_count = ring->server_cas_count;
    memcpy(out->server_cas, ring->server_cas, sizeof(out->server_cas));
    out->server_ca_in_use = in_use;
    out->layer_decrypters_count = ring->layer_decrypters_count;
    memcpy(out->layer_decrypters, ring->layer_decrypters, sizeof(out->layer_decrypters));
}

/* ---- messages ------------------------------------------------------------------------------------ */

static otr_UpdateError error_of(enum keys_fault fault)
{
    switch (fault) {
    case KEYS_OK:
        return otr_UpdateError_UPDATE_OK;
    case KEYS_SEQUENCE:
        return otr_UpdateError_UPDATE_KEYS_SEQUENCE;
    case KEYS_ACCOUNT:
        return otr_UpdateError_UPDATE_KEYS_ACCOUNT;
    case KEYS_POINT:
    case KEYS_DECRYPTERS:
        return otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    case KEYS_CA:
    case KEYS_CA_AT_ONCE:
        return otr_UpdateError_UPDATE_SERVER_CA;
    default:
        return otr_UpdateError_UPDATE_KEYS_SET;
    }
}

/* T4: one of our server CAs has signed for it, and it can be used as one. */
static bool is_vouched_for(const struct keyring *keyring, const bundle_ServerCa *ca)
{
    uint8_t digest[SHA256_BYTES];
    uint8_t point[P256_POINT_BYTES];

    if (port_cert_is_ca(ca->certificate.bytes, ca->certificate.size, NULL) != 0)
        return false;
    keys_server_ca_digest(digest_pieces, ca->certificate.bytes, ca->certificate.size, digest);
    for (uint32_t i = 0; i < SERVER_CAS_MAX; i++)
        if (is_live(keyring, i) && port_cert_is_ca(keyring->cas[i].der, keyring->cas[i].length, point) == 0 &&
            port_p256_verify(point, digest, ca->signature.bytes))
            return true;
    return false;
}

static otr_UpdateError check(const struct keyring *keyring, const bundle_NewKeysBody *body,
                             const struct keyring_context *context, otr_KeyRing *next)
{
    const struct manifest *owning = context->owning;
    struct keys_installed installed = { 0 };
    otr_UpdateError error;

    if (owning != NULL) {
        installed.signer_id = owning->signer_id;
        memcpy(installed.manifest_sha256, owning->sha256, SHA256_BYTES);
    }
    *next = keyring->ring;
    error = error_of(keys_apply(digest_pieces, body, &installed, next));
    if (error != otr_UpdateError_UPDATE_OK)
        return error;
    if (body->has_add_server_ca && !is_vouched_for(keyring, &body->add_server_ca))
        return otr_UpdateError_UPDATE_SERVER_CA;
    return keys_has_server_ca(next, context->in_use) ? otr_UpdateError_UPDATE_OK
                                                     : otr_UpdateError_UPDATE_SERVER_CA;
}

/* T3, before the ring: those that are there already (the factory's is not before the first message), then the new one in the
 * place that the ring does not use. */
static int store_cas(const struct keyring *keyring, const bundle_NewKeysBody *body)
{
    const bundle_ServerCa *added = body->has_add_server_ca ? &body->add_server_ca : NULL;
    int status = 0;

    for (uint32_t i = 0; i < SERVER_CAS_MAX && status == 0; i++) {
        if (is_live(keyring, i)) {
            status = kv_put(ca_key(i), keyring->cas[i].der, keyring->cas[i].length);
        } else if (added != NULL) {
            status = kv_put(ca_key(i), added->certificate.bytes, added->certificate.size);
            added = NULL;
        }
    }
    return status;
}

static int store_ring(const otr_KeyRing *ring)
{
    uint8_t raw[otr_KeyRing_size];
    int length = codec_key_ring_encode(ring, raw, sizeof(raw));

    return length < 0 ? length : kv_put(KV_KEY_RING, raw, (uint32_t)length);
}

/* The keys first, then the ring that names them (T3, L2). */
static otr_UpdateError put_in_force(struct keyring *keyring, const bundle_NewKeysBody *body,
                                    const struct decrypters_new *opened, const otr_KeyRing *next)
{
    if (store_cas(keyring, body) != 0 || decrypters_store(&keyring->decrypters, opened) != 0 ||
        store_ring(next) != 0) {
        decrypters_load(&keyring->decrypters, &keyring->ring); /* of what was stored nothing is named */
        return otr_UpdateError_UPDATE_FLASH;
    }
    keyring->ring = *next;
    keyring->stored = true;
    decrypters_load(&keyring->decrypters, next);
    return otr_UpdateError_UPDATE_OK;
}

static otr_UpdateError apply(struct keyring *keyring, bundle_NewKeysBody *body,
                             const struct keyring_context *context)
{
    struct decrypters_new opened;
    otr_KeyRing next;
    otr_UpdateError error;

    keyring->not_opened = decrypters_open(&keyring->decrypters, &context->identity, body, &opened);
    error = check(keyring, body, context, &next);
    if (error == otr_UpdateError_UPDATE_OK)
        error = put_in_force(keyring, body, &opened, &next);
    bytes_wipe(&opened, sizeof(opened));
    return error;
}

otr_UpdateError keyring_apply(struct keyring *keyring, const uint8_t *bytes, uint32_t length,
                              const struct keyring_context *context)
{
    struct manifest_signers signers;
    struct envelope *envelope;
    otr_UpdateError error;

    keyring->not_opened = 0;
    keyring_signers(keyring, &signers);
    error = envelope_open(bytes, length, &signers, keys_sign_digest, &envelope);
    if (error == otr_UpdateError_UPDATE_OK &&
        codec_new_keys_decode(envelope->opaque.body.bytes, envelope->opaque.body.size,
                              &envelope->body.keys) != CODEC_OK)
        error = otr_UpdateError_UPDATE_MANIFEST_FORMAT;
    if (error == otr_UpdateError_UPDATE_OK)
        error = apply(keyring, &envelope->body.keys, context);
    keyring->error = error;
    return error;
}

void keyring_settle(struct keyring *keyring, const struct manifest *installed)
{
    otr_KeyRing *ring = &keyring->ring;

    if (installed == NULL || ring->signers_count == ring->accepted ||
        memcmp(installed->sha256, ring->kept_manifest, SHA256_BYTES) == 0)
        return;
    ring->signers_count = (pb_size_t)ring->accepted;
    memset(ring->kept_manifest, 0,
           sizeof(ring->kept_manifest)); /* at once, for who has the signers already */
    (void)store_ring(ring);
}
