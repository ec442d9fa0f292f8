/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of uploaded bundles: decoded in bounds, refused in words. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "bundle/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle_contents c;
    char why[BUNDLE_WHY_BYTES] = "";
    memset(&c, 0, sizeof(c));
    if (size > sizeof(c.manifest)) {
        size = sizeof(c.manifest);
    }
    memcpy(c.manifest, data, size);
    c.manifest_len = size;
    int rc = bundle_manifest_read(&c, why);
    if (rc != ST_OK && why[0] == '\0') {
        abort();
    }
    if (rc == ST_OK &&
        (c.layer_count == 0 || c.layer_count > APP_LAYERS_MAX || c.body_len > sizeof(c.body))) {
        abort();
    }
    return 0;
}
