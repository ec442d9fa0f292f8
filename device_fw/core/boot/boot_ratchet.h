/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security ratchet: the lowest ratchet of a microvisor that this device may still run. A monotonic counter in
 * PORT_FLASH_BOOT.
 *
 * Invariants:
 *  Q1 what boot_ratchet_read returns never decreases, whatever was cut, torn or repeated;
 *  Q2 boot_ratchet_raise has returned PORT_OK only if every later read returns at least the new value;
 *  Q3 a ratchet that cannot be read (worn or damaged flash) is an error, never 0.
 * The format is described in boot_ratchet.c.
 */
#ifndef CORE_BOOT_RATCHET_H
#define CORE_BOOT_RATCHET_H

#include <stdint.h>

/* PORT_OK, or PORT_EIO: no copy of the counter is intact. Erased flash is ratchet 0. */
int boot_ratchet_read(uint32_t *out);

/*
 * Raises the ratchet; a value that is not higher changes nothing and is PORT_OK. A raise that was cut is made firm by the
 * next one of the same value; boot0 does that before it trusts what it reads. PORT_EIO: not readable, or the flash failed; PORT_ENOSPC:
 * raised too often in this device's life (256 times with four sectors); the old value stands.
 */
int boot_ratchet_raise(uint32_t to);

#endif
