/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a signed microvisor image as server and CLI read it from a file: plain values out of foreign bytes. The format
 * is that of device_fw/core/boot/boot_image.h; a unit test holds the two against each other.
 *
 * Whether the image suits a board (address, RAM, ratchet) is for the device to judge. No allocation, no I/O.
 */
#ifndef PROTO_BUNDLE_IMAGE_H
#define PROTO_BUNDLE_IMAGE_H

#include <stdint.h>

#include "proto/limits.h"

#define IMAGE_HEADER_BYTES 256u
/* The signature is over these bytes of the header, followed by the body. */
#define IMAGE_SIGNED_BYTES   192u
#define IMAGE_BODY_BYTES_MIN 64u /* less cannot hold a vector table */

struct bundle_image {
    uint32_t body_bytes;
    uint32_t load_address;
    uint32_t number;
    uint32_t ratchet;
    uint8_t signature[P256_SIG_BYTES]; /* r || s */
};

/* What bundle_image_read found, in the order in which it looks. */
enum bundle_image_fault {
    IMAGE_OK = 0,
    IMAGE_NOT_IMAGE, /* shorter than a header, or no magic */
    IMAGE_FORMAT,    /* of a format that is not known */
    IMAGE_SIZE       /* the file does not end with the body, or is larger than a slot */
};

/* header: the first IMAGE_HEADER_BYTES of the file (all of a shorter one); file_bytes: of the whole file. out is not touched by a
 * bad one. */
enum bundle_image_fault bundle_image_read(const uint8_t *header, uint32_t file_bytes,
                                          struct bundle_image *out);

/* Words for people; static memory. */
const char *bundle_image_fault_text(enum bundle_image_fault fault);

#endif
