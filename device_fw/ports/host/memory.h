/* SPDX-License-Identifier: Apache-2.0 */
/* The application's memory windows, at the addresses of the emulated board. */
#ifndef PORTS_HOST_MEMORY_H
#define PORTS_HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_CODE_ADDRESS 0x00200000u
#define MEMORY_CODE_BYTES   0x00100000u
#define MEMORY_RAM_ADDRESS  0x28200000u
#define MEMORY_RAM_BYTES    0x00080000u

/* Code window: writing is for port_ns_load only. Bytes from the end on read as 0xff. */
int memory_code_write(uint32_t offset, const void *data, uint32_t len);
int memory_code_end(uint32_t offset);
const uint8_t *memory_code(uint32_t *len);

/* Puts zeros into the RAM window. -1 without memory, at the first call only. */
int memory_ram_wipe(void);

#endif
