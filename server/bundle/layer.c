/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing a layer as it streams by. Memory: this struct, 64 KiB of it the block list. */
#include "bundle/layer.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "crypto/sha256.h"

struct layer_hashes {
    uint32_t region_bytes, bytes;
    struct crypto_sha256_ctx *file, *region, *block;
    uint32_t list_bytes;
    unsigned char list[LAYER_LIST_MAX_BYTES];
};

struct layer_hashes *layer_hashes_new(uint32_t region_bytes)
{
    struct layer_hashes *h = calloc(1, sizeof(*h));
    if (h != NULL) {
        h->region_bytes = region_bytes;
        h->file = crypto_sha256_new();
        h->region = crypto_sha256_new();
        h->block = crypto_sha256_new();
    }
    return h;
}

void layer_hashes_free(struct layer_hashes *h)
{
    if (h != NULL) {
        crypto_sha256_free(h->file);
        crypto_sha256_free(h->region);
        crypto_sha256_free(h->block);
        free(h);
    }
}

static void block_end(struct layer_hashes *h)
{
    crypto_sha256_end(h->block, h->list + h->list_bytes);
    h->list_bytes += SHA256_BYTES;
}

int layer_hashes_add(struct layer_hashes *h, const void *data, size_t len)
{
    const unsigned char *at = data;
    if (len > h->region_bytes - h->bytes) {
        return ST_TOO_LARGE;
    }
    crypto_sha256_add(h->file, at, len);
    crypto_sha256_add(h->region, at, len);
    while (len > 0) {
        size_t room = BLOCK_BYTES - h->bytes % BLOCK_BYTES;
        size_t n = len < room ? len : room;
        crypto_sha256_add(h->block, at, n);
        h->bytes += (uint32_t)n;
        at += n;
        len -= n;
        if (h->bytes % BLOCK_BYTES == 0) {
            block_end(h);
        }
    }
    return ST_OK;
}

void layer_hashes_end(struct layer_hashes *h, unsigned char file_sha256[32], unsigned char region_sha256[32],
                      unsigned char list_sha256[32], const unsigned char **list, uint32_t *list_bytes)
{
    unsigned char erased[BLOCK_BYTES];
    uint32_t tail = h->bytes % BLOCK_BYTES;
    memset(erased, 0xff, sizeof(erased));
    crypto_sha256_end(h->file, file_sha256);
    if (tail != 0) {
        crypto_sha256_add(h->block, erased, BLOCK_BYTES - tail);
        block_end(h);
        crypto_sha256_add(h->region, erased, BLOCK_BYTES - tail);
    }
    for (uint32_t at = h->list_bytes / SHA256_BYTES * BLOCK_BYTES; at < h->region_bytes; at += BLOCK_BYTES) {
        crypto_sha256_add(h->region, erased, BLOCK_BYTES);
    }
    crypto_sha256_end(h->region, region_sha256);
    crypto_sha256(h->list, h->list_bytes, list_sha256);
    *list = h->list;
    *list_bytes = h->list_bytes;
}
