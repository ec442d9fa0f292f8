/* SPDX-License-Identifier: Apache-2.0 */
/* What boot0 tells the microvisor that it starts. Linked into both. */
#ifndef MPS2_AN505_HANDOVER_H
#define MPS2_AN505_HANDOVER_H

#include "port/port_flash.h"

/* Written by boot0 just before the jump. */
void handover_write(enum port_flash_area slot);

/* PORT_FLASH_AREA_COUNT when it holds nothing that boot0 writes. */
enum port_flash_area handover_slot(void);

#endif
