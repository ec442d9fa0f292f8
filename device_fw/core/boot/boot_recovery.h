/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's side of recovery over the serial port (PROTOCOL.md section 11), without I/O and time.
 *
 *   EMPTY --IMAGE n--> FILLING --DATA ...--> all there --INSTALL--> good: INSTALLED
 *                                                              \--> refused: EMPTY
 *
 * Invariants:
 *  V1 nothing is written to flash before the whole image is there and was judged good;
 *  V2 bytes are kept without a gap, from the first on, and never beyond the announced size, which is never beyond the room;
 *  V3 a line that noise has altered changes nothing: its checksum is wrong;
 *  V4 every line with the mark is answered by one line; the answer to DATA says what is there, whatever was said or lost before.
 */
#ifndef CORE_BOOT_RECOVERY_H
#define CORE_BOOT_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/boot_image.h"
#include "proto/limits.h"

/* Longest line that is looked at: DATA with its largest piece, with some room. */
#define BOOT_RECOVERY_LINE_CHARS 320u

#define BOOT_RECOVERY_ANSWER_CHARS 120u /* the longest fault's words fit */

/* What recovery asks of its surroundings. */
struct boot_recovery_world {
    const char *board;
    uint32_t image_bytes_max;
    void (*say)(const char *text);
    void (*keep)(uint32_t offset, const uint8_t *data, uint32_t length);
    enum boot_image_fault (*judge)(uint32_t image_bytes, uint32_t *number);
    int (*install)(void); /* what was judged good; port status */
};

struct boot_recovery {
    const struct boot_recovery_world *world;
    uint32_t total; /* announced size, 0: none */
    uint32_t have;
    bool installed;
    uint32_t length; /* of the line so far, may be more than fits */
    char line[BOOT_RECOVERY_LINE_CHARS + 1];
    uint32_t answer_length;
    char answer[BOOT_RECOVERY_ANSWER_CHARS + 1]; /* without its checksum */
};

void boot_recovery_start(struct boot_recovery *recovery, const struct boot_recovery_world *world);

/* Says the state, as an answer to HELLO does. */
void boot_recovery_announce(struct boot_recovery *recovery);

/* Takes one received character. True when it ended a line with the mark: somebody is there. */
bool boot_recovery_take(struct boot_recovery *recovery, char c);

#endif
