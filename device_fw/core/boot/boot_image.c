/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging a microvisor image's header and vector table.
 *
 * Invariant: only values from 0 to the limits come out of a header that passes; sums cannot overflow.
 * Must not touch hardware: host tests link this file.
 */
#include "core/boot/boot_image.h"

#include <stdbool.h>
#include <stddef.h>

_Static_assert(offsetof(struct boot_image_header, signature) == BOOT_IMAGE_SIGNED_BYTES,
               "signed part of the header");

enum boot_image_fault boot_image_header_check(const struct boot_image_header *header,
                                              const struct port_boot_limits *limits, uint32_t ratchet_min)
{
    if (header->magic == 0xFFFFFFFFu) {
        return BOOT_IMAGE_BLANK;
    }
    if (header->magic != BOOT_IMAGE_MAGIC) {
        return BOOT_IMAGE_NOT_IMAGE;
    }
    if (header->format != BOOT_IMAGE_FORMAT || header->header_bytes != BOOT_IMAGE_HEADER_BYTES) {
        return BOOT_IMAGE_BAD_FORMAT;
    }
    if (header->body_bytes < BOOT_IMAGE_BODY_BYTES_MIN || header->body_bytes > limits->body_bytes_max) {
        return BOOT_IMAGE_BAD_SIZE;
    }
    if (header->load_address != limits->load_address) {
        return BOOT_IMAGE_BAD_ADDRESS;
    }
    return header->ratchet < ratchet_min ? BOOT_IMAGE_OLD : BOOT_IMAGE_OK;
}

enum boot_image_fault boot_image_vectors_check(const struct boot_image_header *header, uint32_t initial_sp,
                                               uint32_t reset_handler, const struct port_boot_limits *limits)
{
    uint32_t end = header->load_address + header->body_bytes;
    bool sp_good = initial_sp > limits->ram_start && initial_sp <= limits->ram_end && initial_sp % 8 == 0;
    bool pc_good = (reset_handler & 1) != 0 && reset_handler >= header->load_address && reset_handler < end;

    return sp_good && pc_good ? BOOT_IMAGE_OK : BOOT_IMAGE_BAD_VECTORS;
}

const char *boot_image_fault_text(enum boot_image_fault fault)
{
    static const char *const text[] = {
        [BOOT_IMAGE_OK] = "ok",
        [BOOT_IMAGE_BLANK] = "the slot is blank",
        [BOOT_IMAGE_NOT_IMAGE] = "the slot holds no image (bad magic)",
        [BOOT_IMAGE_BAD_FORMAT] = "unknown image format",
        [BOOT_IMAGE_BAD_SIZE] = "body size out of range",
        [BOOT_IMAGE_BAD_ADDRESS] = "image is linked for another address",
        [BOOT_IMAGE_OLD] = "security ratchet too low",
        [BOOT_IMAGE_BAD_SIGNATURE] = "signature is wrong",
        [BOOT_IMAGE_BAD_VECTORS] = "vector table does not point into the image and its RAM",
        [BOOT_IMAGE_NO_RATCHET] = "this device's security ratchet cannot be read: its flash is damaged",
    };

    return (unsigned)fault < sizeof(text) / sizeof(text[0]) ? text[fault] : "unknown fault";
}
