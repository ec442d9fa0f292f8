/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of bundles as pure functions; bundle.h says what they are for. */
#include "proto/bundle/bundle.h"

#include "proto/bundle/bundle_limits.h"

/* Kinds of keys that ids are of, in front of the point. */
static const uint8_t kind_signer[2] = { 0, 0 }, kind_decrypter[2] = { 0, 1 };

static uint64_t key_id(bundle_sha256_fn sha256, const uint8_t kind[2], const uint8_t point[P256_POINT_BYTES])
{
    const struct bundle_bytes pieces[] = {
        { kind, 2 },
        { point, P256_POINT_BYTES },
    };
    uint8_t digest[SHA256_BYTES];
    uint64_t id = 0;

    sha256(pieces, 2, digest);
    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    return id;
}

uint64_t bundle_signer_id(bundle_sha256_fn sha256, const uint8_t point[P256_POINT_BYTES])
{
    return key_id(sha256, kind_signer, point);
}

uint64_t bundle_decrypter_id(bundle_sha256_fn sha256, const uint8_t point[P256_POINT_BYTES])
{
    return key_id(sha256, kind_decrypter, point);
}

bool bundle_sealed_valid(const bundle_HpkeCiphertext *sealed, uint32_t length)
{
    return sealed->receiver_id != 0 && sealed->sender_pub.size == P256_POINT_BYTES &&
           sealed->sender_pub.bytes[0] == 0x04 && sealed->ciphertext.size == length;
}

void bundle_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                        uint8_t digest[SHA256_BYTES])
{
    const struct bundle_bytes pieces[] = {
        { MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES },
        { body, length },
    };

    sha256(pieces, 2, digest);
}

uint32_t bundle_blocks(uint32_t length)
{
    return length / BLOCK_BYTES + (length % BLOCK_BYTES != 0);
}

bool bundle_list_length_valid(uint32_t list_bytes, uint32_t region_bytes)
{
    return list_bytes > 0 && list_bytes % SHA256_BYTES == 0 &&
           list_bytes / SHA256_BYTES <= region_bytes / BLOCK_BYTES;
}

bool bundle_ranges_overlap(uint32_t a, uint32_t a_bytes, uint32_t b, uint32_t b_bytes)
{
    if (a_bytes == 0 || b_bytes == 0)
        return false;
    return a <= b ? b - a < a_bytes : a - b < b_bytes;
}

bool bundle_layer_region(const bundle_AppLayerReference *layer, struct bundle_region *out)
{
    *out = (struct bundle_region){ .external = false };
    if (!layer->has_target)
        return false;
    if (layer->target.which_where == bundle_AppLayerRegion_external_flash_tag) {
        out->external = true;
        out->start = layer->target.where.external_flash.start;
        out->size = layer->target.where.external_flash.size;
        return true;
    }
    if (layer->target.which_where != bundle_AppLayerRegion_internal_flash_tag)
        return false;
    out->start = layer->target.where.internal_flash.start;
    out->size = layer->target.where.internal_flash.size;
    return true;
}

bool bundle_regions_overlap(const struct bundle_region *a, const struct bundle_region *b)
{
    return a->external == b->external && bundle_ranges_overlap(a->start, a->size, b->start, b->size);
}

static enum bundle_fault check_region(const bundle_AppLayerReference *layer, const struct bundle_room *room)
{
    struct bundle_region region;
    uint32_t bytes;

    if (!bundle_layer_region(layer, &region))
        return BUNDLE_NO_TARGET;
    bytes = region.external ? room->external_bytes : room->slot_bytes;
    if (region.external && bytes == 0)
        return BUNDLE_EXTERNAL_FLASH;
    if (region.external && layer->block_list_hash.size == 0)
        return BUNDLE_EXTERNAL_LIST;
    if (region.start % BLOCK_BYTES != 0 || region.size % BLOCK_BYTES != 0)
        return BUNDLE_REGION_ALIGNMENT;
    if (region.size == 0 || region.size > bytes || region.start > bytes - region.size)
        return BUNDLE_REGION_RANGE;
    return BUNDLE_OK;
}

static enum bundle_fault check_layer(const bundle_AppLayerReference *layer, const struct bundle_room *room)
{
    if (layer->fetch_hash.size != SHA256_BYTES || layer->measurement_hash.size != SHA256_BYTES)
        return BUNDLE_HASH_SIZE;
    if (layer->block_list_hash.size != 0 && layer->block_list_hash.size != SHA256_BYTES)
        return BUNDLE_HASH_SIZE;
    if (layer->block_list_fetch_hash.size != (layer->encrypted_with_key_id != 0 ? SHA256_BYTES : 0) ||
        (layer->encrypted_with_key_id != 0 && layer->block_list_hash.size == 0))
        return BUNDLE_ENCRYPTED_LIST;
    return check_region(layer, room);
}

/* One content key for all encrypted layers, sealed to the decrypter that each of them names. */
static bool content_key_fits(const bundle_AppBody *body)
{
    bool encrypted = false;

    for (unsigned i = 0; i < body->layers_count; i++) {
        uint64_t id = body->layers[i].encrypted_with_key_id;

        if (id != 0 && (!body->has_content_key || id != body->content_key.receiver_id))
            return false;
        encrypted = encrypted || id != 0;
    }
    return encrypted ? bundle_sealed_valid(&body->content_key, CONTENT_KEY_SEALED_BYTES)
                     : !body->has_content_key;
}

static bool overlaps_earlier(const bundle_AppBody *body, unsigned index)
{
    struct bundle_region region, other;

    (void)bundle_layer_region(&body->layers[index], &region); /* checked before */
    for (unsigned i = 0; i < index; i++) {
        (void)bundle_layer_region(&body->layers[i], &other);
        if (bundle_regions_overlap(&region, &other))
            return true;
    }
    return false;
}

static bool has_start(const bundle_AppBody *body)
{
    struct bundle_region region;

    for (unsigned i = 0; i < body->layers_count; i++)
        if (bundle_layer_region(&body->layers[i], &region) && !region.external && region.start == 0)
            return true;
    return false;
}

static bool key_valid(const uint8_t *key, size_t size)
{
    return size == 0 || (size == P256_POINT_BYTES && key[0] == 0x04);
}

static enum bundle_fault check_policies(const bundle_AppBody *body)
{
    const bundle_CrashPolicy *crash = &body->crash;

    if (body->has_debug &&
        !key_valid(body->debug.debug_auth_pubkey.bytes, body->debug.debug_auth_pubkey.size))
        return BUNDLE_POLICY_KEY;
    if (!body->has_crash)
        return BUNDLE_OK;
    if (!key_valid(crash->crash_report_pubkey.bytes, crash->crash_report_pubkey.size))
        return BUNDLE_POLICY_KEY;
    if (crash->minimum_restart_ms > RESTART_MAX_MS || crash->maximum_restart_ms > RESTART_MAX_MS ||
        (crash->maximum_restart_ms != 0 && crash->minimum_restart_ms > crash->maximum_restart_ms))
        return BUNDLE_POLICY_RESTART;
    if (crash->watchdog_ms != 0 &&
        (crash->watchdog_ms < APP_WATCHDOG_MIN_MS || crash->watchdog_ms > APP_WATCHDOG_MAX_MS))
        return BUNDLE_POLICY_WATCHDOG;
    return BUNDLE_OK;
}

enum bundle_fault bundle_body_check(const bundle_AppBody *body, const struct bundle_room *room,
                                    unsigned *layer)
{
    enum bundle_fault fault;

    *layer = 0;
    if (body->layers_count == 0)
        return BUNDLE_NO_LAYERS;
    for (unsigned i = 0; i < body->layers_count; i++) {
        *layer = i;
        fault = check_layer(&body->layers[i], room);
        if (fault != BUNDLE_OK)
            return fault;
        if (overlaps_earlier(body, i))
            return BUNDLE_REGION_OVERLAP;
    }
    *layer = 0;
    if (!has_start(body))
        return BUNDLE_NO_START;
    if (!content_key_fits(body))
        return BUNDLE_CONTENT_KEY;
    return check_policies(body);
}

const char *bundle_fault_text(enum bundle_fault fault)
{
    static const char *const texts[] = {
        [BUNDLE_OK] = "ok",
        [BUNDLE_NO_LAYERS] = "manifest has no layers",
        [BUNDLE_NO_TARGET] = "layer has no target region",
        [BUNDLE_ENCRYPTED_LIST] =
            "block_list_hash and block_list_fetch_hash must both be there for an encrypted layer, and "
            "block_list_fetch_hash for no other",
        [BUNDLE_HASH_SIZE] = "layer hash is missing or not 32 bytes",
        [BUNDLE_EXTERNAL_FLASH] = "there is no external flash for the layer",
        [BUNDLE_EXTERNAL_LIST] = "a layer for external flash needs a block list",
        [BUNDLE_REGION_ALIGNMENT] = "layer region is not aligned to 4096 bytes",
        [BUNDLE_REGION_RANGE] = "layer region is empty or not inside its flash",
        [BUNDLE_REGION_OVERLAP] = "layer regions overlap",
        [BUNDLE_NO_START] = "no layer begins at offset 0 of the application flash",
        [BUNDLE_CONTENT_KEY] = "encrypted layers need one content key, sealed to the decrypter that they all "
                               "name; others need none",
        [BUNDLE_POLICY_KEY] = "policy key is not a 65-byte uncompressed P-256 point",
        [BUNDLE_POLICY_RESTART] = "restart interval is above a day or its minimum above its maximum",
        [BUNDLE_POLICY_WATCHDOG] = "watchdog is not within 100 ms and one hour",
    };
    unsigned index = (unsigned)fault;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown fault";
}
