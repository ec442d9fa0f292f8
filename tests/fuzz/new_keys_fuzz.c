/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of NewKeys messages: any bytes, applied to a ring. Whatever they hold, the ring keeps N3, moves by one step or not at
 * all (N1, N4), and survives a round through its bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "proto/codec/codec.h"
#include "proto/keys/keys.h"

#define ACCOUNT  "AC0123456789abcdef0123456789abcdef"
#define SEQUENCE 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_ring(otr_KeyRing *ring)
{
    memset(ring, 0, sizeof(*ring));
    ring->sequence = SEQUENCE;
    strcpy(ring->account_sid, ACCOUNT);
    for (uint8_t n = 0; n < 3; n++) {
        memset(ring->signers[n], n + 1, P256_POINT_BYTES);
        ring->signers[n][0] = 0x04;
    }
    ring->accepted = 2;
    ring->signers_count = 3;
    ring->server_cas[0] = keys_server_ca_id(digest_pieces, (const uint8_t *)"A", 1);
    ring->server_cas_count = 1;
}

static void check(const otr_KeyRing *ring)
{
    static uint8_t bytes[otr_KeyRing_size];
    otr_KeyRing back;
    int length = codec_key_ring_encode(ring, bytes, sizeof(bytes));

    if (ring->accepted == 0 || ring->accepted > APP_SIGNERS_MAX || ring->signers_count < ring->accepted ||
        ring->signers_count > ring->accepted + 1u || ring->server_cas_count == 0 ||
        ring->server_cas_count > SERVER_CAS_MAX || ring->sequence != SEQUENCE + 1u ||
        strcmp(ring->account_sid, ACCOUNT) != 0 || ring->layer_decrypters_count > LAYER_DECRYPTERS_MAX)
        abort();
    for (unsigned i = 0; i < ring->signers_count; i++)
        for (unsigned k = 0; k < i; k++)
            if (memcmp(ring->signers[i], ring->signers[k], P256_POINT_BYTES) == 0)
                abort();
    if (length < 0 || codec_key_ring_decode(bytes, (size_t)length, &back) != CODEC_OK ||
        back.accepted != ring->accepted || back.server_cas_count != ring->server_cas_count ||
        back.layer_decrypters_count != ring->layer_decrypters_count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bundle_NewKeysBody body;
    otr_KeyRing ring, before;
    struct keys_installed installed = { 0 };

    make_ring(&ring);
    before = ring;
    installed.signer_id = bundle_signer_id(digest_pieces, ring.signers[size % 3]);
    if (codec_new_keys_decode(data, size, &body) != CODEC_OK)
        return 0;
    if (keys_apply(digest_pieces, &body, &installed, &ring) == KEYS_OK)
        check(&ring);
    else if (memcmp(&ring, &before, sizeof(ring)) != 0)
        abort();
    return 0;
}
