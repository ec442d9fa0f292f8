/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an image was signed with one of the root keys that are fused into boot0. */
#ifndef BOOT_VERIFY_H
#define BOOT_VERIFY_H

#include <stdint.h>

#include "core/boot/boot_image.h"

/* 0 only when it was. header and body must be memory that nobody else can change between this check and the jump. */
uint32_t boot_verify_image(const struct boot_image_header *header, const uint8_t *body, uint32_t body_bytes);

#endif
