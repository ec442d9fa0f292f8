/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests. The rules are those of proto/bundle, which the device keeps too; here they get numbers for
 * people. */
#include "bundle/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "crypto/p256.h"
#include "proto/bundle/bundle.h"
#include "proto/bundle/bundle_limits.h"
#include "proto/codec/codec.h"

/* What a layer may be put into. */
static const struct bundle_room room = { APP_FLASH_BYTES, EXTERNAL_FLASH_BYTES };

static const char *flash_name(const struct bundle_region *region)
{
    return region->external ? "external flash" : "application flash";
}

/* The two layers that share a block, in words. */
static void overlap_words(const bundle_AppBody *body, unsigned index, char *why)
{
    struct bundle_region region, other;
    (void)bundle_layer_region(&body->layers[index], &region); /* checked before overlaps are */
    for (unsigned i = 0; i < index; i++) {
        (void)bundle_layer_region(&body->layers[i], &other);
        if (bundle_regions_overlap(&region, &other)) {
            (void)snprintf(
                why, BUNDLE_WHY_BYTES,
                "layer %u (offset 0x%x, 0x%x bytes) overlaps layer %u (offset 0x%x, 0x%x bytes) of "
                "the %s",
                index, region.start, region.size, i, other.start, other.size, flash_name(&region));
            return;
        }
    }
}

static void region_words(const bundle_AppBody *body, unsigned index, const char *fault, char *why)
{
    struct bundle_region region;
    (void)bundle_layer_region(&body->layers[index], &region); /* zeros when it has none */
    (void)snprintf(why, BUNDLE_WHY_BYTES,
                   "layer %u: %s: %s, offset 0x%x, size 0x%x; offset and size are multiples of 0x%x and end "
                   "at 0x%x or before",
                   index, fault, flash_name(&region), region.start, region.size, BLOCK_BYTES,
                   region.external ? room.external_bytes : room.slot_bytes);
}

static void crash_words(const bundle_CrashPolicy *crash, const char *fault, char *why)
{
    (void)snprintf(why, BUNDLE_WHY_BYTES,
                   "manifest: %s: minimum_restart_ms=%" PRIu32 " maximum_restart_ms=%" PRIu32
                   " watchdog_ms=%" PRIu32
                   "; restart times are at most %u ms, the watchdog is 0 or %u to %u ms",
                   fault, crash->minimum_restart_ms, crash->maximum_restart_ms, crash->watchdog_ms,
                   RESTART_MAX_MS, APP_WATCHDOG_MIN_MS, APP_WATCHDOG_MAX_MS);
}

static void fault_words(const bundle_AppBody *body, enum bundle_fault fault, unsigned index, char *why)
{
    const char *text = bundle_fault_text(fault);
    switch (fault) {
    case BUNDLE_REGION_OVERLAP:
        overlap_words(body, index, why);
        break;
    case BUNDLE_REGION_ALIGNMENT:
    case BUNDLE_REGION_RANGE:
        region_words(body, index, text, why);
        break;
    case BUNDLE_POLICY_RESTART:
    case BUNDLE_POLICY_WATCHDOG:
        crash_words(&body->crash, text, why);
        break;
    case BUNDLE_ENCRYPTED_LIST:
    case BUNDLE_HASH_SIZE:
    case BUNDLE_NO_TARGET:
    case BUNDLE_EXTERNAL_FLASH:
    case BUNDLE_EXTERNAL_LIST:
        (void)snprintf(why, BUNDLE_WHY_BYTES, "layer %u: %s", index, text);
        break;
    default:
        (void)snprintf(why, BUNDLE_WHY_BYTES, "manifest: %s", text);
    }
}

/* Keys that would make debugging or crash reports impossible later: a point must lie on the curve. */
static int keys_check(const bundle_AppBody *body, char *why)
{
    const bundle_DebugPolicy_debug_auth_pubkey_t *debug = &body->debug.debug_auth_pubkey;
    const bundle_CrashPolicy_crash_report_pubkey_t *crash = &body->crash.crash_report_pubkey;
    const char *name = NULL;
    if (body->has_debug && debug->size != 0 && !crypto_point_is_valid(debug->bytes, debug->size)) {
        name = "debug_auth_pubkey";
    } else if (body->has_crash && crash->size != 0 && !crypto_point_is_valid(crash->bytes, crash->size)) {
        name = "crash_report_pubkey";
    } else if (body->has_content_key && !crypto_point_is_valid(body->content_key.sender_pub.bytes,
                                                               body->content_key.sender_pub.size)) {
        name = "sender_pub of the content_key";
    }
    if (name != NULL) {
        (void)snprintf(why, BUNDLE_WHY_BYTES, "manifest: %s is not a point on the curve P-256", name);
        return ST_INVALID;
    }
    return ST_OK;
}

static int body_check(const bundle_AppBody *body, char *why)
{
    unsigned index = 0;
    enum bundle_fault fault = bundle_body_check(body, &room, &index);
    if (fault != BUNDLE_OK) {
        fault_words(body, fault, index, why);
        return ST_INVALID;
    }
    return keys_check(body, why);
}

static void layers_take(struct bundle_contents *c, const bundle_AppBody *body)
{
    c->layer_count = body->layers_count;
    for (uint32_t i = 0; i < c->layer_count; i++) {
        const bundle_AppLayerReference *from = &body->layers[i];
        struct bundle_layer *to = &c->layers[i];
        struct bundle_region region;
        memset(to, 0, sizeof(*to));
        memcpy(to->fetch_sha256, from->fetch_hash.bytes, 32);
        memcpy(to->measurement_sha256, from->measurement_hash.bytes, 32);
        to->has_block_list = from->block_list_hash.size == SHA256_BYTES;
        if (to->has_block_list) {
            memcpy(to->block_list_sha256,
                   from->encrypted_with_key_id != 0 ? from->block_list_fetch_hash.bytes
                                                    : from->block_list_hash.bytes,
                   32);
        }
        to->encrypted_with = from->encrypted_with_key_id;
        (void)bundle_layer_region(from, &region); /* checked by bundle_body_check */
        to->external = region.external;
        to->start = region.start;
        to->size = region.size;
    }
}

/* Unsigned is: no signer and no signature. Anything between the two is a mistake. */
static int signature_take(struct bundle_contents *c, const bundle_OpaqueManifest *m, char *why)
{
    bool none = m->signer_id == 0 && m->signature.size == 0;
    if (!none && (m->signer_id == 0 || m->signature.size != P256_SIG_BYTES)) {
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "manifest: signer_id is 0x%016" PRIx64
                       " and the signature has %u bytes; a signed manifest has a "
                       "signer id and 64 bytes, an unsigned one 0 and none",
                       m->signer_id, (unsigned)m->signature.size);
        return ST_INVALID;
    }
    c->signer_id = m->signer_id;
    memcpy(c->signature, m->signature.bytes, m->signature.size);
    c->body_len = m->body.size;
    memcpy(c->body, m->body.bytes, m->body.size);
    return ST_OK;
}

int bundle_manifest_read(struct bundle_contents *c, char why[BUNDLE_WHY_BYTES])
{
    bundle_OpaqueManifest m;
    bundle_AppBody body;
    if (codec_manifest_decode(c->manifest, c->manifest_len, &m) != CODEC_OK) {
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "manifest cannot be decoded: it is an OpaqueManifest with a body of at most %u bytes "
                       "and a signature "
                       "of 64 bytes or none",
                       MANIFEST_BODY_MAX_BYTES);
        return ST_INVALID;
    }
    int rc = signature_take(c, &m, why);
    if (rc != ST_OK) {
        return rc;
    }
    if (codec_body_decode(c->body, c->body_len, &body) != CODEC_OK) {
        bundle_KernelBody kernel;
        if (codec_kernel_body_decode(c->body, c->body_len, &kernel) == CODEC_OK && kernel.layers_count > 0) {
            (void)snprintf(
                why, BUNDLE_WHY_BYTES,
                "this is the bundle of a microvisor, not of an application; upload it to /v1/Microvisors");
            return ST_INVALID;
        }
        (void)snprintf(why, BUNDLE_WHY_BYTES,
                       "the manifest's body cannot be decoded: it is an AppBody with at most %u layers, "
                       "hashes of 32 bytes "
                       "and keys of 65",
                       APP_LAYERS_MAX);
        return ST_INVALID;
    }
    rc = body_check(&body, why);
    if (rc == ST_OK) {
        layers_take(c, &body);
    }
    return rc;
}

int bundle_manifest_write(struct bundle_contents *c)
{
    bundle_OpaqueManifest m = bundle_OpaqueManifest_init_zero;
    m.signer_id = c->signer_id;
    m.body.size = (pb_size_t)c->body_len;
    memcpy(m.body.bytes, c->body, c->body_len);
    m.signature.size = P256_SIG_BYTES;
    memcpy(m.signature.bytes, c->signature, P256_SIG_BYTES);
    int n = codec_manifest_encode(&m, c->manifest, sizeof(c->manifest));
    if (n < 0) {
        return ST_TOO_LARGE;
    }
    c->manifest_len = (size_t)n;
    return ST_OK;
}
