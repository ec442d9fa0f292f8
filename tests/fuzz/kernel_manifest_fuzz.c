/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microvisor manifests as the device takes them: any bytes as a manifest with a right hash, and any bytes as a body that a root key
 * has signed. What is accepted must suit the device. First byte: bit 0 = the bytes are a body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/img/digest.h"
#include "core/self/self_manifest.h"
#include "tests/unit/device/kernel_fake.h"

#define IMAGE_MAX 500000u
#define RATCHET   3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void verify(const uint8_t *bytes, uint32_t length)
{
    static struct self_manifest manifest;
    uint8_t digest[SHA256_BYTES];

    digest_bytes(bytes, length, digest);
    if (self_manifest_verify(bytes, length, digest, IMAGE_MAX, RATCHET, &manifest) !=
        otr_UpdateError_UPDATE_OK)
        return;
    if (manifest.image_bytes == 0 || manifest.image_bytes > IMAGE_MAX || manifest.ratchet < RATCHET ||
        manifest.number == 0 || memcmp(manifest.sha256, digest, SHA256_BYTES) != 0)
        abort();
    if (manifest.version[0] == '\0' || strlen(manifest.version) > MICROVISOR_VERSION_MAX_CHARS)
        abort();
}

static void verify_body(const uint8_t *body, size_t length)
{
    static struct bundle_fake_blob manifest;

    if (length > MANIFEST_BODY_MAX_BYTES)
        return;
    kernel_fake_seal_body(body, length, KERNEL_FAKE_ROOT, &manifest);
    verify(manifest.bytes, manifest.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        verify_body(data + 1, size - 1);
    else
        verify(data + 1, (uint32_t)size - 1);
    return 0;
}
