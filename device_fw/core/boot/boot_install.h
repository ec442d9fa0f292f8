/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing an image that came by hand (recovery) into a slot.
 *
 * Invariants:
 *  I1 the caller has judged the image: nothing is checked here but the flash;
 *  I2 the slot is started only when every byte was read back as it must be (T1 of boot_trailer.h): a cut leaves a slot that is
 *     not started;
 *  I3 such an image counts as confirmed, like the factory's: whoever brought it by hand can do so again.
 */
#ifndef CORE_BOOT_INSTALL_H
#define CORE_BOOT_INSTALL_H

#include <stdint.h>

#include "core/boot/boot_image.h"

/* Into slot A; into B when A's flash fails. Port status: PORT_OK when it is durable. */
int boot_install(const struct boot_image_header *header, const uint8_t *body);

#endif
