/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated device's first stage: the product's boot decision over the simulated flash, and what the microvisor that it
 * starts can ask of it. A device without microvisor slots (areas of size 0) runs a microvisor that came from nowhere.
 */
#ifndef BOOT_FAKE_H
#define BOOT_FAKE_H

#include <setjmp.h>
#include <stdbool.h>

#include "port/port_boot.h"
#include "tests/unit/device/kernel_fake.h"

/* Of the microvisor that comes from nowhere, and of the factory. */
#define BOOT_FAKE_NUMBER   10203u
#define BOOT_FAKE_VERSION  "1.2.3"
#define BOOT_FAKE_TRIAL_MS 60000u

/* Slots for images of three blocks, and images that fill them but for the end of the last block. */
#define BOOT_FAKE_SLOT_BYTES                 (4u * PORT_FLASH_SECTOR_BYTES)
#define BOOT_FAKE_IMAGE_BYTES_OF(slot_bytes) ((slot_bytes)-2u * PORT_FLASH_SECTOR_BYTES + 300u)
#define BOOT_FAKE_IMAGE_BYTES                BOOT_FAKE_IMAGE_BYTES_OF(BOOT_FAKE_SLOT_BYTES)

/* The device has slots of this size from the next flash_fake_reset() on; 0: none. */
void boot_fake_slots(uint32_t slot_bytes);

/* The factory's image in slot A, of BOOT_FAKE_NUMBER and ratchet. Its manifest, if it were offered over the air. */
void boot_fake_factory(uint32_t ratchet);
const struct kernel_fake *boot_fake_factory_kernel(void);

/* Power on, or a reset: chooses what runs. Images that crash are started until their tries are used up, or until they have fallen
 * so often that the other one has its turn. False: recovery, or crashes without end, to which no device may ever come. */
bool boot_fake_power_on(void);

/* What runs. */
uint32_t boot_fake_number(void);
enum kernel_fake_life boot_fake_life(void);

/* Number of starts since the last flash_fake_reset() of the image with this number. */
uint32_t boot_fake_starts(uint32_t number);

/*
 * From now on: which microvisors may ever run (NULL at the end), and what must hold of them whatever is cut, torn or forged:
 *  X-1 there is always one that can be started;
 *  X-3 no other than those is ever started;
 *  X-4 the image that runs is never written;
 *  X-7 only one that has met the server is confirmed;
 *  X-8 the ratchet never falls, and only a confirmed one raises it (the latter if flash_fake_watch() is given boot_fake_on_write).
 * boot_fake_broken() says what did not hold; NULL: all did.
 */
void boot_fake_watch(const struct kernel_fake *const *allowed);
const char *boot_fake_broken(void);
void boot_fake_on_write(enum port_flash_area area);

/* port_restart() jumps there with value 1; NULL: it ends the test. */
void boot_fake_catch_restart(jmp_buf *target);

#endif
