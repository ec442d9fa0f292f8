/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot decision: which microvisor slot is started, and as what; or none.
 *
 *   what a trailer says                                 role of its slot
 *   --------------------------------------------------  ---------------------------------------
 *   REFUSED                                             none
 *   identity, CONFIRMED                                 confirmed
 *   identity, PENDING, fewer than BOOT_TRIES_MAX tries  trial
 *   blank, slot A                                       confirmed: the factory's, sequence 0
 *   anything else (being written, tries used up)        none
 *
 * A confirmed microvisor that can no more start (a hang that the watchdog ends, a crash, each time) falls: the port counts
 * such resets, in RAM that survives them, until a server has welcomed the device. After BOOT_FALLS_MAX of them the other slot has its
 * turn, if it is confirmed as well; after as many again the newer one; and so on. Power that fails begins the count anew.
 *
 *                     +----------------------------------------------------------------------+
 *                     v                                                                      | rejected
 *   reset --> slots with a role, not rejected --> highest sequence,--> image good? --no------+
 *                     |                             not set aside           | yes            |
 *                     | none                          for its falls         v                |
 *                     v                                           trial? count the try --fails
 *                 recovery                                                  |
 *                                                                           v
 *                                                              start as confirmed or on trial
 *
 * Invariants:
 *  E1 only a slot whose trailer gives it a role is started, and only after its image was found good;
 *  E2 a slot on trial is started only after one more try is durable in its trailer (T3);
 *  E3 if any slot has a role and a good image, one is started: never recovery. A confirmed one that is damaged does not
 *     keep an older one from starting;
 *  E4 of two that could be started it is the newer one (T4); of equals the confirmed one, then slot A;
 *  E5 the decision ends: each slot is rejected at most once;
 *  E6 a confirmed slot that falls is set aside for an older confirmed one, only if that one is good (E1: its ratchet, too), and
 *     only after BOOT_FALLS_MAX falls in a row. Nothing is written for that: no turn wears the flash or is final. Whether
 *     it is final says the older one, once it has been welcomed (core/self).
 *
 * Whether an image is good (signed by a root key, not older than the ratchet, made for this board) is asked of the caller.
 * Nothing is written but the count of tries. A microvisor that finds the other slot PENDING, newer and with tries left knows
 * that its image was rejected.
 */
#ifndef CORE_BOOT_DECISION_H
#define CORE_BOOT_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/boot_trailer.h"
#include "port/port_flash.h"

#define BOOT_FALLS_MAX 4u

#define BOOT_SLOTS 2u /* PORT_FLASH_MICROVISOR_A and _B, in this order */

/* Values that no single fault turns into each other. */
enum boot_role {
    BOOT_ROLE_NONE = 0x35A66B1C,      /* of a slot: not to be started; of a decision: recovery */
    BOOT_ROLE_CONFIRMED = 0x4E59D4E3, /* it, or the factory, has said that it is good */
    BOOT_ROLE_TRIAL = 0x53953A6A      /* it has to confirm itself */
};

struct boot_decision {
    enum boot_role role;
    enum port_flash_area slot; /* PORT_FLASH_AREA_COUNT in recovery */
};

/* The role that a trailer gives to its slot. */
enum boot_role boot_decision_role(enum port_flash_area slot, const struct boot_trailer *trailer);

/* The slot to be looked at next, of those that are not rejected. Pure. */
struct boot_decision boot_decision_next(const struct boot_trailer trailers[BOOT_SLOTS],
                                        const bool rejected[BOOT_SLOTS]);

/*
 * Decides, and counts the try of a slot on trial. falls is the number of resets by a crash or the watchdog since the last
 * Welcome or loss of power. judge says whether the image of a slot is good: only
 * BOOT_YES(BOOT_STEP_SIGNATURE) is yes. Of the gate, this answers BOOT_STEP_SLOT before the judge is called and
 * BOOT_STEP_TRY after it, in each round from trailers that are read again; the judge answers the steps between.
 */
struct boot_decision boot_decision_make(uint32_t (*judge)(void *context, enum port_flash_area slot),
                                        void *context, uint32_t falls);

#endif
