/* SPDX-License-Identifier: Apache-2.0 */
/* Reading blobs from the thread pool: one open or one piece of at most a frame at a time. */
#ifndef GATEWAY_GW_FETCH_H
#define GATEWAY_GW_FETCH_H

#include <stdint.h>

#include "blob/blob.h"
#include "gateway/gw_uv.h"
#include "proto/limits.h"

/* fd: the caller owns it when status is ST_OK. */
typedef void gw_fetch_opened_fn(void *owner, unsigned slot, int status, int fd, uint64_t total_bytes);
/* data: valid during the call. Fewer bytes than asked are a failure. */
typedef void gw_fetch_read_fn(void *owner, unsigned slot, int status, const void *data, uint32_t len);

/* Each answers exactly once, on the loop's thread, never before it returned. ST_OK, or ST_NO_MEMORY: no
 * answer will come. */
int gw_fetch_open(uv_loop_t *loop, struct blob_store *blobs, const unsigned char sha256[SHA256_BYTES],
                  gw_fetch_opened_fn *done, void *owner, unsigned slot);
int gw_fetch_read(uv_loop_t *loop, int fd, uint32_t offset, uint32_t len, gw_fetch_read_fn *done, void *owner,
                  unsigned slot);

#endif
