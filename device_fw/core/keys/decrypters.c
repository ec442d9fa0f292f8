/* SPDX-License-Identifier: Apache-2.0 */
/* Layer decrypters; decrypters.h states the invariants. */
#include "core/keys/decrypters.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/img/digest.h"
#include "core/kv/kv.h"
#include "port/port_crypto.h"
#include "port/port_hpke.h"
#include "port/port_status.h"
#include "proto/keys/keys.h"

#define SEALED_MAX_BYTES (P256_POINT_BYTES + DECRYPTER_SEALED_BYTES)

_Static_assert(PORT_HPKE_TAG_BYTES == DECRYPTER_SEALED_BYTES - DECRYPTER_BYTES, "a tag is a tag");
_Static_assert(sizeof(((bundle_NewKeysBody *)0)->add_layer_decrypters) ==
                   DECRYPTERS_PER_MESSAGE * sizeof(bundle_HpkeCiphertext),
               "all of a message are opened");

static enum kv_key key_of(uint32_t slot)
{
    return (enum kv_key)(KV_LAYER_KEY_0 + slot);
}

static uint64_t id_of(const uint8_t record[DECRYPTER_RECORD_BYTES])
{
    return bundle_decrypter_id(digest_pieces, record + DECRYPTER_BYTES);
}

void decrypters_load(struct decrypters *decrypters, const otr_KeyRing *ring)
{
    uint8_t record[DECRYPTER_RECORD_BYTES];

    for (uint32_t slot = 0; slot < LAYER_DECRYPTERS_MAX; slot++) {
        int length = kv_get(key_of(slot), record, sizeof(record));
        bool whole = length == (int)sizeof(record);

        decrypters->ids[slot] = whole ? id_of(record) : 0;
        if (length < 0 || (whole && keys_has_decrypter(ring, decrypters->ids[slot])))
            continue;
        decrypters->ids[slot] = 0;
        (void)kv_delete(key_of(slot)); /* if it fails the next start does it */
    }
    bytes_wipe(record, sizeof(record));
}

/* Reads the record of a decrypter. PORT_ENOENT: there is none. */
static int read_record(const struct decrypters *decrypters, uint64_t id,
                       uint8_t record[DECRYPTER_RECORD_BYTES])
{
    for (uint32_t slot = 0; slot < LAYER_DECRYPTERS_MAX; slot++)
        if (id != 0 && decrypters->ids[slot] == id)
            return kv_get(key_of(slot), record, DECRYPTER_RECORD_BYTES) == (int)DECRYPTER_RECORD_BYTES
                       ? 0
                       : PORT_EIO;
    return PORT_ENOENT;
}

static bool is_held(const struct decrypters *decrypters, uint64_t id)
{
    for (uint32_t slot = 0; slot < LAYER_DECRYPTERS_MAX; slot++)
        if (decrypters->ids[slot] == id)
            return true;
    return false;
}

/* ---- messages ------------------------------------------------------------------------------------ */

/* Sealed to the identity: then its id is the first half of the SID's number, the first 8 bytes of SHA-256(point). */
static bool is_identity(const struct decrypters_identity *identity, uint64_t id)
{
    uint8_t digest[SHA256_BYTES];
    uint64_t own = 0;

    digest_bytes(identity->public_key, P256_POINT_BYTES, digest);
    for (unsigned i = 0; i < 8; i++)
        own = own << 8 | digest[i];
    return own == id;
}

static int open_with(const uint8_t *private_key, const uint8_t *public_key, uint8_t *sealed)
{
    static const struct port_hpke_purpose purpose = { DECRYPTER_INFO, DECRYPTER_INFO_BYTES, "", 0 };

    return port_hpke_open(private_key, public_key, &purpose, sealed, SEALED_MAX_BYTES);
}

/* Opens one that the message brings; false when it is for others, or no good (L3). */
static bool receive(const struct decrypters *decrypters, const struct decrypters_identity *identity,
                    const bundle_HpkeCiphertext *from, uint8_t record[DECRYPTER_RECORD_BYTES])
{
    uint8_t sealed[SEALED_MAX_BYTES];
    int status = bundle_sealed_valid(from, DECRYPTER_SEALED_BYTES) ? 0 : PORT_EINVAL;

    if (status != 0)
        return false; /* keys_apply() refuses the message */
    memcpy(sealed, from->sender_pub.bytes, P256_POINT_BYTES);
    memcpy(sealed + P256_POINT_BYTES, from->ciphertext.bytes, DECRYPTER_SEALED_BYTES);
    if (is_identity(identity, from->receiver_id)) {
        status = open_with(identity->private_key, identity->public_key, sealed);
    } else {
        status = read_record(decrypters, from->receiver_id, record);
        if (status == 0)
            status = open_with(record, record + DECRYPTER_BYTES, sealed);
    }
    if (status == 0) {
        memcpy(record, sealed + P256_POINT_BYTES, DECRYPTER_BYTES);
        status = port_p256_public(record, record + DECRYPTER_BYTES);
    }
    bytes_wipe(sealed, sizeof(sealed));
    if (status == 0 && id_of(record) == from->key_id)
        return true;
    bytes_wipe(record, DECRYPTER_RECORD_BYTES);
    return false;
}

unsigned decrypters_open(const struct decrypters *decrypters, const struct decrypters_identity *identity,
                         bundle_NewKeysBody *body, struct decrypters_new *out)
{
    unsigned kept = 0, all = body->add_layer_decrypters_count;

    memset(out, 0, sizeof(*out));
    for (unsigned i = 0; i < all; i++) {
        bundle_HpkeCiphertext *one = &body->add_layer_decrypters[i];

        if (!is_held(decrypters, one->key_id) && bundle_sealed_valid(one, DECRYPTER_SEALED_BYTES)) {
            if (!receive(decrypters, identity, one, out->records[out->count]))
                continue;
            out->count++;
        }
        body->add_layer_decrypters[kept++] = *one;
    }
    body->add_layer_decrypters_count = (pb_size_t)kept;
    return all - kept;
}

int decrypters_store(struct decrypters *decrypters, const struct decrypters_new *added)
{
    int status = 0;

    for (unsigned i = 0; i < added->count && status == 0; i++) {
        uint64_t id = id_of(added->records[i]);
        uint32_t slot = 0;

        if (is_held(decrypters, id))
            continue; /* twice in the message */
        while (slot < LAYER_DECRYPTERS_MAX && decrypters->ids[slot] != 0)
            slot++;
        if (slot == LAYER_DECRYPTERS_MAX)
            return PORT_ENOSPC;
        status = kv_put(key_of(slot), added->records[i], DECRYPTER_RECORD_BYTES);
        if (status == 0)
            decrypters->ids[slot] = id;
    }
    return status;
}

/* ---- content keys -------------------------------------------------------------------------------- */

int decrypters_content_key(const struct decrypters *decrypters, const struct manifest_content_key *from,
                           uint8_t key[CONTENT_KEY_BYTES])
{
    static const struct port_hpke_purpose purpose = { CONTENT_KEY_INFO, CONTENT_KEY_INFO_BYTES, "", 0 };
    uint8_t record[DECRYPTER_RECORD_BYTES], sealed[sizeof(from->sealed)];
    int status = read_record(decrypters, from->decrypter_id, record);

    memcpy(sealed, from->sealed, sizeof(sealed));
    if (status == 0)
        status = port_hpke_open(record, record + DECRYPTER_BYTES, &purpose, sealed, sizeof(sealed));
    if (status == 0)
        memcpy(key, sealed + P256_POINT_BYTES, CONTENT_KEY_BYTES);
    bytes_wipe(record, sizeof(record));
    bytes_wipe(sealed, sizeof(sealed));
    return status;
}
