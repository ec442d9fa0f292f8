/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks by microvisors: what a liar, a thief of another key, or a replay of old releases could offer; malice.h says what must
 * hold. */
#include <stdlib.h>
#include <string.h>

#include "campaigns/malice.h"
#include "campaigns/self_world.h"
#include "core/img/digest.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/boot_fake.h"
#include "tests/unit/device/crypto_fake.h"
#include "tests/unit/device/server_fake.h"

/* The device has come so far; v3 is an old release, signed like all. */
#define RATCHET     3u
#define OLD_RATCHET 2u

static struct kernel_fake liar;

static void prepare(void)
{
    self_world_make(false, RATCHET);
    kernel_fake_make(&self_world_v3, 9000, OLD_RATCHET, KERNEL_FAKE_GOOD, SELF_WORLD_IMAGE_BYTES);
    self_world_allow(true, false);
    self_world_want(&self_world_v3,
                    otr_UpdateError_UPDATE_RATCHET); /* a first Welcome: the ratchet is raised */
    if (self_world_run() != NULL)
        exit(2);
    self_world_want(&self_world_v2, otr_UpdateError_UPDATE_OK);
}

static void begin(void)
{
    memcpy(&liar, &self_world_v2, sizeof(liar));
}

static void flip_each_bit_of_manifest(bool announced)
{
    begin();
    for (uint32_t bit = 0; bit < 8 * self_world_v2.manifest.length; bit++) {
        if (!malice_mine())
            continue;
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (announced)
            digest_bytes(liar.manifest.bytes, liar.manifest.length, liar.manifest.sha256);
        malice_try_kernel(&liar);
        liar.manifest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void manifest_bits(void)
{
    flip_each_bit_of_manifest(true);
}

static void manifest_bits_under_right_hash(void)
{
    flip_each_bit_of_manifest(false);
}

static void image_bits(void)
{
    begin();
    for (uint32_t at = 0; at < liar.image.length; at++) {
        uint8_t mask = (uint8_t)(1u << malice_random(at) % 8);

        if (!malice_mine())
            continue;
        liar.image.bytes[at] ^= mask;
        malice_try_kernel(&liar);
        liar.image.bytes[at] ^= mask;
    }
}

/* The manifest describes the altered image truly, and is signed: by a thief who has the key of manifests but not that of images. */
static void described_image_bits(void)
{
    for (uint32_t at = 0; at < SELF_WORLD_IMAGE_BYTES; at++) {
        if (!malice_mine())
            continue;
        begin();
        liar.image.bytes[at] ^= (uint8_t)(1u << malice_random(at) % 8);
        kernel_fake_describe_image(&liar);
        kernel_fake_seal_manifest(&liar, KERNEL_FAKE_ROOT);
        malice_try_kernel(&liar);
    }
}

static void truncations(void)
{
    uint32_t whole = self_world_v2.image.length;

    begin();
    for (uint32_t length = 0; length < whole; length += 16) {
        if (!malice_mine())
            continue;
        liar.image.length = length;
        malice_try_kernel(&liar);
    }
    begin();
    for (uint32_t length = 0; length < self_world_v2.manifest.length; length++) {
        if (!malice_mine())
            continue;
        liar.manifest.length = length;
        malice_try_kernel(&liar);
    }
    begin();
    for (uint32_t more = 1; more <= 4 * BLOCK_BYTES; more += more) {
        if (!malice_mine())
            continue;
        memset(liar.image.bytes + whole, 0x5a, more);
        liar.image.length = whole + more;
        malice_try_kernel(&liar);
    }
}

/* Every blob in the place of every other, of the new, the running and the old release; and the old one as it is. */
static void swapped(void)
{
    const struct kernel_fake *all[] = { &self_world_v2, &self_world_v3, boot_fake_factory_kernel() };

    for (uint32_t i = 0; i < 9; i++) {
        if (!malice_mine())
            continue;
        begin();
        memcpy(&liar.manifest, &all[i % 3]->manifest, sizeof(liar.manifest));
        memcpy(liar.image.bytes, all[i / 3]->image.bytes, all[i / 3]->image.length);
        liar.image.length = all[i / 3]->image.length;
        memcpy(liar.image.sha256, all[i % 3]->image.sha256, SHA256_BYTES);
        malice_try_kernel(&liar);
    }
    if (malice_mine())
        malice_try_kernel(&self_world_v3);
}

/* Signed by somebody else, under the id of a root key. */
static void seal_under_false_name(uint32_t signer)
{
    bundle_OpaqueManifest opaque;
    uint8_t accepted[P256_POINT_BYTES];
    int length;

    kernel_fake_seal_manifest(&liar, signer);
    if (codec_manifest_decode(liar.manifest.bytes, liar.manifest.length, &opaque) != CODEC_OK)
        abort();
    crypto_fake_point(KERNEL_FAKE_ROOT, accepted);
    opaque.signer_id = bundle_signer_id(digest_pieces, accepted);
    length = codec_manifest_encode(&opaque, liar.manifest.bytes, MANIFEST_MAX_BYTES);
    liar.manifest.length = (uint32_t)length;
    digest_bytes(liar.manifest.bytes, liar.manifest.length, liar.manifest.sha256);
}

/* Well formed and consistent, but not allowed: number 7 decides which of image and manifest somebody else has signed. */
static void forge(uint32_t n)
{
    uint32_t thief = KERNEL_FAKE_FOREIGN + n;

    kernel_fake_make(&liar, 40000 + n, n % 2 == 0 ? RATCHET : UINT32_MAX, KERNEL_FAKE_GOOD,
                     SELF_WORLD_IMAGE_BYTES);
    switch (n % 8) {
    case 0:
        strcpy(liar.body.meta.board, "another");
        break;
    case 1:
        liar.body.meta.version_security_ratchet = n;
        break;
    case 2:
        liar.header.body_bytes -= 16 + n % 5;
        break;
    case 3:
        liar.header.load_address += n + 1;
        break;
    case 4:
        liar.body.layers[0].encrypted_with_key_id = n + 1;
        break;
    case 5:
        liar.body.layers[0].target = (bundle_KernelLayerRegion)(2 + n % 4);
        break;
    default:
        break;
    }
    kernel_fake_seal_image(&liar, n % 8 == 6 ? thief : KERNEL_FAKE_ROOT);
    kernel_fake_describe_image(&liar);
    if (n % 16 >= 8)
        liar.body.layers[0].size += n % 7; /* may be 0: then it is as it was */
    if (n % 8 == 7)
        seal_under_false_name(thief);
    else
        kernel_fake_seal_manifest(&liar, n % 3 == 0 ? KERNEL_FAKE_ROOT_2 : KERNEL_FAKE_ROOT);
}

static void forgeries(void)
{
    for (uint32_t n = 0; n < 256; n++) {
        if (!malice_mine())
            continue;
        forge(n);
        malice_try_kernel(&liar);
    }
}

static void lying_server(void)
{
    for (uint32_t n = 0; n < 2000; n++) {
        struct server_fake_faults *faults = server_fake_faults();

        if (!malice_mine())
            continue;
        memset(faults, 0, sizeof(*faults));
        faults->flip_blob = malice_random(n) % 5;
        faults->cut_after = malice_random(n + 1000003) % 3 == 0 ? 0 : 1 + malice_random(n + 2000003) % 9000;
        faults->chunk = malice_random(n + 3000017) % 4 == 0 ? 1 + malice_random(n + 4000037) % 64 : 0;
        faults->refuse_blobs = malice_random(n + 6000011) % 17 == 0;
        faults->wall_time_us = malice_random(n + 8000009) % 3 == 0 ? (uint64_t)malice_random(n) << 20 : 0;
        malice_try_kernel(&self_world_v2);
    }
}

static void flash_bytes(enum port_flash_area area)
{
    uint8_t *bytes = flash_fake_bytes(area);

    for (uint32_t at = 0; at < port_flash_bytes(area); at++) {
        if (!malice_mine())
            continue;
        bytes[at] ^= (uint8_t)(1u << malice_random(at) % 8);
        malice_try_kernel_flash();
    }
}

static void record_in_flash(void)
{
    flash_bytes(PORT_FLASH_SELF);
}

static void other_slot_in_flash(void)
{
    flash_bytes(PORT_FLASH_MICROVISOR_B);
}

const struct malice_family malice_kernel_families[] = {
    { "microvisor manifest: every bit flipped, announced with its hash", prepare, manifest_bits },
    { "microvisor manifest: every bit flipped, announced with the right hash", prepare,
      manifest_bits_under_right_hash },
    { "microvisor image: a bit of every byte flipped", prepare, image_bits },
    { "microvisor image: a bit of every byte flipped, signed manifest", prepare, described_image_bits },
    { "microvisors cut short or grown", prepare, truncations },
    { "microvisors in each other's place, old ones included", prepare, swapped },
    { "forged microvisors", prepare, forgeries },
    { "microvisors from a lying server, faults mixed", prepare, lying_server },
    { "flash: a bit of every byte of the microvisor record", prepare, record_in_flash },
    { "flash: a bit of every byte of the other microvisor slot", prepare, other_slot_in_flash },
    { NULL, NULL, NULL },
};
