/* SPDX-License-Identifier: Apache-2.0 */
/* Uploaded bundles: whatever the zip file says, the check ends, in bounds, and what it accepts keeps its promises (K2). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "bundle/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promises_check(const struct bundle_contents *b)
{
    if (b->layer_count == 0 || b->layer_count > APP_LAYERS_MAX || b->manifest_len == 0) {
        abort();
    }
    for (uint32_t i = 0; i < b->layer_count; i++) {
        const struct bundle_layer *l = &b->layers[i];
        uint32_t room = l->external ? EXTERNAL_FLASH_BYTES : APP_FLASH_BYTES;
        if (l->bytes == 0 || l->bytes > l->size || l->size > room || l->start > room - l->size ||
            (l->external && !l->has_block_list)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle_contents contents;
    char why[BUNDLE_WHY_BYTES], path[40];
    int fd = memfd_create("bundle", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int rc = bundle_check(path, &contents, why);
    if (rc == ST_OK) {
        promises_check(&contents);
    } else if (rc == ST_INVALID && why[0] == '\0') {
        abort(); /* refused without a word */
    }
    close(fd);
    return 0;
}
