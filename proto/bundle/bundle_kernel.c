/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of microvisor bundles as pure functions; bundle_kernel.h says what they are for. */
#include "proto/bundle/bundle_kernel.h"

_Static_assert(MICROVISOR_IMAGE_MAX_BYTES == 520192u, "a text below says the number");

void bundle_kernel_sign_digest(bundle_sha256_fn sha256, const uint8_t *body, size_t length,
                               uint8_t digest[SHA256_BYTES])
{
    const struct bundle_bytes pieces[] = {
        { MICROVISOR_SIGN_PREFIX, MICROVISOR_SIGN_PREFIX_BYTES },
        { body, length },
    };

    sha256(pieces, 2, digest);
}

static bool board_name(const char *name)
{
    if (name[0] == '\0')
        return false;
    for (; *name != '\0'; name++)
        if (!(*name >= 'a' && *name <= 'z') && !(*name >= '0' && *name <= '9') && *name != '_')
            return false;
    return true;
}

/* Versions go into logs and tables. */
static bool version_string(const char *text)
{
    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static enum bundle_kernel_fault check_layer(const bundle_KernelLayerReference *layer)
{
    if (layer->target != bundle_KernelLayerRegion_KERNEL_REGION_KERNEL)
        return KERNEL_TARGET;
    if (layer->encrypted_with_key_id != 0)
        return KERNEL_ENCRYPTED;
    if (layer->fetch_hash.size != SHA256_BYTES)
        return KERNEL_HASH_SIZE;
    if (layer->size == 0 || layer->size > MICROVISOR_IMAGE_MAX_BYTES)
        return KERNEL_IMAGE_SIZE;
    return KERNEL_OK;
}

static enum bundle_kernel_fault check_meta(const bundle_KernelMeta *meta)
{
    if (meta->device_type != 0)
        return KERNEL_DEVICE_TYPE;
    if (!board_name(meta->board))
        return KERNEL_BOARD;
    if (!version_string(meta->version_string))
        return KERNEL_VERSION;
    return meta->version_number == 0 ? KERNEL_NUMBER : KERNEL_OK;
}

enum bundle_kernel_fault bundle_kernel_check(const bundle_KernelBody *body)
{
    enum bundle_kernel_fault fault;

    if (body->layers_count == 0)
        return KERNEL_NO_LAYER;
    fault = check_layer(&body->layers[0]);
    if (fault != KERNEL_OK)
        return fault;
    return body->has_meta ? check_meta(&body->meta) : KERNEL_NO_META;
}

const char *bundle_kernel_fault_text(enum bundle_kernel_fault fault)
{
    static const char *const texts[] = {
        [KERNEL_OK] = "ok",
        [KERNEL_NO_LAYER] = "manifest has no layer: exactly one, the microvisor image, is needed",
        [KERNEL_TARGET] =
            "layer is not for the region KERNEL_REGION_KERNEL, the only one that can be updated",
        [KERNEL_ENCRYPTED] = "encrypted layers are not supported",
        [KERNEL_HASH_SIZE] = "fetch_hash is missing or not 32 bytes",
        [KERNEL_IMAGE_SIZE] = "size of the image is missing or above 520192 bytes",
        [KERNEL_NO_META] = "manifest has no meta: board, version and security ratchet are needed",
        [KERNEL_DEVICE_TYPE] =
            "device_type names other hardware: leave it out, board says what the image is for",
        [KERNEL_BOARD] = "board is missing or not made of lower-case letters, digits and underscores",
        [KERNEL_VERSION] = "version_string is missing or not printable ASCII",
        [KERNEL_NUMBER] = "version_number is missing or 0",
    };
    unsigned index = (unsigned)fault;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown fault";
}
