/* SPDX-License-Identifier: Apache-2.0 */
/* The attacks; malice.h says what must hold. */
#include <stdlib.h>
#include <string.h>

#include "campaigns/app_world.h"
#include "campaigns/malice.h"
#include "core/img/digest.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/server_fake.h"

/* Blobs of a bundle with one layer in the slot and one in external flash, and their lists. */
#define LAYER          0u
#define LIST           1u
#define EXTERNAL_LAYER 2u
#define EXTERNAL_LIST  3u
#define BLOBS          4u

static struct bundle_fake liar;

static void begin(void)
{
    memcpy(&liar, &app_world_v2, sizeof(liar));
}

/* The announced hash is that of the altered manifest. */
static void announce(void)
{
    digest_bytes(liar.manifest.bytes, liar.manifest.length, liar.manifest.sha256);
}

static void manifest_bits(void)
{
    begin();
    for (uint32_t bit = 0; bit < 8 * app_world_v2.manifest.length; bit++) {
        if (!malice_mine())
            continue;
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        announce();
        malice_try_bundle(&liar);
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* The announced hash is right, what is served is not. */
static void manifest_bits_under_right_hash(void)
{
    begin();
    for (uint32_t bit = 0; bit < 8 * app_world_v2.manifest.length; bit++) {
        if (!malice_mine())
            continue;
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        malice_try_bundle(&liar);
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void blob_bits(uint32_t blob, uint32_t bits_per_byte)
{
    begin();
    for (uint32_t i = 0; i < bits_per_byte * liar.blobs[blob].length; i++) {
        uint8_t mask = (uint8_t)(1u << (bits_per_byte == 8 ? i % 8 : malice_random(i) % 8));
        uint8_t *at = &liar.blobs[blob].bytes[i / bits_per_byte];

        if (!malice_mine())
            continue;
        *at ^= mask;
        malice_try_bundle(&liar);
        *at ^= mask;
    }
}

static void list_bits(void)
{
    blob_bits(LIST, 8);
    blob_bits(EXTERNAL_LIST, 8);
}

static void layer_bits(void)
{
    blob_bits(LAYER, 1);
    blob_bits(EXTERNAL_LAYER, 1);
}

static void truncated(struct bundle_fake_blob *blob, uint32_t step)
{
    uint32_t whole = blob->length;

    for (uint32_t length = 0; length < whole; length += step) {
        if (!malice_mine())
            continue;
        blob->length = length;
        malice_try_bundle(&liar);
    }
    blob->length = whole;
}

static void truncations(void)
{
    begin();
    truncated(&liar.manifest, 1);
    truncated(&liar.blobs[LIST], 1);
    truncated(&liar.blobs[LAYER], 16);
    truncated(&liar.blobs[EXTERNAL_LIST], 1);
    truncated(&liar.blobs[EXTERNAL_LAYER], 16);
}

static void grown(struct bundle_fake_blob *blob)
{
    uint32_t whole = blob->length;

    for (uint32_t more = 1; more <= 4 * BLOCK_BYTES; more += more) {
        if (!malice_mine())
            continue;
        memset(blob->bytes + whole, 0x5a, more);
        blob->length = whole + more;
        malice_try_bundle(&liar);
    }
    blob->length = whole;
}

static void longer_than_announced(void)
{
    begin();
    grown(&liar.manifest);
    grown(&liar.blobs[LIST]);
    grown(&liar.blobs[LAYER]);
    grown(&liar.blobs[EXTERNAL_LIST]);
    grown(&liar.blobs[EXTERNAL_LAYER]);
}

/* The blob of a bundle: its manifest or one of the layers and lists. */
static struct bundle_fake_blob *blob_of(struct bundle_fake *bundle, uint32_t n)
{
    return n < BLOBS ? &bundle->blobs[n] : &bundle->manifest;
}

/* Every blob in the place of every other, of both applications. */
static void swapped(void)
{
    for (uint32_t i = 0; i < 2 * (BLOBS + 1) * (BLOBS + 1); i++) {
        struct bundle_fake *from = i % 2 == 0 ? &app_world_v1 : &app_world_v2;
        const struct bundle_fake_blob *other = blob_of(from, i / 2 % (BLOBS + 1));
        struct bundle_fake_blob *place = blob_of(&liar, i / 2 / (BLOBS + 1));

        if (!malice_mine())
            continue;
        begin();
        place->length = other->length;
        memcpy(place->bytes, other->bytes, other->length);
        malice_try_bundle(&liar);
    }
}

/* Finishes the bundle as if the accepted signer had signed it; the signature is another's, or noise. */
static void finish_under_false_name(uint32_t n)
{
    bundle_OpaqueManifest opaque = { 0 };
    uint8_t accepted[P256_POINT_BYTES], other[P256_POINT_BYTES], digest[SHA256_BYTES];
    int length = codec_body_encode(&liar.body, opaque.body.bytes, sizeof(opaque.body.bytes));

    opaque.body.size = (pb_size_t)length;
    crypto_fake_point(BUNDLE_FAKE_SIGNER, accepted);
    crypto_fake_point(BUNDLE_FAKE_SIGNER + 1 + n, other);
    opaque.signer_id = bundle_signer_id(digest_pieces, accepted);
    bundle_sign_digest(digest_pieces, opaque.body.bytes, opaque.body.size, digest);
    opaque.signature.size = P256_SIG_BYTES;
    crypto_fake_sign(other, digest, opaque.signature.bytes);
    if (n % 3 == 1)
        memset(opaque.signature.bytes, 0, P256_SIG_BYTES);
    if (n % 3 == 2) /* of a manifest that was signed */
        memcpy(opaque.signature.bytes,
               app_world_v1.manifest.bytes + app_world_v1.manifest.length - P256_SIG_BYTES, P256_SIG_BYTES);
    length = codec_manifest_encode(&opaque, liar.manifest.bytes, MANIFEST_MAX_BYTES);
    liar.manifest.length = (uint32_t)length;
    announce();
}

static void false_names(void)
{
    for (uint32_t n = 0; n < 60; n++) {
        if (!malice_mine())
            continue;
        bundle_fake_start(&liar, 300 + n);
        bundle_fake_layer(&liar, 0, APP_WORLD_SLOT_BYTES, 2 * BLOCK_BYTES, 9 + n, 0, n % 2 == 0);
        finish_under_false_name(n);
        malice_try_bundle(&liar);
    }
}

/* Well formed and consistent, but not allowed: signer, regions, sizes, overlaps, algorithms. */
static void forge(uint32_t n)
{
    const uint32_t slot = APP_WORLD_SLOT_BYTES;
    static const uint32_t odd[] = { 1, 16, BLOCK_BYTES - 1, BLOCK_BYTES + 1 };

    bundle_fake_start(&liar, 100 + n);
    bundle_fake_layer(&liar, 0, slot, 2 * BLOCK_BYTES, 9, 0, n % 2 == 0);
    switch (n / 2 % 8) {
    case 0: /* signed by somebody else */
        bundle_fake_finish(&liar, BUNDLE_FAKE_SIGNER + 1 + n % 5);
        return;
    case 1: /* overlapping layers */
        bundle_fake_layer(&liar, BLOCK_BYTES, BLOCK_BYTES, 100, 10, 0, n % 2 == 0);
        break;
    case 2: /* beyond the slot */
        liar.body.layers[0].target.where.internal_flash.size = slot + BLOCK_BYTES;
        break;
    case 3:
        liar.body.layers[0].target.where.internal_flash.start = 0u - BLOCK_BYTES;
        liar.body.layers[0].target.where.internal_flash.size = 2 * BLOCK_BYTES;
        break;
    case 4: /* not of whole blocks */
        liar.body.layers[0].target.where.internal_flash.size = slot - odd[n / 16 % 4];
        break;
    case 5: /* nothing at the beginning */
        liar.body.layers[0].target.where.internal_flash.start = BLOCK_BYTES;
        liar.body.layers[0].target.where.internal_flash.size = slot - BLOCK_BYTES;
        break;
    case 6: /* a measurement that the layer does not have */
        liar.body.layers[0].measurement_hash.bytes[n % SHA256_BYTES] ^= 1;
        if (n % 2 == 0)
            liar.body.layers[0].fetch_hash.bytes[n % SHA256_BYTES] ^= 1;
        break;
    default: /* encrypted with a key that nobody has, in word or in deed */
        if (n % 2 == 0)
            bundle_fake_encrypt(&liar, n);
        else
            liar.body.layers[0].encrypted_with_key_id = n + 1;
        break;
    }
    bundle_fake_finish(&liar, BUNDLE_FAKE_SIGNER);
}

/* n % 2 == 0 of case 6 (a wrong measurement beside a right list) is signed by the accepted signer and describes the very blocks
 * that it lists: what the signer says by the list is what runs, so it is no attack. */
static bool is_attack(uint32_t n)
{
    return n / 2 % 8 != 6 || n % 2 != 0;
}

static void forgeries(void)
{
    for (uint32_t n = 0; n < 128; n++) {
        if (!is_attack(n) || !malice_mine())
            continue;
        forge(n);
        malice_try_bundle(&liar);
    }
}

/* The same in external flash: what may be wrong with its region, alone and beside another. */
static void forge_external(uint32_t n)
{
    static const uint32_t wrong[][2] = {
        { 0, 0 },
        { 0, 5 * BLOCK_BYTES },                /* beyond the flash */
        { 4 * BLOCK_BYTES, BLOCK_BYTES },      /* behind it */
        { 0u - BLOCK_BYTES, 2 * BLOCK_BYTES }, /* around the end of the numbers */
        { 0x80000000u, 0x80000000u },
        { BLOCK_BYTES, 0xfffff000u },
        { 1, BLOCK_BYTES },
        { 0, BLOCK_BYTES + 1 },
        { BLOCK_BYTES, BLOCK_BYTES },                   /* inside the other layer */
        { 0, 4 * BLOCK_BYTES },                         /* around it */
        { 2 * BLOCK_BYTES, 2 * BLOCK_BYTES },           /* over its end */
        { APP_WORLD_SLOT_BYTES, APP_WORLD_SLOT_BYTES }, /* as if the flashes were one */
    };
    const uint32_t *region = wrong[n % (sizeof(wrong) / sizeof(wrong[0]))];
    bundle_AppLayerReference *layer, forged;

    bundle_fake_start(&liar, 500 + n);
    bundle_fake_layer(&liar, 0, APP_WORLD_SLOT_BYTES, 2 * BLOCK_BYTES, 9, 0, true);
    bundle_fake_external_layer(&liar, BLOCK_BYTES, 2 * BLOCK_BYTES, 100, 10, 0);
    bundle_fake_external_layer(&liar, 0, BLOCK_BYTES, 100, 11, 0);
    layer = &liar.body.layers[2];
    layer->target.where.external_flash.start = region[0];
    layer->target.where.external_flash.size = region[1];
    if (n / 12 % 2 == 1) { /* the honest one comes later */
        forged = *layer;
        *layer = liar.body.layers[1];
        liar.body.layers[1] = forged;
    }
    if (n >= 24)
        liar.body.layers[1].block_list_hash.size = liar.body.layers[2].block_list_hash.size = 0;
    bundle_fake_finish(&liar, BUNDLE_FAKE_SIGNER);
}

static void external_forgeries(void)
{
    for (uint32_t n = 0; n < 48; n++) {
        if (!malice_mine())
            continue;
        forge_external(n);
        malice_try_bundle(&liar);
    }
}

static void lying_server(void)
{
    for (uint32_t n = 0; n < 4000; n++) {
        struct server_fake_faults *faults = server_fake_faults();

        if (!malice_mine())
            continue;
        memset(faults, 0, sizeof(*faults));
        faults->flip_blob = malice_random(n) % 8;
        faults->cut_after = malice_random(n + 1000003) % 3 == 0 ? 0 : 1 + malice_random(n + 2000003) % 30000;
        faults->chunk = malice_random(n + 3000017) % 4 == 0 ? 1 + malice_random(n + 4000037) % 64 : 0;
        faults->extra_list_hashes = malice_random(n + 5000011) % 5 == 0 ? 1 + malice_random(n) % 64 : 0;
        faults->refuse_blobs = malice_random(n + 6000011) % 17 == 0;
        faults->swap_manifest = malice_random(n + 7000003) % 7 == 0;
        faults->wall_time_us = malice_random(n + 8000009) % 3 == 0 ? (uint64_t)malice_random(n) << 20 : 0;
        server_fake_other(&app_world_v1);
        malice_try_bundle(&app_world_v2);
    }
}

static void flash_bytes(enum port_flash_area area, uint32_t step, bool recovers)
{
    uint8_t *bytes = flash_fake_bytes(area);

    for (uint32_t at = 0; at < port_flash_bytes(area); at += step) {
        uint8_t mask = (uint8_t)(1u << malice_random(at) % 8);

        if (!malice_mine())
            continue;
        bytes[at] ^= mask;
        malice_try_flash(recovers);
    }
}

static void slot_in_flash(void)
{
    flash_bytes(PORT_FLASH_APP, 1, true);
}

static void journal_in_flash(void)
{
    flash_bytes(PORT_FLASH_OTA, 1, true);
}

static void staging_in_flash(void)
{
    flash_bytes(PORT_FLASH_STAGING, 4, true);
}

static void external_in_flash(void)
{
    uint8_t *bytes = flash_fake_bytes(PORT_FLASH_EXTERNAL);

    for (uint32_t at = 0; at < port_flash_bytes(PORT_FLASH_EXTERNAL); at++) {
        uint8_t mask = (uint8_t)(1u << malice_random(at) % 8);

        if (!malice_mine())
            continue;
        bytes[at] ^= mask;
        malice_try_external();
    }
}

static void store_in_flash(void)
{
    flash_bytes(PORT_FLASH_KV, 1, false);
}

/* The whole journal of one moment over the slot of another: records cannot be made to vouch for what they did not install. */
static void journal_of_another_time(void)
{
    for (uint32_t n = 0; n < 512; n++) {
        uint8_t *journal = flash_fake_bytes(PORT_FLASH_OTA);
        uint32_t from = malice_random(n) % port_flash_bytes(PORT_FLASH_OTA) / PORT_FLASH_UNIT_BYTES;
        uint32_t to = malice_random(n + 77777) % port_flash_bytes(PORT_FLASH_OTA) / PORT_FLASH_UNIT_BYTES;
        uint32_t count = 1 + malice_random(n + 99991) % 512;

        if (!malice_mine())
            continue;
        for (uint32_t i = 0; i < count * PORT_FLASH_UNIT_BYTES; i++)
            journal[(to * PORT_FLASH_UNIT_BYTES + i) % port_flash_bytes(PORT_FLASH_OTA)] =
                journal[(from * PORT_FLASH_UNIT_BYTES + i) % port_flash_bytes(PORT_FLASH_OTA)];
        malice_try_flash(true);
    }
}

/* A device that runs v1 and is to run v2. */
static void prepare(void)
{
    app_world_make_external(true, 4 * BLOCK_BYTES, false);
    app_world_want(&app_world_v1, NULL);
    if (app_world_run(0) != NULL)
        exit(2);
    app_world_want(&app_world_v2, &app_world_v1);
}

const struct malice_family malice_families[] = {
    { "manifest: every bit flipped, announced with its hash", prepare, manifest_bits },
    { "manifest: every bit flipped, announced with the right hash", prepare, manifest_bits_under_right_hash },
    { "block list: every bit flipped", prepare, list_bits },
    { "layer: a bit of every byte flipped", prepare, layer_bits },
    { "blobs cut short", prepare, truncations },
    { "blobs longer than they are", prepare, longer_than_announced },
    { "blobs in each other's place, old ones included", prepare, swapped },
    { "forged and oversize manifests, overlapping layers", prepare, forgeries },
    { "forged layers of external flash, overlaps, huge sizes", prepare, external_forgeries },
    { "foreign code under the name of the accepted signer", prepare, false_names },
    { "a lying server, faults mixed", prepare, lying_server },
    { "flash: a bit of every byte of the slot", prepare, slot_in_flash },
    { "flash: a bit of every byte of the journal", prepare, journal_in_flash },
    { "flash: staging area", prepare, staging_in_flash },
    { "flash: a bit of every byte of external flash, which is read", prepare, external_in_flash },
    { "flash: a bit of every byte of the store", prepare, store_in_flash },
    { "flash: pieces of the journal over each other", prepare, journal_of_another_time },
    { NULL, NULL, NULL },
};
