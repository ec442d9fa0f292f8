/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated NOR flash for tests of the core: keeps the rules of port_flash.h, counts operations, and can cut the power
 * in the middle of any of them (longjmp out of the operation, as a power cut leaves no caller).
 *
 * A cut program leaves each unit old, new, or a random mixture of the two. A cut erase leaves each unit of the sector old,
 * erased, or random, and the sector unstable: it reads differently after each restart until it is erased again.
 */
#ifndef FLASH_FAKE_H
#define FLASH_FAKE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"

#define FLASH_FAKE_APP_BYTES     0x10000u /* 16 blocks: the whole slot is looked at in each start */
#define FLASH_FAKE_STAGING_BYTES 0x10000u
#define FLASH_FAKE_KV_BYTES      0x10000u
#define FLASH_FAKE_OTA_BYTES     0x10000u

/* All areas erased, no cut planned, everything stable. */
void flash_fake_reset(bool has_staging);

/* The operation number cut_at (1 = the next) is cut; seed decides what it leaves. 0: none. Jumps to target with value 1. */
void flash_fake_cut(uint64_t cut_at, uint32_t seed, jmp_buf *target);

/* After a cut: the power is back, unstable sectors read differently now. */
void flash_fake_restart(void);

/* Programs and erases since the reset. */
uint64_t flash_fake_operations(void);

/* The operation number fail_at (1 = the next) returns PORT_EIO and changes nothing; 0: none. */
void flash_fake_fail(uint64_t fail_at);

/* The bytes of an area, to look at or to damage. */
uint8_t *flash_fake_bytes(enum port_flash_area area);

/* Rules that the core broke (alignment, 0 to 1, a unit programmed twice with something else than zeros); NULL: none. */
const char *flash_fake_violation(void);

/* Called before each program and erase with the area; may be NULL. */
void flash_fake_watch(void (*watch)(enum port_flash_area area));

#endif
