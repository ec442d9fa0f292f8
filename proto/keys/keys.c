/* SPDX-License-Identifier: Apache-2.0 */
/* Key rings; keys.h states the invariants. Decisions are made on a copy, which replaces the ring at the end (N4). */
#include "proto/keys/keys.h"

#include <string.h>

static uint64_t signer_id(bundle_sha256_fn sha256, const otr_KeyRing *ring, unsigned index)
{
    return bundle_signer_id(sha256, ring->signers[index]);
}

static bool names(const uint64_t *ids, unsigned count, uint64_t id)
{
    for (unsigned i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void first_eight(uint64_t *id, const uint8_t digest[SHA256_BYTES])
{
    *id = 0;
    for (unsigned i = 0; i < 8; i++)
        *id = *id << 8 | digest[i];
}

static void digest_behind(bundle_sha256_fn sha256, const char *prefix, size_t prefix_bytes,
                          const uint8_t *data, size_t length, uint8_t digest[SHA256_BYTES])
{
    const struct bundle_bytes pieces[] = { { prefix, prefix_bytes }, { data, length } };

    sha256(pieces, 2, digest);
}

void keys_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                      uint8_t digest[SHA256_BYTES])
{
    digest_behind(sha256, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES, body, length, digest);
}

void keys_server_ca_digest(bundle_sha256_fn sha256, const uint8_t *der, size_t length,
                           uint8_t digest[SHA256_BYTES])
{
    digest_behind(sha256, SERVER_CA_SIGN_PREFIX, SERVER_CA_SIGN_PREFIX_BYTES, der, length, digest);
}

uint64_t keys_server_ca_id(bundle_sha256_fn sha256, const uint8_t *der, size_t length)
{
    const struct bundle_bytes piece = { der, length };
    uint8_t digest[SHA256_BYTES];
    uint64_t id;

    sha256(&piece, 1, digest);
    first_eight(&id, digest);
    return id;
}

const uint8_t *keys_signer(bundle_sha256_fn sha256, const otr_KeyRing *ring, uint64_t id)
{
    for (unsigned i = 0; i < ring->accepted; i++)
        if (signer_id(sha256, ring, i) == id)
            return ring->signers[i];
    return NULL;
}

bool keys_has_server_ca(const otr_KeyRing *ring, uint64_t id)
{
    return names(ring->server_cas, ring->server_cas_count, id);
}

bool keys_has_decrypter(const otr_KeyRing *ring, uint64_t id)
{
    return names(ring->layer_decrypters, ring->layer_decrypters_count, id);
}

/* ---- what must hold whatever the ring is --------------------------------------------------------- */

static enum keys_fault check_form(const bundle_NewKeysBody *body)
{
    for (unsigned i = 0; i < body->add_manifest_signers_count; i++)
        if (body->add_manifest_signers[i].size != P256_POINT_BYTES ||
            body->add_manifest_signers[i].bytes[0] != 0x04)
            return KEYS_POINT;
    for (unsigned i = 0; i < body->add_layer_decrypters_count; i++)
        if (body->add_layer_decrypters[i].key_id == 0 ||
            !bundle_sealed_valid(&body->add_layer_decrypters[i], DECRYPTER_SEALED_BYTES))
            return KEYS_DECRYPTERS;
    if (body->has_add_server_ca &&
        (body->add_server_ca.certificate.size == 0 || body->add_server_ca.signature.size != P256_SIG_BYTES))
        return KEYS_CA;
    return body->has_add_server_ca && body->delete_server_cas_count != 0 ? KEYS_CA_AT_ONCE : KEYS_OK;
}

static enum keys_fault check_place(const bundle_NewKeysBody *body, const otr_KeyRing *ring)
{
    if (body->sequence == 0 || body->sequence != ring->sequence + 1u)
        return KEYS_SEQUENCE;
    if (ring->account_sid[0] != '\0' && strcmp(ring->account_sid, body->account_sid) != 0)
        return KEYS_ACCOUNT;
    return KEYS_OK;
}

/* ---- signers ------------------------------------------------------------------------------------- */

static bool has_point(const otr_KeyRing *ring, unsigned count, const uint8_t *point)
{
    for (unsigned i = 0; i < count; i++)
        if (memcmp(ring->signers[i], point, P256_POINT_BYTES) == 0)
            return true;
    return false;
}

static void copy_accepted(bundle_sha256_fn sha256, const bundle_NewKeysBody *body, const otr_KeyRing *from,
                          otr_KeyRing *to)
{
    to->accepted = 0;
    for (unsigned i = 0; i < from->accepted; i++)
        if (!names(body->delete_manifest_signers, body->delete_manifest_signers_count,
                   signer_id(sha256, from, i)))
            memcpy(to->signers[to->accepted++], from->signers[i], P256_POINT_BYTES);
}

static enum keys_fault add_signers(const bundle_NewKeysBody *body, otr_KeyRing *ring)
{
    for (unsigned i = 0; i < body->add_manifest_signers_count; i++) {
        const uint8_t *point = body->add_manifest_signers[i].bytes;

        if (has_point(ring, ring->accepted, point))
            continue;
        if (ring->accepted == APP_SIGNERS_MAX)
            return KEYS_SIGNERS_FULL;
        memcpy(ring->signers[ring->accepted++], point, P256_POINT_BYTES);
    }
    return ring->accepted == 0 ? KEYS_NO_SIGNER : KEYS_OK;
}

/* N6: from may know it as accepted or from an earlier deletion. */
static void keep_installed(bundle_sha256_fn sha256, const otr_KeyRing *from,
                           const struct keys_installed *installed, otr_KeyRing *to)
{
    to->signers_count = (pb_size_t)to->accepted;
    memset(to->kept_manifest, 0, sizeof(to->kept_manifest));
    if (installed == NULL || installed->signer_id == 0)
        return;
    for (unsigned i = 0; i < from->signers_count; i++) {
        if (signer_id(sha256, from, i) != installed->signer_id ||
            has_point(to, to->accepted, from->signers[i]))
            continue;
        memcpy(to->signers[to->accepted], from->signers[i], P256_POINT_BYTES);
        memcpy(to->kept_manifest, installed->manifest_sha256, sizeof(to->kept_manifest));
        to->signers_count = (pb_size_t)(to->accepted + 1u);
        return;
    }
}

/* ---- server CAs ---------------------------------------------------------------------------------- */

static enum keys_fault change_server_cas(bundle_sha256_fn sha256, const bundle_NewKeysBody *body,
                                         const otr_KeyRing *from, otr_KeyRing *to)
{
    to->server_cas_count = 0;
    for (unsigned i = 0; i < from->server_cas_count; i++)
        if (!names(body->delete_server_cas, body->delete_server_cas_count, from->server_cas[i]))
            to->server_cas[to->server_cas_count++] = from->server_cas[i];
    if (body->has_add_server_ca) {
        uint64_t id = keys_server_ca_id(sha256, body->add_server_ca.certificate.bytes,
                                        body->add_server_ca.certificate.size);

        if (!keys_has_server_ca(to, id)) {
            if (to->server_cas_count == SERVER_CAS_MAX)
                return KEYS_SERVER_CAS_FULL;
            to->server_cas[to->server_cas_count++] = id;
        }
    }
    return to->server_cas_count == 0 ? KEYS_NO_SERVER_CA : KEYS_OK;
}

/* ---- layer decrypters ---------------------------------------------------------------------------- */

static bool adds_decrypter(const bundle_NewKeysBody *body, uint64_t id)
{
    for (unsigned i = 0; i < body->add_layer_decrypters_count; i++)
        if (body->add_layer_decrypters[i].key_id == id)
            return true;
    return false;
}

static enum keys_fault change_decrypters(const bundle_NewKeysBody *body, otr_KeyRing *ring)
{
    uint64_t all[LAYER_DECRYPTERS_MAX]; /* with what is deleted (N7) */
    unsigned count = ring->layer_decrypters_count;

    memcpy(all, ring->layer_decrypters, sizeof(all));
    for (unsigned i = 0; i < body->add_layer_decrypters_count; i++) {
        uint64_t id = body->add_layer_decrypters[i].key_id;

        if (names(all, count, id))
            continue;
        if (count == LAYER_DECRYPTERS_MAX)
            return KEYS_DECRYPTERS_FULL;
        all[count++] = id;
    }
    ring->layer_decrypters_count = 0;
    for (unsigned i = 0; i < count; i++)
        if (adds_decrypter(body, all[i]) ||
            !names(body->delete_layer_decrypters, body->delete_layer_decrypters_count, all[i]))
            ring->layer_decrypters[ring->layer_decrypters_count++] = all[i];
    return KEYS_OK;
}

enum keys_fault keys_apply(bundle_sha256_fn sha256, const bundle_NewKeysBody *body,
                           const struct keys_installed *installed, otr_KeyRing *ring)
{
    otr_KeyRing next = *ring;
    enum keys_fault fault = check_place(body, ring);

    if (fault == KEYS_OK)
        fault = check_form(body);
    if (fault != KEYS_OK)
        return fault;
    copy_accepted(sha256, body, ring, &next);
    fault = add_signers(body, &next);
    if (fault == KEYS_OK)
        fault = change_server_cas(sha256, body, ring, &next);
    if (fault == KEYS_OK)
        fault = change_decrypters(body, &next);
    if (fault != KEYS_OK)
        return fault;
    keep_installed(sha256, ring, installed, &next);
    next.sequence = body->sequence;
    memcpy(next.account_sid, body->account_sid, sizeof(next.account_sid));
    *ring = next;
    return KEYS_OK;
}

const char *keys_fault_text(enum keys_fault fault)
{
    static const char *const texts[] = {
        [KEYS_OK] = "ok",
        [KEYS_SEQUENCE] = "sequence is not one more than that of the last message",
        [KEYS_ACCOUNT] = "message is for another account",
        [KEYS_POINT] = "a signer to be added is not a 65-byte uncompressed P-256 point",
        [KEYS_DECRYPTERS] = "a layer decrypter is not a private key sealed to another key, with both ids",
        [KEYS_CA] = "server CA lacks its certificate or a signature of 64 bytes",
        [KEYS_CA_AT_ONCE] =
            "a server CA is deleted while another one is added, before any device has used that",
        [KEYS_NO_SIGNER] = "no signer would be left",
        [KEYS_SIGNERS_FULL] = "more than 4 signers",
        [KEYS_NO_SERVER_CA] = "no server CA would be left",
        [KEYS_SERVER_CAS_FULL] = "more than 2 server CAs",
        [KEYS_DECRYPTERS_FULL] =
            "more than 4 layer decrypters (what is deleted makes room for the next message)",
    };
    unsigned index = (unsigned)fault;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown fault";
}
