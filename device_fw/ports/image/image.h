/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board that is nothing but its flash, in memory: the core's own code writes a factory image through it, and looks at the result
 * with the eyes of a device.
 *
 * Answers port_flash, SHA-256 and verification of port_crypto, and what measuring a slot needs of port_ns and port_power. One
 * image at a time, one thread.
 */
#ifndef PORTS_IMAGE_H
#define PORTS_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "port/port_boot.h"
#include "ports/mps2_an505/flash_map.h"

struct image_board {
    const char *name; /* port_board_name() of its devices */
    uint32_t flash_bytes;
    const struct flash_area *areas;            /* PORT_FLASH_AREA_COUNT of them */
    struct port_boot_limits microvisor_limits; /* what its boot0 starts */
};

/* By name, or by number from 0 on; NULL when there is none. */
const struct image_board *image_board_find(const char *name);
const struct image_board *image_board_at(size_t number);

/* From now on the port's flash is this memory of board->flash_bytes (borrowed), and the microvisor that runs is of this number. */
void image_open(const struct image_board *board, uint8_t *flash, uint32_t microvisor_number);

#endif
