/* SPDX-License-Identifier: Apache-2.0 */
/* An image from memory into a slot; boot_install.h has the invariants. */
#include "core/boot/boot_install.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/boot/boot_trailer.h"
#include "port/port_status.h"

/* Programs and reads back; the last unit is filled up with ones. */
static int piece_write(enum port_flash_area slot, uint32_t offset, const uint8_t *data, uint32_t length)
{
    for (uint32_t at = 0; at < length; at += PORT_FLASH_UNIT_BYTES) {
        uint8_t unit[PORT_FLASH_UNIT_BYTES], read_back[PORT_FLASH_UNIT_BYTES];
        uint32_t count = length - at < sizeof(unit) ? length - at : (uint32_t)sizeof(unit);

        memset(unit, 0xff, sizeof(unit));
        memcpy(unit, data + at, count);
        int status = port_flash_program(slot, offset + at, unit, sizeof(unit));
        if (status == PORT_OK) {
            status = port_flash_read(slot, offset + at, read_back, sizeof(read_back));
        }
        if (status != PORT_OK || memcmp(unit, read_back, sizeof(unit)) != 0) {
            return PORT_EIO;
        }
    }
    return PORT_OK;
}

static int slot_write(enum port_flash_area slot, const struct boot_image_header *header, const uint8_t *body)
{
    static const uint8_t by_hand[SHA256_BYTES];
    uint32_t bytes = BOOT_IMAGE_HEADER_BYTES + header->body_bytes;
    int status = boot_trailer_erase(slot);

    if (status == PORT_OK) {
        status = port_flash_erase(slot, 0, bytes_round_up(bytes, PORT_FLASH_SECTOR_BYTES));
    }
    if (status == PORT_OK) {
        status = piece_write(slot, 0, (const uint8_t *)header, BOOT_IMAGE_HEADER_BYTES);
    }
    if (status == PORT_OK) {
        status = piece_write(slot, BOOT_IMAGE_HEADER_BYTES, body, header->body_bytes);
    }
    if (status == PORT_OK) {
        status = boot_trailer_identify(slot, boot_trailer_next_sequence(), by_hand);
    }
    return status != PORT_OK ? status : boot_trailer_mark(slot, BOOT_MARK_CONFIRMED);
}

int boot_install(const struct boot_image_header *header, const uint8_t *body)
{
    int status = slot_write(PORT_FLASH_MICROVISOR_A, header, body);

    return status == PORT_OK ? PORT_OK : slot_write(PORT_FLASH_MICROVISOR_B, header, body);
}
