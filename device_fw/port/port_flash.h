/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persistent memory that behaves like NOR flash: erase sets a sector to ones, program only clears bits.
 *
 * Invariants every implementation keeps:
 *  F1 an interrupted erase leaves the sector with any content; an interrupted program leaves each program unit
 *     either old, new or any mixture of the two;
 *  F2 a completed operation is durable when the call returns;
 *  F3 nothing outside the addressed range changes.
 * External flash has no error correction: there, and only there, a unit may be programmed more than once.
 * All calls block for the time of the operation (microseconds to milliseconds) and are called from the
 * microvisor's thread only.
 */
#ifndef PORT_FLASH_H
#define PORT_FLASH_H

#include <stdint.h>

#define PORT_FLASH_SECTOR_BYTES 4096u
#define PORT_FLASH_UNIT_BYTES   16u /* program unit: offsets and lengths are multiples (STM32U5: 128 bit) */

enum port_flash_area {
    PORT_FLASH_MICROVISOR_A, /* boot0 reads it; written by self-update only */
    PORT_FLASH_MICROVISOR_B,
    PORT_FLASH_KV,       /* key/value store */
    PORT_FLASH_APP,      /* application slot, the original's 1 MiB user flash */
    PORT_FLASH_OTA,      /* update engine's journal, manifests and block lists */
    PORT_FLASH_STAGING,  /* download buffer; size 0 on boards without spare flash */
    PORT_FLASH_EXTERNAL, /* external flash seen by applications (file system layer); size 0 if none */
    PORT_FLASH_BOOT,     /* security ratchet: written by boot0's decision code only (core/boot) */
    PORT_FLASH_SELF,     /* journal of the microvisor's own update (core/self) */
    PORT_FLASH_CRASH,    /* crash records that wait for the server (core/crash) */
    PORT_FLASH_AREA_COUNT
};

/* Size of an area in bytes, a multiple of the sector; 0 when the board does not have it. */
uint32_t port_flash_bytes(enum port_flash_area area);

/* Copies len bytes from offset; any alignment. PORT_EINVAL outside the area. */
int port_flash_read(enum port_flash_area area, uint32_t offset, void *buf, uint32_t len);

/* Programs len bytes; offset and len are multiples of the unit, buf is any RAM. Programming a bit from 0 to 1
 * is PORT_EINVAL and changes nothing. */
int port_flash_program(enum port_flash_area area, uint32_t offset, const void *buf, uint32_t len);

/* Erases len bytes; offset and len are multiples of the sector. */
int port_flash_erase(enum port_flash_area area, uint32_t offset, uint32_t len);

#endif
