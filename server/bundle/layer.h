/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three hashes of a layer, computed in one pass over its bytes (PROTOCOL.md section 6): of the file, of
 * the region once it is installed, and of each 4 KiB block.
 */
#ifndef BUNDLE_LAYER_H
#define BUNDLE_LAYER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

/* Of the larger of the two flashes. */
#define LAYER_LIST_MAX_BYTES (EXTERNAL_FLASH_BYTES / BLOCK_BYTES * SHA256_BYTES)

struct layer_hashes;

/* region_bytes: at most EXTERNAL_FLASH_BYTES, a multiple of BLOCK_BYTES. */
struct layer_hashes *layer_hashes_new(uint32_t region_bytes);
void layer_hashes_free(struct layer_hashes *h); /* NULL ok */

/* Takes bytes in order. ST_OK, or ST_TOO_LARGE when they no longer fit the region. */
int layer_hashes_add(struct layer_hashes *h, const void *data, size_t len);

/* After the last byte, once. list is the block list (lives as long as h), list_sha256 its hash. */
void layer_hashes_end(struct layer_hashes *h, unsigned char file_sha256[32], unsigned char region_sha256[32],
                      unsigned char list_sha256[32], const unsigned char **list, uint32_t *list_bytes);

#endif
