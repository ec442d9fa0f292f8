/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns which addresses of the emulated board, for C, assembly and the linker scripts (hence plain
 * numbers).
 *
 * Secure aliases have address bit 28 set; the non-secure world sees the same memory with the bit clear.
 * boot0 and the microvisor share this file and nothing else.
 */
#ifndef MPS2_AN505_MEMORY_MAP_H
#define MPS2_AN505_MEMORY_MAP_H

/* SSRAM1, 4 MiB: code. The emulator writes boot0 there at every reset, as if it were mask ROM. */
#define MAP_BOOT0_CODE       0x10000000
#define MAP_BOOT0_CODE_BYTES 0x4000

/* The end of boot0's 16 KiB: the fused root keys, X9.62 uncompressed points one after the other; 0xff where there is none. The
 * microvisor reads them here: what may replace it is not for itself to say. */
#define MAP_BOOT0_ROOT_KEYS       0x10003F00
#define MAP_BOOT0_ROOT_KEYS_BYTES 0x100
#define MAP_BOOT0_ROOT_KEYS_MAX   3

/* boot0 copies the microvisor here and verifies the copy. */
#define MAP_MICROVISOR_CODE       0x10010000
#define MAP_MICROVISOR_CODE_BYTES 0x28000 /* 160 KiB: the budget, not the room */

/* System calls: one 8-byte slot each, the same low address bits as on the original's hardware (0x0C1FE000).
 */
#define MAP_SYSCALL_PAGE       0x101FE000
#define MAP_SYSCALL_SLOT_BYTES 8

/* SSRAM2, 2 MiB: the microvisor's RAM. */
#define MAP_MICROVISOR_RAM       0x38000000
#define MAP_MICROVISOR_RAM_BYTES 0x20000 /* 128 KiB: the budget, not the room */

/* Internal SRAM, 32 KiB: boot0's RAM, and at its end a page that keeps its content over resets. */
#define MAP_BOOT0_RAM       0x30000000
#define MAP_BOOT0_RAM_BYTES 0x7C00
#define MAP_RETAINED        0x30007C00
#define MAP_RETAINED_BYTES  0x400

/* Behind the reset reason and the falls (power.c) in the retained page: the slot that boot0 started (handover.c). */
#define MAP_HANDOVER 0x30007C10

/* The upper part of the retained page: the microvisor's last words (crash_page.c). */
#define MAP_CRASH_PAGE       0x30007D00
#define MAP_CRASH_PAGE_BYTES 0x300

/* The application's windows, by its own (non-secure) addresses. */
#define MAP_APP_CODE         0x00200000 /* SSRAM1 + 2 MiB */
#define MAP_APP_CODE_BYTES   0x100000
#define MAP_APP_RAM          0x28200000 /* SSRAM3 */
#define MAP_APP_RAM_BYTES    0x80000
#define MAP_APP_PERIPH       0x40200000 /* UARTs, SPI, I2C; the PPC says which of them answer */
#define MAP_APP_PERIPH_BYTES 0x10000

/* A few instructions of ours that run in the non-secure state (ns_trampoline.h); one block of the MPC, 32
 * bytes of which the SAU opens. */
#define MAP_TRAMPOLINE       0x00300000
#define MAP_TRAMPOLINE_BYTES 0x20

/* PSRAM, 16 MiB, backed by a file of the host: our flash. Offsets of areas are multiples of the sector. */
#define MAP_FLASH           0x80000000
#define MAP_FLASH_BYTES     0x1000000
#define MAP_SLOT_A_OFFSET   0x000000
#define MAP_SLOT_B_OFFSET   0x080000
#define MAP_SLOT_BYTES      0x80000
#define MAP_KV_OFFSET       0x100000
#define MAP_KV_BYTES        0x10000
#define MAP_BOOT_OFFSET     0x120000
#define MAP_BOOT_BYTES      0x4000
#define MAP_SELF_OFFSET     0x124000
#define MAP_SELF_BYTES      0x4000
#define MAP_CRASH_OFFSET    0x128000
#define MAP_CRASH_BYTES     0x8000
#define MAP_OTA_OFFSET      0x140000
#define MAP_OTA_BYTES       0xC0000
#define MAP_APP_SLOT_OFFSET 0x200000
#define MAP_APP_SLOT_BYTES  0x100000
#define MAP_STAGING_OFFSET  0x400000
#define MAP_STAGING_BYTES   0x400000
#define MAP_EXTERNAL_OFFSET 0x800000
#define MAP_EXTERNAL_BYTES  0x800000

#endif
