/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over memory and over flash. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/port_flash.h"
#include "proto/bundle/bundle.h"

/* bundle_sha256_fn over the port's SHA-256. */
void digest_pieces(const struct bundle_bytes *pieces, size_t count, uint8_t digest[SHA256_BYTES]);

void digest_bytes(const void *data, uint32_t length, uint8_t digest[SHA256_BYTES]);

/* Digest of a range of flash; 0 or the flash's error. */
int digest_flash(enum port_flash_area area, uint32_t offset, uint32_t length, uint8_t digest[SHA256_BYTES]);

/* Does the range of flash have this digest? False also if it cannot be read. */
bool digest_flash_equals(enum port_flash_area area, uint32_t offset, uint32_t length,
                         const uint8_t digest[SHA256_BYTES]);

#endif
