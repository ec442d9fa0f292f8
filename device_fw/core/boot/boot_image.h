/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format of a signed microvisor image, as it lies in a flash slot: header, then body. Shared by boot0 and by
 * the tool that signs on the host.
 *
 *      0  magic "OTRB"            16  load address
 *      4  format version (1)      20  microvisor number (port_main.h)
 *      8  header bytes (256)      24  security ratchet
 *     12  body bytes              28  zero, reserved ... 191
 *                                192  signature: r || s, 32 bytes each, big-endian
 *
 * Integers are little-endian. The signature is ECDSA P-256 over SHA-256 of the first 192 header bytes
 * followed by the body. The body begins with its vector table: initial stack pointer, address of the reset
 * handler.
 */
#ifndef CORE_BOOT_IMAGE_H
#define CORE_BOOT_IMAGE_H

#include <stdint.h>

#include "port/port_boot.h"

#define BOOT_IMAGE_MAGIC          0x4252544Fu /* "OTRB" */
#define BOOT_IMAGE_FORMAT         1u
#define BOOT_IMAGE_HEADER_BYTES   256u
#define BOOT_IMAGE_SIGNED_BYTES   192u /* of the header */
#define BOOT_IMAGE_BODY_BYTES_MIN 64u  /* less cannot hold a vector table */

struct boot_image_header {
    uint32_t magic;
    uint32_t format;
    uint32_t header_bytes;
    uint32_t body_bytes;
    uint32_t load_address;
    uint32_t number;
    uint32_t ratchet;
    uint8_t reserved[164];
    uint8_t signature[64];
};
_Static_assert(sizeof(struct boot_image_header) == BOOT_IMAGE_HEADER_BYTES, "header layout");

enum boot_image_fault {
    BOOT_IMAGE_OK = 0,
    BOOT_IMAGE_BLANK,     /* erased flash */
    BOOT_IMAGE_NOT_IMAGE, /* no magic */
    BOOT_IMAGE_BAD_FORMAT,
    BOOT_IMAGE_BAD_SIZE,
    BOOT_IMAGE_BAD_ADDRESS,
    BOOT_IMAGE_OLD,           /* ratchet below the minimum */
    BOOT_IMAGE_BAD_SIGNATURE, /* body or header altered, or signed by another key */
    BOOT_IMAGE_BAD_VECTORS,   /* correctly signed, but cannot be started */
    BOOT_IMAGE_NO_RATCHET     /* the device's floor is not known: nothing can be judged */
};

/* Judges the header alone, which may hold anything. ratchet_min is the device's floor. */
enum boot_image_fault boot_image_header_check(const struct boot_image_header *header,
                                              const struct port_boot_limits *limits, uint32_t ratchet_min);

/* Judges the first two words of the body against the place it was loaded to. */
enum boot_image_fault boot_image_vectors_check(const struct boot_image_header *header, uint32_t initial_sp,
                                               uint32_t reset_handler, const struct port_boot_limits *limits);

/* Words for the console. */
const char *boot_image_fault_text(enum boot_image_fault fault);

#endif
