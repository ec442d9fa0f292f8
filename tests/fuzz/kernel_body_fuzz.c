/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of microvisor manifests: any bytes. What the rules accept keeps every limit and survives a second round. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bundle/bundle_kernel.h"
#include "proto/codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t chars_max)
{
    size_t length = strlen(text);

    if (length == 0 || length > chars_max)
        abort();
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            abort();
}

static void check_accepted(const bundle_KernelBody *body)
{
    const bundle_KernelLayerReference *layer = &body->layers[0];

    if (body->layers_count != 1 || layer->target != bundle_KernelLayerRegion_KERNEL_REGION_KERNEL ||
        layer->encrypted_with_key_id != 0 || layer->fetch_hash.size != SHA256_BYTES || layer->size == 0 ||
        layer->size > MICROVISOR_IMAGE_MAX_BYTES)
        abort();
    if (!body->has_meta || body->meta.device_type != 0 || body->meta.version_number == 0)
        abort();
    check_text(body->meta.board, BOARD_NAME_MAX_CHARS);
    check_text(body->meta.version_string, MICROVISOR_VERSION_MAX_CHARS);
}

static void check_round_trip(const bundle_KernelBody *body)
{
    static bundle_KernelBody back;
    uint8_t bytes[bundle_KernelBody_size];
    int length = codec_kernel_body_encode(body, bytes, sizeof(bytes));

    if (length < 0 || codec_kernel_body_decode(bytes, (size_t)length, &back) != CODEC_OK)
        abort();
    if (bundle_kernel_check(&back) != KERNEL_OK ||
        back.meta.version_security_ratchet != body->meta.version_security_ratchet ||
        back.meta.version_number != body->meta.version_number ||
        back.layers[0].size != body->layers[0].size ||
        memcmp(back.layers[0].fetch_hash.bytes, body->layers[0].fetch_hash.bytes, SHA256_BYTES) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bundle_KernelBody body;

    if (codec_kernel_body_decode(data, size, &body) != CODEC_OK || bundle_kernel_check(&body) != KERNEL_OK)
        return 0;
    check_accepted(&body);
    check_round_trip(&body);
    return 0;
}
