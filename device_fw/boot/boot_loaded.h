/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image at the place where the microvisor runs: how it gets there, and whether it may be started.
 *
 * Invariants:
 *  B1 what is checked is what runs: header and body are copied first, and their source is not read again;
 *  B2 no address or length of the header is used before it was checked.
 */
#ifndef BOOT_LOADED_H
#define BOOT_LOADED_H

#include <stdint.h>

#include "core/boot/boot_image.h"
#include "port/port_flash.h"

/* Copies header and body of a slot. What cannot be read, or not be an image, is left blank. */
void boot_loaded_from_slot(enum port_flash_area slot);

/* The slot that was copied last. */
enum port_flash_area boot_loaded_slot(void);

/* Puts a piece of an image in its place, by its offset in the image; what has no place is dropped. */
void boot_loaded_keep(uint32_t offset, const uint8_t *data, uint32_t length);

/* The header of what was loaded last. */
const struct boot_image_header *boot_loaded_header(void);

/*
 * One round of answers at the gate, BOOT_STEP_HEADER to BOOT_STEP_VECTORS, each worked out anew. BOOT_IMAGE_OK, or why the
 * first of them is no; the gate has the truth.
 */
enum boot_image_fault boot_loaded_judge(uint32_t round);

#endif
