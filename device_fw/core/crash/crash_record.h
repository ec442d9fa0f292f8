/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash format of sectors and slots of the crash store (crash_store.h): encoding, checking, reading. No state.
 * Slots are numbered through the whole area, CRASH_SLOTS of them to a sector.
 */
#ifndef CORE_CRASH_RECORD_H
#define CORE_CRASH_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "port/port_flash.h"

#define CRASH_SECTOR_HEAD_BYTES 16u
#define CRASH_SLOTS             4u
#define CRASH_SLOT_BYTES        1008u
#define CRASH_HEAD_BYTES        32u                   /* in front of the report */
#define CRASH_MARK_BYTES        PORT_FLASH_UNIT_BYTES /* at the end of the slot */
#define CRASH_REPORT_MAX_BYTES  (CRASH_SLOT_BYTES - CRASH_HEAD_BYTES - CRASH_MARK_BYTES)

struct crash_head {
    uint64_t report_id;
    uint32_t start; /* number of the start of the microvisor in which it was written */
    uint32_t kind;  /* equal for crashes that are the same again */
    uint16_t length;
    uint8_t origin; /* of CrashOrigin */
};

enum crash_slot {
    CRASH_SLOT_BLANK,
    CRASH_SLOT_TORN, /* neither blank nor a whole record */
    CRASH_SLOT_WAITING,
    CRASH_SLOT_DONE /* acknowledged */
};

/* Reads and checks the head of a sector; true and its sequence if it is valid. */
bool crash_sector_read(uint32_t sector, uint32_t *sequence);

/* Erases a sector and gives it a head. */
int crash_sector_open(uint32_t sector, uint32_t sequence);

/* *out is filled when the slot holds a whole record. What cannot be read is torn. */
enum crash_slot crash_slot_read(uint32_t slot, struct crash_head *out);

/* Programs a record. bytes: CRASH_HEAD_BYTES of room, then head->length bytes of report, then room up to a unit. */
int crash_slot_write(uint32_t slot, const struct crash_head *head, uint8_t *bytes);

/* Copies the report of a slot that holds one. */
int crash_slot_report(uint32_t slot, const struct crash_head *head, uint8_t *out);

/* Marks the record as acknowledged. */
int crash_slot_finish(uint32_t slot);

#endif
