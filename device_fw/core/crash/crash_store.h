/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crash reports in flash until the server has them: a ring of sectors in PORT_FLASH_CRASH.
 *
 *   sector = head (16 bytes), CRASH_SLOTS slots, then erased flash
 *   head   = "OCR1" | sequence u32 | ~sequence u32 | CRC-32 of the first 12 bytes
 *   slot   = CRC-32 of what follows, report included | start u32 | kind u32 | length u16 | origin u8 | zero u8
 *            | report id u64 | 8 zero bytes | serialized CrashReport, at most CRASH_REPORT_MAX_BYTES | erased
 *            | mark, 16 bytes: erased, or anything else once it is acknowledged    (integers little-endian)
 *
 *   slot:   blank --add--> waiting --acknowledged--> done
 *   sector: the newest has the highest sequence; when its slots are used up, the next of the ring is erased and becomes it
 *
 * Invariants:
 *  C1 a report whose add was CRASH_KEPT waits in every later start until it is acknowledged, or CRASH_RECORDS newer ones
 *     have been added, or begun and cut (less on smaller areas: all sectors but one);
 *  C2 an add that was cut is seen wholly or not at all, and the other reports are unchanged;
 *  C3 what was acknowledged is not handed out again, unless the erase of its sector was cut and brought it back: the server
 *     stores each report id once;
 *  C4 reports are handed out oldest first;
 *  C5 a slot is written only when all of it is erased, in the newest sector; a sector becomes the newest by its head, which is
 *     programmed after it was erased by us, whatever it looked like; no unit is programmed twice between two erases, but marks
 *     with zeros;
 *  C6 a crash loop does not wear the flash:
 *     - what equals a report that waits is not kept (same origin, application, microvisor, cause, pc, lr);
 *     - of one start of the microvisor, CRASH_BURST reports are kept, and one more for each CRASH_INTERVAL_MS;
 *     - of itself, CRASH_OWN_MAX in CRASH_OWN_STARTS starts.
 *     At the worst rate that goes on for ever without a restart, one report in half an hour, each sector of eight is erased
 *     550 times a year.
 * Called from the microvisor's thread only.
 */
#ifndef CORE_CRASH_STORE_H
#define CORE_CRASH_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "wire.pb.h"

/* Finds what waits. start: a number that grows by one with each start of the microvisor. Writes nothing. */
void crash_store_mount(uint32_t start, uint64_t now_us);

enum crash_kept {
    CRASH_KEPT,
    CRASH_WAITS,   /* its like waits already (C6) */
    CRASH_LIMITED, /* too many of late (C6) */
    CRASH_LOST     /* the flash failed, or the board has none for it */
};

/* What crash_store_add would say, before registers, stack and id are in the report: sealing them is not worth it in vain. */
enum crash_kept crash_store_ask(const otr_CrashReport *report, uint64_t now_us);

enum crash_kept crash_store_add(const otr_CrashReport *report, uint64_t now_us);
const char *crash_kept_name(enum crash_kept kept);

/* The oldest report that waits; false when none does. */
bool crash_store_oldest(otr_CrashReport *out);

/* The server has it, or does not want it. An id that does not wait is ignored. */
void crash_store_ack(uint64_t report_id);

/* Reports that newer ones have pushed out since the mount. */
uint32_t crash_store_dropped(void);

#endif
