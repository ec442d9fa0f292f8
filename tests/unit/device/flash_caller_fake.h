/* SPDX-License-Identifier: Apache-2.0 */
/* An application that reads and writes external flash, as its microvisor sees it (device_fake.h runs the device meanwhile). */
#ifndef FLASH_CALLER_FAKE_H
#define FLASH_CALLER_FAKE_H

#include <stdint.h>

#include "tests/unit/device/ns_fake.h"

/* Where the bytes of a call are, and how many there can be. */
#define FLASH_CALLER_BUFFER    (NS_FAKE_RAM + 4096u)
#define FLASH_CALLER_BYTES_MAX (NS_FAKE_RAM_SIZE - 4096u)
uint8_t *flash_caller_fake_buffer(void);

/* Opens a handle, makes the call (MV_SLOT_FLASH_...) again and again until it is answered, closes. The status; UINT32_MAX: not
 * answered in a long time. */
uint32_t flash_caller_fake(uint32_t slot, uint32_t address, uint32_t length);

#endif
