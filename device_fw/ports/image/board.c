/* SPDX-License-Identifier: Apache-2.0 */
/* The boards that factory images can be made for. */
#include <string.h>

#include "ports/image/image.h"

static const struct image_board boards[] = {
    { .name = "mps2_an505",
      .flash_bytes = MAP_FLASH_BYTES,
      .areas = flash_map,
      .microvisor_limits = { .load_address = MAP_MICROVISOR_CODE,
                             .body_bytes_max = MAP_MICROVISOR_CODE_BYTES,
                             .ram_start = MAP_MICROVISOR_RAM,
                             .ram_end = MAP_MICROVISOR_RAM + MAP_MICROVISOR_RAM_BYTES } },
};

const struct image_board *image_board_at(size_t number)
{
    return number < sizeof(boards) / sizeof(boards[0]) ? &boards[number] : NULL;
}

const struct image_board *image_board_find(const char *name)
{
    for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
        if (strcmp(boards[i].name, name) == 0) {
            return &boards[i];
        }
    }
    return NULL;
}
