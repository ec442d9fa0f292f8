/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an image was signed with the root key that is fused into boot0. */
#ifndef BOOT_VERIFY_H
#define BOOT_VERIFY_H

#include <stdbool.h>

#include "core/boot/boot_image.h"

/* header and body must be memory that nobody else can change between this check and the jump. */
bool boot_image_is_signed(const struct boot_image_header *header, const uint8_t *body);

#endif
