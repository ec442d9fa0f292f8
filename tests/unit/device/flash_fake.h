/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated NOR flash for tests of the core: keeps the rules of port_flash.h (in external flash, which has no error
 * correction, units may be programmed more than once), counts operations, and can cut the power
 * in the middle of any of them (longjmp out of the operation, as a power cut leaves no caller).
 *
 * A cut program leaves each unit old, new, or a random mixture of the two. A cut erase leaves each unit of the sector old,
 * erased, or random, and the sector unstable: it reads differently after each restart until it is erased again.
 * A poisoned unit is one whose error correction fails: reads of it return PORT_EIO until it is erased or overwritten with
 * zeros.
 */
#ifndef FLASH_FAKE_H
#define FLASH_FAKE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"

#define FLASH_FAKE_APP_BYTES      0x10000u /* 16 blocks: the whole slot is looked at in each start */
#define FLASH_FAKE_STAGING_BYTES  0x10000u
#define FLASH_FAKE_KV_BYTES       0x10000u
#define FLASH_FAKE_OTA_BYTES      0x10000u
#define FLASH_FAKE_EXTERNAL_BYTES 0x10000u

/* All areas together have room for this much. */
#define FLASH_FAKE_BYTES_MAX   0x400000u
#define FLASH_FAKE_UNITS_MAX   (FLASH_FAKE_BYTES_MAX / PORT_FLASH_UNIT_BYTES)
#define FLASH_FAKE_SECTORS_MAX (FLASH_FAKE_BYTES_MAX / PORT_FLASH_SECTOR_BYTES)

/* What is known of a program unit besides its bytes. */
enum flash_fake_unit {
    FLASH_FAKE_PROGRAMMED = 1, /* since the last erase */
    FLASH_FAKE_POISONED = 2
};

/* All that outlives a power cut, areas in the order of their enum, each at flash_fake_base(). */
struct flash_fake_state {
    uint8_t bytes[FLASH_FAKE_BYTES_MAX];
    uint8_t units[FLASH_FAKE_UNITS_MAX];
    bool unstable[FLASH_FAKE_SECTORS_MAX];
};

/* What happens to the flash, told before it does; SETTLED: a restart made these bytes of an unstable sector. */
enum flash_fake_kind { FLASH_FAKE_PROGRAM, FLASH_FAKE_ERASE, FLASH_FAKE_SETTLED };
struct flash_fake_op {
    enum flash_fake_kind kind;
    enum port_flash_area area;
    uint32_t offset; /* in the state */
    uint32_t len;
    const uint8_t *data; /* not of an erase */
};

/* All areas erased, no cut planned, everything stable. */
void flash_fake_reset(bool has_staging);

/* Gives an area another size until it is given yet another one; before flash_fake_reset(). */
void flash_fake_resize(enum port_flash_area area, uint32_t bytes);

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

/* The unit at offset can no longer be read. */
void flash_fake_poison(enum port_flash_area area, uint32_t offset);

/* The whole content, to be saved and put back, where an area begins in it, and how much of it is in use. */
struct flash_fake_state *flash_fake_state(void);
uint32_t flash_fake_base(enum port_flash_area area);
uint32_t flash_fake_used_bytes(void);
void flash_fake_state_copy(struct flash_fake_state *to, const struct flash_fake_state *from);

/* Rules that the core broke (alignment, 0 to 1, a unit programmed twice with something else than zeros); NULL: none. */
const char *flash_fake_violation(void);
void flash_fake_forgive(void); /* forgets it */

/* Called before each program and erase with the area; may be NULL. */
void flash_fake_watch(void (*watch)(enum port_flash_area area));

/* Called before each program and erase that will be carried out, and for each sector that a restart shook; may be NULL. */
void flash_fake_observe(void (*observe)(const struct flash_fake_op *op));

#endif
