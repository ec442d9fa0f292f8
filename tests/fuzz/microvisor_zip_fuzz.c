/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploaded microvisors: whatever the zip file says, the check ends, in bounds, and what it accepts keeps its promises (M2). The same
 * bytes as the header of an image.
 *
 * The seeds are signed by a key whose private half was thrown away, so a mutation that is still accepted changed nothing that is signed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/status.h"
#include "bundle/microvisor.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "proto/bundle/bundle_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bundle_signer root = {
    .point = { 0x04, 0xbf, 0x97, 0x01, 0x86, 0x01, 0x7e, 0x37, 0x43, 0xe4, 0xd6, 0x7f, 0xd5,
               0xcc, 0xc8, 0xee, 0x83, 0x4e, 0x83, 0xbc, 0xc7, 0x18, 0x79, 0xc0, 0xd9, 0xe3,
               0x78, 0xdc, 0x4b, 0xb2, 0x83, 0xcf, 0xcc, 0x62, 0xa9, 0xd3, 0x7f, 0x4b, 0xe2,
               0x15, 0x62, 0xed, 0x88, 0x5c, 0x99, 0x33, 0x8a, 0x19, 0x36, 0xf2, 0xb6, 0x45,
               0xc8, 0x41, 0xb8, 0x6f, 0xcd, 0x62, 0xa8, 0x5f, 0x59, 0x3b, 0x5c, 0xfb, 0x52 },
};

static void promises_check(const struct microvisor_contents *m)
{
    unsigned char hash[32];

    crypto_sha256(m->manifest, m->manifest_len, hash);
    if (memcmp(hash, m->manifest_sha256, sizeof(hash)) != 0 || m->signer_id != root.id ||
        m->image_bytes < IMAGE_HEADER_BYTES + IMAGE_BODY_BYTES_MIN ||
        m->image_bytes > MICROVISOR_IMAGE_MAX_BYTES) {
        abort();
    }
    if (strcmp(m->board, "mps2_an505") != 0 || strcmp(m->version, "0.2.0") != 0 || m->number != 200 ||
        m->ratchet != 1) {
        abort(); /* not what was signed */
    }
}

static void header_look(const uint8_t *data, size_t size)
{
    struct bundle_image image = { .body_bytes = 1 };
    enum bundle_image_fault fault = bundle_image_read(data, (uint32_t)size, &image);

    if (fault == IMAGE_OK ? image.body_bytes != size - IMAGE_HEADER_BYTES : image.body_bytes != 1) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct microvisor_contents contents;
    enum microvisor_fault fault;
    char why[BUNDLE_WHY_BYTES], path[40];
    int fd = memfd_create("microvisor", MFD_CLOEXEC);

    root.id = crypto_signer_id(root.point);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        abort();
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int rc = microvisor_check(path, &root, 1, &contents, &fault, why);
    if (rc == ST_OK) {
        promises_check(&contents);
    } else if (rc == ST_INVALID && (why[0] == '\0' || fault == MICROVISOR_GOOD)) {
        abort(); /* refused without a word */
    }
    close(fd);
    header_look(data, size);
    return 0;
}
