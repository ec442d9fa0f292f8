/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A microvisor image in a slot: written piece by piece, and judged as boot0 will judge it.
 *
 * Invariant I1: self_image_check() says UPDATE_OK only to an image that boot0 of this device starts: the same header rules, the same
 * vectors, a signature by a fused root key, a ratchet that is not below the floor.
 */
#ifndef CORE_SELF_IMAGE_H
#define CORE_SELF_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/self/self_manifest.h"
#include "port/port_flash.h"

/* The largest image that this board's slots take; 0: it has none. */
uint32_t self_image_bytes_max(void);

/* Writes length bytes at offset, the next in order; erases the block that begins there. length is a multiple of the program unit
 * except at the end of the image: data has room for it to be rounded up. 0, or PORT_EIO: what stands there is something else. */
int self_image_write(enum port_flash_area slot, uint32_t offset, uint8_t *data, uint32_t length);

/* Does the slot hold the bytes of this image? */
bool self_image_is_there(enum port_flash_area slot, const struct self_manifest *manifest);

/* Judges the image in the slot. With a manifest it must also be the image that the manifest describes; NULL: any. */
otr_UpdateError self_image_check(enum port_flash_area slot, const struct self_manifest *manifest,
                                 uint32_t ratchet_min);

#endif
